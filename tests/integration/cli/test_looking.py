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
    (stale,) = [r for r in records if r["stale"]]
    assert (stale["stage"], stale["partition_key"]) == ("AGGREGATE", "2025-W49")
    assert stale["reasons"] == ["INGEST 2025-W49 was restated since"]
    (behind,) = [r for r in records if r["behind"]]
    assert (behind["stage"], behind["partition_key"]) == ("SCORE", "2025-W52")
    assert behind["reasons"] == ["AGGREGATE 2025-W49 is stale: INGEST 2025-W49 was restated since"]
    lines = project.spine("status", "--stale").out.splitlines()
    assert [line.split()[0] for line in lines[2:4]] == ["2025-W49", "2025-W52"]
    assert ("COMPLETE 10, stale" in lines[2], "COMPLETE 12, behind" in lines[3]) == (True, True)
    assert lines[5].split() == ["PARTITION", "STAGE", "IS", "REASON"]
    assert lines[6].split() == ["2025-W49", "AGGREGATE", "stale", *stale["reasons"][0].split()]
    assert project.spine("run", "finra.otc/aggregate", "-p", "2025-W49", "--force").status == 0
    assert project.spine("run", "finra.otc/score", "-p", "2025-W52", "--force").status == 0
    assert "stale" not in project.spine("status").out
    assert project.spine("status", "--stale").err == "nothing is stale\n"


def test_a_failed_restatement_shows_the_rows_that_stay(project: Project, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT / "examples" / "data", root / "data")
    here = {"SPINE_DATA_ROOT": str(root)}
    assert project.spine("run", "finra.otc/ingest", "-p", "2025-W49", **here).status == 0
    assert "skipped" in project.spine("run", "finra.otc/ingest", "-p", "2025-W49", **here).out.lower()
    file = root / "data" / "finra" / "finra_otc_weekly_otc_20251201.csv"
    content = file.read_bytes()
    file.write_bytes(b"")
    failed = project.spine("run", "finra.otc/ingest", "-p", "2025-W49", "--force", **here)
    assert (failed.status, "empty" in failed.err) == (1, True)
    assert "FAILED, kept 21" in project.spine("status").out
    file.write_bytes(content)
    assert project.spine("run", "finra.otc/ingest", "-p", "2025-W49", **here).status == 0
    assert "FAILED" not in project.spine("status").out
    assert "FAILED" in project.spine("captures", "finra.otc", "-p", "2025-W49").out


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
    assert capture in history.spine("lineage", capture[:-1], "--full-ids").out
    shown = history.spine("lineage", capture).out.splitlines()[0].split()[-1]
    assert (shown[-1], len(shown) < len(capture), capture.startswith(shown[:-1])) == ("…", True, True)
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
    captures = history.spine("captures", "--format", "json").json
    printed = {
        "run": {*run, *run["steps"][0]},
        "status": {*history.spine("status", "--format", "json").json[0]},
        "anomalies": {
            *history.spine("anomalies", "--format", "json").json[0],
            *history.spine("anomalies", "--details", "--format", "json").json[0],
        },
        "captures": {*captures[0]},
        "lineage": {*lineage, *lineage["captures"][0]},
    }
    for command, keys in printed.items():
        said = " ".join(history.spine(command, "--help").out.split())
        told = set(re.findall(r"[a-z_]+", said.split("As JSON", 1)[1].split("Options:", maxsplit=1)[0]))
        assert keys <= told, (command, keys - told)


def test_what_a_file_changed_is_told_only_where_files_are_looked_at(project: Project, tmp_path: Path) -> None:
    root = tmp_path / "root"
    shutil.copytree(ROOT / "examples" / "data", root / "data")
    here = {"SPINE_DATA_ROOT": str(root)}
    assert project.spine("run", "finra.otc/weekly", "-p", "2025-W49", **here).status == 0
    file = root / "data" / "finra" / "finra_otc_weekly_otc_20251201.csv"
    file.write_bytes(file.read_bytes().replace(b"\n", b"\n", 1) + b"\n")
    assert "stale" not in project.spine("status", **here).out
    text = project.spine("status", "--check-files", **here).out
    assert f"file {file.relative_to(root).as_posix()} changed since" in text
    assert "AGGREGATE  behind" in text
    assert project.spine("status", "--stale", **here).out == ""
    assert "2025-W49" in project.spine("status", "--stale", "--check-files", **here).out


def test_a_changed_definition_is_told_where_packages_can_be_loaded(own_packages: Project) -> None:
    assert own_packages.spine("run", "finra.otc/weekly", "-p", "2025-W49").status == 0
    pipeline = own_packages.folder.parent / "generated" / "finra_otc" / "pipelines" / "aggregate.py"
    text = pipeline.read_text(encoding="utf-8")
    pipeline.write_text(text.replace("SUM(share_volume)", "MAX(share_volume)"), encoding="utf-8")
    assert "its definition changed" in own_packages.spine("status").out
    pipeline.write_text("raise RuntimeError('broken')\n", encoding="utf-8")
    broken = own_packages.spine("status")
    assert (broken.status, "changed" in broken.out, "COMPLETE 10" in broken.out) == (0, False, True)
    assert "definitions are not compared" in broken.err
    shutil.rmtree(own_packages.folder.parent / "generated")
    bare = own_packages.spine("status")
    assert (bare.status, bare.err, "COMPLETE 10" in bare.out) == (0, "", True)


