"""The tables that tracking keeps, as the newest core migration leaves them.

``core_manifest`` and ``core_anomalies`` have the columns of the architecture document, by name and meaning;
what else they have, the promises of the runtime need.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    ForeignKey,
    FromClause,
    Identity,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
    and_,
    cast,
    func,
    literal_column,
    text,
)

from .types import Json, UtcTimestamp

metadata = MetaData()

CAPTURE_ID = String(36)

core_manifest = Table(
    "core_manifest",
    metadata,
    Column("capture_id", CAPTURE_ID, primary_key=True),
    Column("domain", Text, nullable=False),
    Column("partition_key", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("status", Text, nullable=False),  # RUNNING, COMPLETE or FAILED
    Column("started_at", UtcTimestamp),
    Column("completed_at", UtcTimestamp),  # when it ended, COMPLETE or FAILED
    Column("row_count", BigInteger),
    Column("error", Text),  # why it FAILED
    Column("run_id", Text),  # the workflow run it belongs to
    Column("supersedes", CAPTURE_ID),  # the complete capture that was current when this one started
    Column("superseded_at", UtcTimestamp),  # when it ceased to be current
    Column("superseded_by", CAPTURE_ID),  # the newer capture that took its place, if one did
    Column("attempt", Integer),  # 1, 2, 3… at its stage and partition, in the order of their starts
    Column("reason", Text),  # why it was made, where its place was complete before: forced, stale: …
    Column("host", Text),  # the machine and process that started it
    Column("process_id", Integer),
    Column("definition", String(64)),  # the digest in core_definitions; NULL where none was recorded
    Column("inputs_asked", Integer),  # how many partitions of its declared inputs it asked for, there or not
    # By the database's clock, before the commit; and what became of it once it was numbered (see numbers.py).
    Column("published_at", UtcTimestamp),
    Column("visible_at", UtcTimestamp),
    Column("number", BigInteger),
    Column("destroyed", Text),  # by migrations: "*", its rows; else the columns whose values are gone
    Index("ix_core_manifest_place", "domain", "partition_key", "stage", "tier", "attempt"),
    Index("uq_core_manifest_number", "number", unique=True),
    sqlite_with_rowid=False,
)

# In the text: with 'COMPLETE' as a bound value, neither database could tell that an index on it applies.
COMPLETE: ColumnElement[str] = literal_column("'COMPLETE'")


def is_current(captures: FromClause) -> ColumnElement[bool]:
    """Complete and not superseded: what readers see. Of core_manifest, or of an alias of it."""
    return and_(captures.c.status == COMPLETE, captures.c.superseded_at.is_(None))


IS_CURRENT = is_current(core_manifest)

# What a migration took from readers, or a rename that came in its place: no capture superseded it.
IS_TAKEN = and_(core_manifest.c.superseded_at.is_not(None), core_manifest.c.superseded_by.is_(None))

Index(
    "uq_core_manifest_current",
    core_manifest.c.domain,
    core_manifest.c.stage,
    core_manifest.c.tier,
    core_manifest.c.partition_key,
    unique=True,
    sqlite_where=IS_CURRENT,
    postgresql_where=IS_CURRENT,
)

# Complete and without a number yet: few, whatever the history's length.
IS_UNNUMBERED = and_(core_manifest.c.status == COMPLETE, core_manifest.c.number.is_(None))

Index(
    "ix_core_manifest_unnumbered",
    core_manifest.c.published_at,
    sqlite_where=IS_UNNUMBERED,
    postgresql_where=IS_UNNUMBERED,
)

core_definitions = Table(
    "core_definitions",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("text", Text, nullable=False),  # as core.definitions writes it
)

core_acceptances = Table(
    "core_acceptances",
    metadata,
    Column("domain", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("definition", String(64), nullable=False),  # that captures were made by
    Column("accepted_as", String(64), nullable=False),  # the one whose results are the same
    Column("reason", Text, nullable=False),
    Column("accepted_at", UtcTimestamp, nullable=False),
    PrimaryKeyConstraint("domain", "stage", "tier", "definition", "accepted_as", name="pk_core_acceptances"),
    sqlite_with_rowid=False,
)

core_anomalies = Table(
    "core_anomalies",
    metadata,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), Identity(), primary_key=True),
    Column("capture_id", CAPTURE_ID, ForeignKey("core_manifest.capture_id"), nullable=False),
    Column("anomaly_code", Text, nullable=False),
    Column("message", Text),
    Column("severity", Text),  # INFO, WARNING or ERROR
    Column("context", Json),
    Column("recorded_at", UtcTimestamp),
    Column("counts_from", BigInteger),  # the number; NULL where recorded before its capture ended
    # How many anomalies the row is: 1, or those past the limit of its code, which it counts in their place.
    Column("stands_for", BigInteger, nullable=False, server_default=text("1")),
    Index("ix_core_anomalies_capture", "capture_id", "anomaly_code"),
)

# How many anomalies rows are together: an integer, which PostgreSQL's sum of such is not.
NUMBER_OF_ANOMALIES: ColumnElement[int] = cast(func.sum(core_anomalies.c.stands_for), BigInteger)

core_lineage = Table(
    "core_lineage",
    metadata,
    Column("capture_id", CAPTURE_ID, ForeignKey("core_manifest.capture_id"), nullable=False),
    Column("input_capture_id", CAPTURE_ID, ForeignKey("core_manifest.capture_id"), nullable=False),
    Column("counts_from", BigInteger),  # as of an anomaly
    PrimaryKeyConstraint("capture_id", "input_capture_id", name="pk_core_lineage"),
    Index("ix_core_lineage_input", "input_capture_id"),
    sqlite_with_rowid=False,
)

# Partitions of inputs that a capture asked for when there was no complete capture of them.
core_absent_inputs = Table(
    "core_absent_inputs",
    metadata,
    Column("capture_id", CAPTURE_ID, ForeignKey("core_manifest.capture_id"), nullable=False),
    Column("domain", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("partition_key", Text, nullable=False),
    PrimaryKeyConstraint(
        "capture_id", "domain", "stage", "tier", "partition_key", name="pk_core_absent_inputs"
    ),
    Index("ix_core_absent_inputs_place", "domain", "stage", "tier", "partition_key"),
    sqlite_with_rowid=False,
)

# The newest of partitions of inputs up to one, that a capture read: see spans.py.
core_awaited_inputs = Table(
    "core_awaited_inputs",
    metadata,
    Column("capture_id", CAPTURE_ID, ForeignKey("core_manifest.capture_id"), nullable=False),
    Column("domain", Text, nullable=False),
    Column("stage", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("up_to_key", Text, nullable=False),
    Column("after_key", Text, nullable=False),  # the newest that was complete; "" where none was
    Column("key_begins", Text, nullable=False),  # what stands in keys before their time
    Column("key_ends", Text, nullable=False),  # and behind it
    PrimaryKeyConstraint("capture_id", "domain", "stage", "tier", "up_to_key", name="pk_core_awaited_inputs"),
    Index("ix_core_awaited_inputs_stage", "domain", "stage", "tier", "up_to_key"),
    sqlite_with_rowid=False,
)

core_files = Table(
    "core_files",
    metadata,
    Column("capture_id", CAPTURE_ID, ForeignKey("core_manifest.capture_id"), nullable=False),
    Column("path", Text, nullable=False),  # below the data root
    Column("size", BigInteger, nullable=False),  # bytes
    Column("modified_ns", BigInteger, nullable=False),  # nanoseconds since 1970
    Column("sha256", String(64), nullable=False),  # of all of it, or of the partition's rows in it
    PrimaryKeyConstraint("capture_id", "path", name="pk_core_files"),
    sqlite_with_rowid=False,
)

core_runs = Table(
    "core_runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("workflow", Text, nullable=False),
    Column("domain", Text),
    Column("partition_key", Text),
    Column("status", Text, nullable=False),  # RUNNING, COMPLETE or FAILED
    Column("params", Json),
    Column("started_at", UtcTimestamp, nullable=False),
    Column("finished_at", UtcTimestamp),
    Column("failed_step", Text),
    Column("error", Text),
    Column("attempt", Integer),  # 1, 2, 3… of its workflow and partition, in the order of their starts
    Column("only_step", Text),  # the one pipeline that it was for; NULL where it was for all of them
    Index("ix_core_runs_workflow", "workflow", "partition_key", "attempt"),
)

core_run_steps = Table(
    "core_run_steps",
    metadata,
    Column("run_id", Text, ForeignKey("core_runs.run_id"), nullable=False),
    Column("position", Integer, nullable=False),  # 1, 2, 3… in the workflow's order
    Column("name", Text, nullable=False),
    Column("kind", Text, nullable=False),  # lambda, pipeline or choice
    Column("status", Text, nullable=False),  # COMPLETE, SKIPPED, FAILED or NOT_RUN
    Column("capture_id", CAPTURE_ID),
    Column("reason", Text),  # why it was skipped or failed, or where a choice went
    Column("started_at", UtcTimestamp),  # NULL for a step that was not reached
    Column("finished_at", UtcTimestamp),
    PrimaryKeyConstraint("run_id", "position", name="pk_core_run_steps"),
    Index("ix_core_run_steps_capture", "capture_id"),
    sqlite_with_rowid=False,
)

core_capture_outputs = Table(
    "core_capture_outputs",
    metadata,
    Column("capture_id", CAPTURE_ID, ForeignKey("core_manifest.capture_id"), primary_key=True),
    # What a pipeline left in the context, for reruns that skip it: JSON, as text, since JSONB alters numbers.
    Column("outputs", Text, nullable=False),
)

# What the checks and choices of a run saw of the manifest: one row a place that they asked about.
core_run_reads = Table(
    "core_run_reads",
    metadata,
    Column("run_id", Text, ForeignKey("core_runs.run_id"), nullable=False),
    Column("step", Text, nullable=False),
    Column("domain", Text, nullable=False),
    Column("fact", Text, nullable=False),  # one of those in orchestration/reads.py
    Column("stage", Text, nullable=False),
    Column("partition_key", Text, nullable=False),
    Column("capture_id", CAPTURE_ID),  # NULL where there was no complete one
    Column("value", BigInteger),  # of partitions and expected
    PrimaryKeyConstraint(
        "run_id", "step", "fact", "domain", "stage", "partition_key", name="pk_core_run_reads"
    ),
    sqlite_with_rowid=False,
)

# One row: up to which instant, by the database's clock, questions about the past have been answered.
core_answers = Table(
    "core_answers",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # always 1
    Column("answered_until", UtcTimestamp),
)

# What destroyed rows, and up to which number the past can no longer be told since.
core_horizons = Table(
    "core_horizons",
    metadata,
    Column("number", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("raised_at", UtcTimestamp, nullable=False),
    PrimaryKeyConstraint("number", "reason", name="pk_core_horizons"),
)

# What `spine migrate` has run on this database.
core_revisions = Table(
    "core_revisions",
    metadata,
    Column("revision", Text, primary_key=True),
    Column("position", Integer, nullable=False),  # 1, 2, 3… in the order in which they were applied
    Column("sha256", String(64)),  # of the file's text; NULL for the core's own, which come with spine
    Column("applied_at", UtcTimestamp),  # NULL where it was applied before the database kept this
    sqlite_with_rowid=False,
)
