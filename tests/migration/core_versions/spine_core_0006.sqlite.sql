BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(255) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('spine_core_0006');
CREATE TABLE core_absent_inputs (
	capture_id VARCHAR(36) NOT NULL, 
	domain TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	tier TEXT NOT NULL, 
	partition_key TEXT NOT NULL, 
	CONSTRAINT pk_core_absent_inputs PRIMARY KEY (capture_id, domain, stage, tier, partition_key), 
	FOREIGN KEY(capture_id) REFERENCES core_manifest (capture_id)
)
 WITHOUT ROWID

;
CREATE TABLE core_acceptances (
	domain TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	tier TEXT NOT NULL, 
	definition VARCHAR(64) NOT NULL, 
	accepted_as VARCHAR(64) NOT NULL, 
	reason TEXT NOT NULL, 
	accepted_at TIMESTAMP NOT NULL, 
	CONSTRAINT pk_core_acceptances PRIMARY KEY (domain, stage, tier, definition, accepted_as)
)
 WITHOUT ROWID

;
CREATE TABLE core_anomalies (
	id INTEGER NOT NULL, 
	capture_id VARCHAR(36) NOT NULL, 
	anomaly_code TEXT NOT NULL, 
	message TEXT, 
	severity TEXT, 
	context TEXT, 
	recorded_at TIMESTAMP, counts_from BIGINT, stands_for BIGINT DEFAULT 1 NOT NULL, 
	PRIMARY KEY (id), 
	FOREIGN KEY(capture_id) REFERENCES core_manifest (capture_id)
);
INSERT INTO "core_anomalies" VALUES(1,'0194263f-0000-7000-8000-000000000003','ODD','é','WARNING','{"line": "a|b", "n": [1, null]}','2025-01-02 04:00:00.000000',NULL,1);
CREATE TABLE core_answers (
	id INTEGER NOT NULL, 
	answered_until TIMESTAMP, 
	PRIMARY KEY (id)
);
INSERT INTO "core_answers" VALUES(1,NULL);
CREATE TABLE core_awaited_inputs (
	capture_id VARCHAR(36) NOT NULL, 
	domain TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	tier TEXT NOT NULL, 
	up_to_key TEXT NOT NULL, 
	after_key TEXT NOT NULL, 
	key_begins TEXT NOT NULL, 
	key_ends TEXT NOT NULL, 
	CONSTRAINT pk_core_awaited_inputs PRIMARY KEY (capture_id, domain, stage, tier, up_to_key), 
	FOREIGN KEY(capture_id) REFERENCES core_manifest (capture_id)
)

 WITHOUT ROWID;
CREATE TABLE core_capture_outputs (
	capture_id VARCHAR(36) NOT NULL, 
	outputs TEXT NOT NULL, 
	PRIMARY KEY (capture_id), 
	FOREIGN KEY(capture_id) REFERENCES core_manifest (capture_id)
);
CREATE TABLE core_definitions (
	digest VARCHAR(64) NOT NULL, 
	text TEXT NOT NULL, 
	PRIMARY KEY (digest)
);
CREATE TABLE core_files (
	capture_id VARCHAR(36) NOT NULL, 
	path TEXT NOT NULL, 
	size BIGINT NOT NULL, 
	modified_ns BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	CONSTRAINT pk_core_files PRIMARY KEY (capture_id, path), 
	FOREIGN KEY(capture_id) REFERENCES core_manifest (capture_id)
)
 WITHOUT ROWID

;
CREATE TABLE core_horizons (
	number BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	raised_at TIMESTAMP NOT NULL, 
	CONSTRAINT pk_core_horizons PRIMARY KEY (number, reason)
);
CREATE TABLE core_lineage (
	capture_id VARCHAR(36) NOT NULL, 
	input_capture_id VARCHAR(36) NOT NULL, counts_from BIGINT, 
	CONSTRAINT pk_core_lineage PRIMARY KEY (capture_id, input_capture_id), 
	FOREIGN KEY(capture_id) REFERENCES core_manifest (capture_id), 
	FOREIGN KEY(input_capture_id) REFERENCES core_manifest (capture_id)
)
 WITHOUT ROWID

;
INSERT INTO "core_lineage" VALUES('0194263f-0000-7000-8000-000000000004','0194263f-0000-7000-8000-000000000003',NULL);
CREATE TABLE core_manifest (
	capture_id VARCHAR(36) NOT NULL, 
	domain TEXT NOT NULL, 
	partition_key TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	tier TEXT NOT NULL, 
	status TEXT NOT NULL, 
	started_at TIMESTAMP, 
	completed_at TIMESTAMP, 
	row_count BIGINT, 
	error TEXT, 
	run_id TEXT, 
	supersedes VARCHAR(36), 
	superseded_at TIMESTAMP, 
	superseded_by VARCHAR(36), attempt INTEGER, reason TEXT, host TEXT, process_id INTEGER, definition VARCHAR(64), inputs_asked INTEGER, published_at TIMESTAMP, visible_at TIMESTAMP, number BIGINT, destroyed TEXT, 
	PRIMARY KEY (capture_id)
)
 WITHOUT ROWID