def test_pages_go_from_the_newest_partition_back(history: Project) -> None:
    first = history.spine("status", "finra.otc", "--limit", "3", "--format", "json")
    keys = list(dict.fromkeys(r["partition_key"] for r in first.json))
    assert keys == ["2025-W51", "2025-W52", "2026-W20"]
    assert "--before 2025-W51" in first.err
    second = history.spine("status", "finra.otc", "--limit", "3", "--before", keys[0], "--format", "json")
    assert {r["partition_key"] for r in second.json} == {"2025-W48", "2025-W49", "2025-W50"}
    third = history.spine("status", "--limit", "3", "--before", "2025-W48")
    assert ("2025-W47" in third.out, third.err) == (True, "")


def test_partitions_are_narrowed_to_some(history: Project) -> None:
    def shown(*options: str) -> list[str]:
        ran = history.spine("status", "finra.otc", "--format", "json", *options)
        assert ran.status == 0, ran.err
        return list(dict.fromkeys(r["partition_key"] for r in ran.json))

    assert shown("--failed") == ["2026-W20"]
    assert shown("-p", "2025-W50") == ["2025-W50"]
    assert shown("--from", "2025-W49", "--to", "2025-W51") == ["2025-W49", "2025-W50", "2025-W51"]
    missing = history.spine("status", "finra.otc", "--missing", "--from", "2025-W46", "--to", "2025-W47")
    assert [line.split()[:2] for line in missing.out.splitlines()[2:4]] == [
        ["2025-W46", "-"],
        ["2025-W47", "COMPLETE"],
    ]
    weeks = 52 + 20  # from 2025-W01, where the domain starts, to the newest
    every = history.spine("status", "finra.otc", "--missing", "--limit", "100").out.splitlines()[2:]
    assert len(every[: every.index("")]) == weeks - 1  # 2025-W52 has everything


def test_what_stood_at_a_number_is_shown_with_it(project: Project) -> None:
    for _ in range(2):
        assert project.spine("run", "finra.otc/weekly", "-p", "2025-W49", "--force").status == 0
    captures = project.spine("captures", "finra.otc", "--format", "json").json
    assert [(one["stage"], one["attempt"], one["reason"]) for one in captures] == [
        ("INGEST", 1, "forced"),
        ("INGEST", 2, "forced"),
        ("AGGREGATE", 1, "forced"),
        ("AGGREGATE", 2, "forced"),
    ]
    then = project.spine("status", "--as-of", "2", "--format", "json")
    assert then.err == "as of number 2\n"
    assert [r["capture_id"] for r in then.json] == [captures[0]["capture_id"], captures[2]["capture_id"]]
    text = project.spine("status", "--as-of", "1").out.splitlines()
    assert (text[0], text[2].split()) == ("as of number 1", ["PARTITION", "INGEST"])
    odd = project.spine("anomalies", "--as-of", "2", "--format", "json")
    assert {row["capture_id"] for row in odd.json} <= {captures[0]["capture_id"], captures[2]["capture_id"]}
    root = captures[0]["capture_id"]
    assert project.spine("lineage", root, "--as-of", "1", "--format", "json").json["outputs"] == []
    (now,) = project.spine("lineage", root, "--format", "json").json["outputs"]
    assert now == captures[2]["capture_id"]
    project.spine("lineage", captures[3]["capture_id"], "--as-of", "1").refused("nobody saw it at number 1")
    project.spine("status", "--as-of", "99").refused("there is no number 99 yet")
    project.spine("status", "--as-of", "1", "--stale").refused("contradict")


def test_superseded_captures_are_listed_where_they_are_asked_for(project: Project) -> None:
    for _ in range(2):
        assert project.spine("run", "finra.otc/ingest", "-p", "2025-W49", "--force").status == 0
    (current,) = project.spine("status", "--format", "json").json
    both = project.spine("status", "--format", "json", "--all").json
    assert [one["attempt"] for one in both] == [1, 2]
    assert (both[0]["current"], both[0]["superseded_by"]) == (False, current["capture_id"])
    assert both[1] == current


def test_the_key_of_one_dimension_is_also_taken_with_its_name(project: Project) -> None:
    assert project.spine("run", "finra.otc/ingest", "-p", "week=2025-W49").status == 0
    assert {r["partition_key"] for r in project.spine("status", "--format", "json").json} == {"2025-W49"}
    project.spine("run", "finra.otc/ingest", "-p", "day=2025-W49").refused("day=2025-W49")


def test_times_are_iso_8601(history: Project) -> None:
    record = history.spine("status", "--format", "json").json[0]
    for key in ("started_at", "completed_at"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00", record[key])
