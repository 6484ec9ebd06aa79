"""spine run: what it prints where, what it exits with, and what it leaves behind."""

from pathlib import Path

from tests.integration.cli.project import ROOT, WEEK, Project


def test_run_creates_and_migrates_a_new_file_and_prints_every_step(project: Project) -> None:
    ran = project.spine("run", "finra.otc/weekly", "--partition", WEEK)
    assert ran.status == 0, ran.err
    assert "created" in ran.err
    assert str(project.database) in ran.err
    lines = ran.out.splitlines()
    assert lines[0].split() == ["STEP", "KIND", "STATUS", "ROWS", "SECONDS", "ANOMALIES", "CAPTURE", "REASON"]
    steps = {line.split()[0]: line for line in lines[1:6]}
    assert list(steps) == ["has_week", "INGEST", "AGGREGATE", "enough_history", "SCORE"]
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
    assert [step["status"] for step in ran.json["steps"]].count("COMPLETE") == 4


def test_dimensions_may_be_given_one_by_one_in_any_order(project: Project) -> None:
    ran = project.spine(
        "run", "prices.daily/daily", "-p", "date=2025-12-17", "-p", "market=NYSE", "--format", "json"
    )
    assert (ran.status, ran.json["partition_key"]) == (0, "market=NYSE/date=2025-12-17"), ran.err
    assert {r["partition_key"] for r in project.spine("status", "--format", "json").json} == {
        "market=NYSE/date=2025-12-17"
    }


def test_a_check_that_fails_the_stage_is_told_once(project: Project, tmp_path: Path) -> None:
    file = Path("data") / "finra" / "finra_otc_weekly_otc_20251215.csv"
    header = (ROOT / "examples" / file).read_bytes().splitlines(keepends=True)[0]
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_bytes(header)
    ran = project.spine("run", "finra.otc/weekly", "-p", WEEK, SPINE_DATA_ROOT=str(tmp_path))
    assert ran.status == 1
    assert ran.err.splitlines()[-1] == (
        "error: finra.otc/weekly failed at INGEST: NO_ROWS: COUNT(*) = 0 holds, with COUNT(*) = 0. The stage "
        "as a whole has no rows. Nothing was written: readers keep what they had."
    )


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
