"""The spine command as people run it: what it prints where, what it exits with, and what it leaves behind."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SPINE = Path(sys.executable).parent / "spine"
WEEK = "2025-W51"


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How one command ended."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> object:
        return json.loads(self.out)

    def refused(self, *said: str, status: int = 2) -> None:
        """It ended with this status, nothing on stdout, and one clear message with these words on stderr."""
        assert (self.status, self.out) == (status, ""), self
        assert "Traceback" not in self.err
        for part in said:
            assert part in self.err


@dataclass(frozen=True)
class Project:
    """A folder with [tool.spine], the repository's generated packages, and the sample data."""

    folder: Path

    def spine(self, *arguments: str, **environment: str) -> Ran:
        done = subprocess.run(
            [SPINE, *arguments],
            cwd=self.folder,
            env=clean_environment() | environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Ran(status=done.returncode, out=done.stdout, err=done.stderr)

    @property
    def database(self) -> Path:
        return self.folder / "spine.db"


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("SPINE_")}
    return kept | {"PYTHONWARNINGS": "error", "COLUMNS": "80"}


def make_project(
    folder: Path, generated: Path = ROOT / "generated", data_root: Path = ROOT / "examples"
) -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "pyproject.toml").write_text(
        f"[tool.spine]\ngenerated = '{generated}'\ndata_root = '{data_root}'\n", encoding="utf-8"
    )
    return Project(folder)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return make_project(tmp_path / "project")


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A project in which six sample weeks ran, and a seventh for which there is no file; to look at only."""
    project = make_project(tmp_path_factory.mktemp("history") / "project")
    for week in ("2025-W47", "2025-W48", "2025-W49", "2025-W50", WEEK, "2025-W52"):
        assert project.spine("run", "finra.otc/weekly", "--partition", week).status == 0
    assert project.spine("run", "finra.otc/weekly", "--partition", "2026-W20").status == 1
    return project


# --- run


def test_run_creates_and_migrates_a_new_file_and_prints_every_step(project: Project) -> None:
    ran = project.spine("run", "finra.otc/weekly", "--partition", WEEK)
    assert ran.status == 0, ran.err
    assert "created" in ran.err
    assert str(project.database) in ran.err
    lines = ran.out.splitlines()
    assert lines[0].split() == ["STEP", "KIND", "STATUS", "ROWS", "SECONDS", "ANOMALIES", "CAPTURE", "REASON"]
    steps = {line.split()[0]: line for line in lines[1:7]}
    assert list(steps) == ["has_week", "INGEST", "has_rows", "AGGREGATE", "enough_history", "SCORE"]
    assert "MALFORMED_ROW 2, NULL_SYMBOL 1, NULL_VENUE 1, ZERO_TRADES 1" in steps["INGEST"]
    assert "NOT_RUN" in steps["SCORE"]
    assert lines[-1].startswith(f"finra.otc/weekly {WEEK}: COMPLETE, run ")


def test_a_second_run_skips_and_says_nothing_of_migrations(project: Project) -> None:
    first = project.spine("run", "finra.otc/weekly", "--partition", WEEK, "--format", "json").json
    second = project.spine("run", "finra.otc/weekly", "--partition", WEEK, "--format", "json")
    assert (second.status, second.err) == (0, "")
    assert [step["status"] for step in second.json["steps"] if step["kind"] == "pipeline"] == [
        "SKIPPED",
        "SKIPPED",
        "NOT_RUN",
    ]
    for before, after in zip(first["steps"], second.json["steps"], strict=True):
        for key in ("capture_id", "row_count", "anomalies"):
            assert before[key] == after[key]


def test_force_runs_complete_stages_again(project: Project) -> None:
    project.spine("run", "finra.otc/weekly", "--partition", WEEK)
    ran = project.spine("run", "finra.otc/weekly", "--partition", WEEK, "--force", "--format", "json")
    assert [step["status"] for step in ran.json["steps"]].count("COMPLETE") == 5


def test_a_single_pipeline_runs(project: Project) -> None:
    ran = project.spine("run", "finra.otc/ingest", "--partition", WEEK, "--format", "json")
    assert ran.status == 0, ran.err
    assert [(step["name"], step["status"], step["kind"]) for step in ran.json["steps"]] == [
        ("INGEST", "COMPLETE", "pipeline")
    ]


def test_a_failed_run_exits_1_with_the_steps_on_stdout_and_the_reason_on_stderr(project: Project) -> None:
    ran = project.spine("run", "finra.otc/weekly", "--partition", "2026-W20")
    assert ran.status == 1
    assert "finra.otc/weekly 2026-W20: FAILED" in ran.out
    assert "error: finra.otc/weekly failed at INGEST: " in ran.err
    assert "finra_otc_weekly_otc_20260511.csv" in ran.err
    assert "Traceback" not in ran.err


def test_a_failed_run_as_json_has_the_reason(project: Project) -> None:
    ran = project.spine("run", "finra.otc/weekly", "--partition", "2026-W20", "--format", "json")
    assert ran.status == 1
    assert ran.json["status"] == "FAILED"
    assert ran.json["failed_step"] == "INGEST"
    assert "finra_otc_weekly_otc_20260511.csv" in ran.json["error"]


def test_traceback_shows_where_a_failure_came_from(project: Project) -> None:
    ran = project.spine("run", "finra.otc/weekly", "--partition", "2026-W20", "--traceback")
    assert ran.status == 1
    assert "Traceback" in ran.err
    assert "ingest.py" in ran.err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["run", "finra.otc/wekly", "--partition", WEEK], "did you mean finra.otc/weekly"),
        (["run", "finra.otc/weekly", "--partition", "2025-51"], "2025-51"),
        (["run", "finra.otc/weekly", "--partition", "2025-W53"], "2025-W53"),
        (["run", "finra.otc/weekly", "--partition", "ALL"], "global"),
        (["run", "finra.otc/weekly", "--partition", ""], "partition"),
        (["run", "finra.otc/ingest", "--partition", "x"], "'x'"),
        (["run", "finra.otc/weekly"], "--partition"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--param", "x"], "--param"),
        (["run"], "WORKFLOW|PIPELINE"),
        (["runn"], "Did you mean 'run'?"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--format", "xml"], "xml"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--database-url", "nonsense"], "sqlite:///"),
        (["run", "finra.otc/weekly", "--partition", WEEK, "--database-url", "mysql://u:secret@h/d"], "mysql"),
    ],
)
def test_misuse_is_refused_and_leaves_nothing(project: Project, arguments: list[str], said: str) -> None:
    ran = project.spine(*arguments)
    ran.refused(said)
    assert "secret" not in ran.err
    assert sorted(file.name for file in project.folder.iterdir()) == ["pyproject.toml"]


# --- the database


def test_migrate_and_run_on_postgresql(project: Project, postgresql_url: str) -> None:
    behind = project.spine("run", "finra.otc/weekly", "--partition", WEEK, SPINE_DATABASE_URL=postgresql_url)
    behind.refused("run `spine migrate`")
    assert len(behind.err.splitlines()) == 1
    migrated = project.spine("migrate", "--database-url", postgresql_url, "--format", "json")
    assert migrated.status == 0, migrated.err
    assert "finra_otc_0001" in [row["revision"] for row in migrated.json]
    again = project.spine("migrate", "--database-url", postgresql_url, "--format", "json")
    assert (again.status, again.json) == (0, [])
    ran = project.spine("run", "finra.otc/weekly", "--partition", WEEK, "--database-url", postgresql_url)
    assert ran.status == 0, ran.err
    shown = project.spine("status", "finra.otc", "--database-url", postgresql_url)
    assert WEEK in shown.out
    assert not project.database.exists()


def test_several_runs_at_once_make_one_new_file(project: Project) -> None:
    running = [
        subprocess.Popen(
            [SPINE, "run", "finra.otc/weekly", "-p", week],
            cwd=project.folder,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for week in ("2025-W47", "2025-W48", "2025-W49", "2025-W50")
    ]
    said = [process.communicate(timeout=120)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0, 0], said
    assert sum("created" in text for text in said) == 1
    assert len(project.spine("status", "--format", "json").json) == 8


def test_a_damaged_file_is_told(project: Project) -> None:
    assert project.spine("migrate").status == 0
    content = bytearray(project.database.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    project.database.write_bytes(bytes(content))
    project.spine("run", "finra.otc/weekly", "--partition", WEEK).refused("malformed")


def test_a_sqlite_file_of_something_else_is_behind_and_stays_as_it_was(project: Project) -> None:
    with sqlite3.connect(project.database) as connection:
        connection.execute("CREATE TABLE mine (x INTEGER)")
    connection.close()
    project.spine("run", "finra.otc/weekly", "--partition", WEEK).refused("run `spine migrate`")
    connection = sqlite3.connect(project.database)
    tables = connection.execute("SELECT name FROM sqlite_master").fetchall()
    connection.close()
    assert tables == [("mine",)]


def test_an_unreachable_server_is_told_without_its_password(project: Project) -> None:
    url = "postgresql://me:hunter2@127.0.0.1:1/nothing"
    for command in (["run", "finra.otc/weekly", "--partition", WEEK], ["status"], ["migrate"]):
        ran = project.spine(*command, "--database-url", url)
        ran.refused("127.0.0.1")
        assert "hunter2" not in ran.err


def test_a_file_that_is_no_database_is_told(project: Project) -> None:
    project.database.write_bytes(b"this is not a database, whatever its name says\n" * 100)
    for command in (["run", "finra.otc/weekly", "--partition", WEEK], ["status"], ["migrate"]):
        project.spine(*command).refused("not a database")


def test_a_folder_that_is_missing_is_told(project: Project) -> None:
    ran = project.spine("migrate", "--database-url", "sqlite:///no/such/folder/x.db")
    ran.refused("unable to open database file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes to read-only files")
def test_a_read_only_file_is_told(project: Project) -> None:
    project.spine("migrate")
    project.database.chmod(0o400)
    project.spine("run", "finra.otc/weekly", "--partition", WEEK).refused("readonly")


def test_looking_at_a_database_that_is_not_there_makes_none(project: Project) -> None:
    for command in (["status"], ["anomalies"], ["lineage", "0"]):
        project.spine(*command).refused("no database", "spine run or spine migrate")
    assert not project.database.exists()


# --- generated packages


def test_without_generated_packages_run_says_what_makes_them(tmp_path: Path) -> None:
    missing = make_project(tmp_path / "a", generated=tmp_path / "nowhere")
    missing.spine("run", "x", "--partition", WEEK).refused(str(tmp_path / "nowhere"), "spine-gen build")
    (tmp_path / "empty").mkdir()
    empty = make_project(tmp_path / "b", generated=tmp_path / "empty")
    empty.spine("run", "x", "--partition", WEEK).refused("holds no generated package", "spine-gen build")


def test_logic_that_does_not_import_is_told_by_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "finra_otc" / "logic" / "score.py"
    logic.write_text("import nowhere_at_all\n", encoding="utf-8")
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    ran = project.spine("run", "finra.otc/weekly", "--partition", WEEK)
    ran.refused(f"{logic}:1: ModuleNotFoundError: No module named 'nowhere_at_all'", status=1)
    assert "Traceback" in project.spine("run", "finra.otc/weekly", "--partition", WEEK, "--traceback").err
    assert not project.database.exists()


def test_logic_that_raises_is_told_by_file_and_line(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "finra_otc" / "logic" / "score.py"
    logic.write_text("def score(capture, aggregate):\n    return {}['nothing']\n", encoding="utf-8")
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    for day in ("47", "48", "49", "50", "51"):
        assert project.spine("run", "finra.otc/weekly", "-p", f"2025-W{day}").status == 0
    ran = project.spine("run", "finra.otc/weekly", "-p", "2025-W52")
    assert ran.status == 1
    assert f"{logic}:2: KeyError: 'nothing'" in ran.err
    assert "Traceback" not in ran.err


def test_a_wrong_setting_is_told_with_its_file(project: Project) -> None:
    (project.folder / "pyproject.toml").write_text("[tool.spine]\ndatabase = 'x'\n", encoding="utf-8")
    project.spine("status").refused("pyproject.toml", "did you mean database_url?")


def test_what_logic_prints_is_no_result(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "prices_daily" / "logic" / "daily_returns.py"
    logic.write_text(
        f"{logic.read_text(encoding='utf-8')}\n\nprint('imported')\nwritten = daily_returns\n\n\n"
        "def daily_returns(capture, load):\n    print('called')\n    return written(capture, load)\n",
        encoding="utf-8",
    )
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    ran = project.spine("run", "prices.daily/daily", "-p", "market=NYSE/date=2025-12-19", "--format", "json")
    assert (ran.status, ran.json["status"]) == (0, "COMPLETE")
    assert "imported" in ran.err
    assert "called" in ran.err


# --- status, anomalies, lineage


def test_status_is_partitions_by_stages(history: Project) -> None:
    ran = history.spine("status", "finra.otc")
    assert (ran.status, ran.err) == (0, "")
    lines = ran.out.splitlines()
    assert lines[0] == "finra.otc"
    assert lines[1].split() == ["PARTITION", "INGEST", "AGGREGATE", "SCORE"]
    cells = {line.split()[0]: line.split()[1:] for line in lines[2:9]}
    assert cells["2025-W47"] == ["COMPLETE", "25", "COMPLETE", "11", "-"]
    assert cells["2025-W52"][-2:] == ["COMPLETE", "12"]
    assert cells["2026-W20"] == ["FAILED", "-", "-"]
    assert "finra_otc_weekly_otc_20260511.csv" in lines[-1]


def test_status_as_json_is_one_record_a_capture(history: Project) -> None:
    records = history.spine("status", "--format", "json").json
    assert {(r["partition_key"], r["stage"], r["status"]) for r in records} >= {
        ("2025-W52", "SCORE", "COMPLETE"),
        ("2026-W20", "INGEST", "FAILED"),
    }


def test_what_was_built_from_a_superseded_capture_is_stale(project: Project) -> None:
    for day in ("47", "48", "49", "50", "51", "52"):
        assert project.spine("run", "finra.otc/weekly", "-p", f"2025-W{day}").status == 0
    assert not any(record["stale"] for record in project.spine("status", "--format", "json").json)
    assert project.spine("run", "finra.otc/ingest", "-p", "2025-W49", "--force").status == 0
    records = project.spine("status", "--format", "json").json
    assert {(r["partition_key"], r["stage"]) for r in records if r["stale"]} == {
        ("2025-W49", "AGGREGATE"),
        ("2025-W52", "SCORE"),
    }
    assert "COMPLETE 12, stale" in project.spine("status").out
    assert project.spine("run", "finra.otc/aggregate", "-p", "2025-W49", "--force").status == 0
    assert project.spine("run", "finra.otc/score", "-p", "2025-W52", "--force").status == 0
    assert "stale" not in project.spine("status").out


def test_a_failed_restatement_shows_the_rows_that_stay(project: Project, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT / "examples" / "data", root / "data")
    here = {"SPINE_DATA_ROOT": str(root)}
    assert project.spine("run", "finra.otc/ingest", "-p", "2025-W49", **here).status == 0
    (root / "data" / "finra" / "finra_otc_weekly_otc_20251201.csv").write_bytes(b"")
    failed = project.spine("run", "finra.otc/ingest", "-p", "2025-W49", "--force", **here)
    assert (failed.status, "empty" in failed.err) == (1, True)
    assert "FAILED, kept 21" in project.spine("status").out


def test_an_unknown_domain_is_told_with_near_ones(history: Project) -> None:
    history.spine("status", "finra.otcc").refused("'finra.otcc'", "did you mean 'finra.otc'?")
    history.spine("anomalies", "prices").refused("'prices'")


def test_anomalies_are_counted_by_code_and_partition(history: Project) -> None:
    counted = history.spine("anomalies", "finra.otc", "--partition", WEEK, "--format", "json").json
    assert {(row["stage"], row["code"]): row["count"] for row in counted}.items() >= {
        ("INGEST", "MALFORMED_ROW"): 2,
        ("INGEST", "NULL_SYMBOL"): 1,
        ("INGEST", "NULL_VENUE"): 1,
        ("INGEST", "ZERO_TRADES"): 1,
    }.items()
    text = history.spine("anomalies", "--code", "NULL_SYMBOL")
    assert len(text.out.splitlines()) == 2
    assert {WEEK, "NULL_SYMBOL", "1"} <= set(text.out.splitlines()[1].split())


def test_anomaly_details_have_the_raw_row(history: Project) -> None:
    found = history.spine(
        "anomalies", "-p", WEEK, "--code", "MALFORMED_ROW", "--details", "--format", "json"
    ).json
    assert len(found) == 2
    assert any("14,300" in json.dumps(row) for row in found)
    limited = history.spine("anomalies", "--details", "--limit", "1")
    assert len(limited.out.splitlines()) == 2
    assert "--limit" in limited.err


def test_lineage_leads_up_to_inputs_and_down_to_outputs(history: Project) -> None:
    records = history.spine("status", "--format", "json").json
    capture = {(r["partition_key"], r["stage"]): r["capture_id"] for r in records}
    score = history.spine("lineage", capture["2025-W52", "SCORE"])
    assert (score.status, score.err) == (0, "")
    assert sum(" AGGREGATE " in line for line in score.out.splitlines()) == 6
    assert sum(" INGEST " in line for line in score.out.splitlines()) == 6
    assert score.out.splitlines()[-1] == "outputs: none yet"
    down = history.spine("lineage", capture["2025-W47", "INGEST"], "--format", "json").json
    assert down["inputs"] == []
    assert down["outputs"] == [capture["2025-W47", "AGGREGATE"]]
    assert {(r["partition_key"], r["stage"]) for r in down["captures"]} == {
        ("2025-W47", "INGEST"),
        ("2025-W47", "AGGREGATE"),
        ("2025-W52", "SCORE"),
    }


def test_a_capture_is_found_by_as_much_of_its_id_as_is_unique(history: Project) -> None:
    capture = history.spine("status", "--format", "json").json[0]["capture_id"]
    assert capture in history.spine("lineage", capture[:-1]).out
    history.spine("lineage", capture[:4]).refused("several captures", capture)
    history.spine("lineage", "zzz").refused("'zzz'")
    history.spine("lineage", "%").refused("'%'")


# --- streams and signals


def test_a_reader_that_goes_away_is_no_error(history: Project) -> None:
    done = subprocess.run(
        f"{SPINE} status --format json | head -c 1",
        shell=True,
        cwd=history.folder,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[", "")


def test_an_interrupt_ends_with_130_and_the_same_command_goes_on(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "generated", tmp_path / "generated")
    logic = tmp_path / "generated" / "finra_otc" / "logic" / "score.py"
    kept = logic.read_text(encoding="utf-8")
    sign = tmp_path / "scoring"
    project = make_project(tmp_path / "project", generated=tmp_path / "generated")
    for day in ("47", "48", "49", "50", "51"):
        assert project.spine("run", "finra.otc/weekly", "-p", f"2025-W{day}").status == 0
    logic.write_text(
        "import time\nfrom pathlib import Path\n\n\ndef score(capture, aggregate):\n"
        f"    Path({str(sign)!r}).touch()\n    time.sleep(60)\n",
        encoding="utf-8",
    )
    process = subprocess.Popen(
        [SPINE, "run", "finra.otc/weekly", "-p", "2025-W52"],
        cwd=project.folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 60
    while not sign.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert "interrupted" in err
    assert "Traceback" not in err
    logic.write_text(kept, encoding="utf-8")
    again = project.spine("run", "finra.otc/weekly", "-p", "2025-W52", "--format", "json")
    assert again.status == 0, again.err
    assert [step["status"] for step in again.json["steps"] if step["kind"] == "pipeline"] == [
        "SKIPPED",
        "SKIPPED",
        "COMPLETE",
    ]


def test_help_names_every_command(project: Project) -> None:
    ran = project.spine("--help")
    assert ran.status == 0
    for command in ("migrate", "run", "status", "anomalies", "lineage"):
        assert f"  {command} " in ran.out
        assert project.spine(command, "--help").status == 0