;
INSERT INTO "core_manifest" VALUES('0194263f-0000-7000-8000-000000000001','desk.trades','2025-01-02','LOAD','BRONZE','COMPLETE','2025-01-02 01:00:00.000000','2025-01-02 02:00:00.000000',3,NULL,NULL,NULL,'2025-01-02 04:00:00.000000','0194263f-0000-7000-8000-000000000003',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "core_manifest" VALUES('0194263f-0000-7000-8000-000000000002','desk.trades','2025-01-02','LOAD','BRONZE','FAILED','2025-01-02 03:00:00.000000','2025-01-02 03:00:00.000000',NULL,'é: ''no''',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "core_manifest" VALUES('0194263f-0000-7000-8000-000000000003','desk.trades','2025-01-02','LOAD','BRONZE','COMPLETE','2025-01-02 03:00:00.000000','2025-01-02 04:00:00.000000',4,NULL,NULL,'0194263f-0000-7000-8000-000000000001',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
INSERT INTO "core_manifest" VALUES('0194263f-0000-7000-8000-000000000004','desk.trades','2025-01-02','SUM','BRONZE','COMPLETE','2025-01-02 05:00:00.000000','2025-01-02 05:00:00.000000',1,NULL,'run-1',NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE core_revisions (
	revision TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	sha256 VARCHAR(64), 
	applied_at TIMESTAMP, 
	PRIMARY KEY (revision)
)
 WITHOUT ROWID

;
CREATE TABLE core_run_reads (
	run_id TEXT NOT NULL, 
	step TEXT NOT NULL, 
	domain TEXT NOT NULL, 
	fact TEXT NOT NULL, 
	stage TEXT NOT NULL, 
	partition_key TEXT NOT NULL, 
	capture_id VARCHAR(36), 
	value BIGINT, 
	CONSTRAINT pk_core_run_reads PRIMARY KEY (run_id, step, fact, domain, stage, partition_key), 
	FOREIGN KEY(run_id) REFERENCES core_runs (run_id)
)
 WITHOUT ROWID

;
CREATE TABLE core_run_steps (
	run_id TEXT NOT NULL, 
	position INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	kind TEXT NOT NULL, 
	status TEXT NOT NULL, 
	capture_id VARCHAR(36), 
	reason TEXT, 
	started_at TIMESTAMP, 
	finished_at TIMESTAMP, 
	CONSTRAINT pk_core_run_steps PRIMARY KEY (run_id, position), 
	FOREIGN KEY(run_id) REFERENCES core_runs (run_id)
)
 WITHOUT ROWID

;
INSERT INTO "core_run_steps" VALUES('run-1',1,'SUM','pipeline','COMPLETE','0194263f-0000-7000-8000-000000000004',NULL,'2025-01-02 05:00:00.000000','2025-01-02 05:00:00.000000');
CREATE TABLE core_runs (
	run_id TEXT NOT NULL, 
	workflow TEXT NOT NULL, 
	domain TEXT, 
	partition_key TEXT, 
	status TEXT NOT NULL, 
	params TEXT, 
	started_at TIMESTAMP NOT NULL, 
	finished_at TIMESTAMP, 
	failed_step TEXT, 
	error TEXT, attempt INTEGER, only_step TEXT, 
	PRIMARY KEY (run_id)
);
INSERT INTO "core_runs" VALUES('run-1','desk.trades/daily','desk.trades','2025-01-02','COMPLETE','{"k": "v"}','2025-01-02 05:00:00.000000','2025-01-02 06:00:00.000000',NULL,NULL,NULL,NULL);
CREATE UNIQUE INDEX uq_core_manifest_current ON core_manifest (domain, stage, tier, partition_key) WHERE status = 'COMPLETE' AND superseded_at IS NULL;
CREATE INDEX ix_core_anomalies_capture ON core_anomalies (capture_id, anomaly_code);
CREATE INDEX ix_core_lineage_input ON core_lineage (input_capture_id);
CREATE INDEX ix_core_manifest_place ON core_manifest (domain, partition_key, stage, tier, attempt);
CREATE UNIQUE INDEX uq_core_manifest_number ON core_manifest (number);
CREATE INDEX ix_core_manifest_unnumbered ON core_manifest (published_at) WHERE status = 'COMPLETE' AND number IS NULL;
CREATE INDEX ix_core_runs_workflow ON core_runs (workflow, partition_key, attempt);
CREATE INDEX ix_core_run_steps_capture ON core_run_steps (capture_id);
CREATE INDEX ix_core_absent_inputs_place ON core_absent_inputs (domain, stage, tier, partition_key);
CREATE INDEX ix_core_awaited_inputs_stage ON core_awaited_inputs (domain, stage, tier, up_to_key);
COMMIT;
