"""spine status, anomalies and lineage: what they show, and the keys of their JSON."""

import json
import re
import shutil
from pathlib import Path

from tests.integration.cli.project import ROOT, WEEK, Project


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


def test_a_domain_that_never_ran_is_empty_and_an_unknown_one_is_a_mistake(project: Project) -> None:
    assert project.spine("migrate").status == 0
    for command in (["status"], ["anomalies"], ["anomalies", "--details"]):
        empty = project.spine(*command, "finra.otc", "--format", "json")
        assert (empty.status, empty.json) == (0, [])
        assert "nothing" in project.spine(*command, "finra.otc").err
        project.spine(*command, "finra").refused("no domain 'finra'", "did you mean 'finra.otc'?")


def test_a_partition_that_never_ran_is_not_said_to_be_without_anomalies(history: Project) -> None:
    ran = history.spine("anomalies", "-p", "2025-W15")
    assert (ran.status, ran.out, ran.err) == (0, "", "nothing has run here for partition 2025-W15\n")
    clean = history.spine("anomalies", "--code", "BAD_CODE")
    assert (clean.status, clean.out, clean.err) == (0, "", "no anomalies with code BAD_CODE\n")


def test_help_names_every_key_of_the_json(history: Project) -> None:
    capture = history.spine("status", "--format", "json").json[0]["capture_id"]
    run = history.spine("run", "finra.otc/weekly", "-p", WEEK, "--format", "json").json
    lineage = history.spine("lineage", capture, "--format", "json").json
    printed = {
        "run": {*run, *run["steps"][0]},
        "status": {*history.spine("status", "--format", "json").json[0]},
        "anomalies": {
            *history.spine("anomalies", "--format", "json").json[0],
            *history.spine("anomalies", "--details", "--format", "json").json[0],
        },
        "lineage": {*lineage, *lineage["captures"][0]},
    }
    for command, keys in printed.items():
        said = " ".join(history.spine(command, "--help").out.split())
        told = set(re.findall(r"[a-z_]+", said.split("As JSON", 1)[1].split("Options:", maxsplit=1)[0]))
        assert keys <= told, (command, keys - told)


def test_times_are_iso_8601(history: Project) -> None:
    record = history.spine("status", "--format", "json").json[0]
    for key in ("started_at", "completed_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", record[key])
