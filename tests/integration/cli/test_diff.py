"""spine diff: what a restated week changed, in text, JSON and csv, and what it refuses."""

import csv
import io
import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from spine_gen.generate import generate, write_build
from tests.integration.cli.project import ROOT, Project, make_project

WEEK, FILE = "2025-W49", "finra_otc_weekly_otc_20251201.csv"


@pytest.fixture
def restated(project: Project, tmp_path: Path) -> tuple[Project, list[dict[str, Any]]]:
    """A project whose week was restated: a row gone, a row new, a volume changed; and its two captures."""
    root = tmp_path / "root"
    shutil.copytree(ROOT / "examples" / "data", root / "data")
    file = root / "data" / "finra" / FILE
    here = {"SPINE_DATA_ROOT": str(root)}
    assert project.spine("run", "finra.otc/ingest", "-p", WEEK, **here).status == 0
    title, gone, changed, *others = file.read_text(encoding="utf-8").splitlines()
    names = title.split("|")
    fields = dict(zip(names, changed.split("|"), strict=True))
    new = {**fields, "issueSymbolIdentifier": "ZZNEW"}
    fields["totalWeeklyShareQuantity"] = str(int(fields["totalWeeklyShareQuantity"]) + 1)
    assert len(gone.split("|")) == len(names)
    lines = [title, "|".join(fields.values()), *others, "|".join(new.values())]
    file.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    assert project.spine("run", "finra.otc/ingest", "-p", WEEK, **here).status == 0
    return project, project.spine("captures", "--format", "json").json


def test_a_restatement_is_told_row_by_row(restated: tuple[Project, list[dict[str, Any]]]) -> None:
    project, (old, new) = restated
    assert new["reason"] == f"stale: file data/finra/{FILE} changed since"
    ran = project.spine("diff", new["capture_id"])
    assert (ran.status, ran.err) == (0, "")
    head, counts, _, titles, *rows = ran.out.splitlines()
    assert head.startswith(f"finra.otc INGEST {WEEK} ")
    assert counts == "1 changed, 1 removed, 1 added"
    assert titles.split() == ["SYMBOL", "MPID", "COLUMNS"]
    assert [row[0] for row in rows] == ["~", "-", "+"]
    assert re.search(r"share_volume (\d+) -> (\d+)$", rows[0])
    back = project.spine("diff", old["capture_id"], new["capture_id"], "--format", "json").json
    assert back["counts"] == {"changed": 1, "removed": 1, "added": 1}
    assert (back["capture_id"], back["compared_with"]) == (old["capture_id"], new["capture_id"])
    assert back["rows"][1]["key"]["symbol"] == "ZZNEW"
    limited = project.spine("diff", new["capture_id"], "--limit", "1")
    assert "1 of 3 rows are shown" in limited.err


def test_csv_has_every_row(restated: tuple[Project, list[dict[str, Any]]]) -> None:
    project, (_, new) = restated
    ran = project.spine("diff", new["capture_id"], "--format", "csv", "--limit", "0")
    rows = list(csv.DictReader(io.StringIO(ran.out)))
    assert [row["change"] for row in rows] == ["changed", "removed", "added"]
    changed, removed, added = rows
    assert int(changed["new.share_volume"]) == int(changed["old.share_volume"]) + 1
    assert (changed["old.trade_count"], removed["new.trade_count"], added["old.trade_count"]) == ("", "", "")
    assert added["symbol"] == "ZZNEW"


TEXTS_AND_NULLS = """
spine: 1
domain: odd
description: Values that could be taken for each other.
owner: tests
partitions:
  day: {type: date}
tiers: [BRONZE]
stages:
  LOAD:
    description: Load them.
    tier: BRONZE
    source: {format: ndjson, path: "data/{day}.ndjson"}
    table:
      name: odd_load
      key: [at]
      columns:
        at: {type: integer}
        text: {type: string, nullable: true}
        doc: {type: json, nullable: true}
workflows:
  daily:
    description: Load them.
    steps:
      - {stage: LOAD}
"""


@pytest.fixture
def odd(tmp_path: Path) -> tuple[Project, str]:
    """A project of which the one day was restated, and the restated capture."""
    spec, generated = tmp_path / "odd.yaml", tmp_path / "generated"
    spec.write_text(TEXTS_AND_NULLS, encoding="utf-8")
    write_build(generate([spec], generated, project=tmp_path))
    project = make_project(tmp_path / "project", generated, tmp_path)
    file = tmp_path / "data" / "2025-01-01.ndjson"
    file.parent.mkdir()
    for rows in (
        [
            {"at": 1, "text": "NULL", "doc": {"b": [None, True], "a": "é"}},
            {"at": 2, "text": None, "doc": "x"},
        ],
        [{"at": 1, "text": None, "doc": [1.5]}, {"at": 2, "text": "", "doc": None}],
    ):
        file.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        assert project.spine("run", "odd/daily", "-p", "2025-01-01").status == 0
    return project, project.spine("captures", "--format", "json").json[-1]["capture_id"]


def test_csv_tells_text_from_null_and_has_json_as_json(odd: tuple[Project, str]) -> None:
    project, capture = odd
    ran = project.spine("diff", capture, "--format", "csv")
    assert ran.out.splitlines() == [
        '"change","at","old.text","new.text","old.doc","new.doc"',
        r'"changed",1,"NULL",,"{""b"": [null, true], ""a"": ""é""}","[1.5]"',
        r'"changed",2,,"","""x""",',
    ]


def test_text_has_json_as_json(odd: tuple[Project, str]) -> None:
    project, capture = odd
    shown = project.spine("diff", capture).out
    assert """text 'NULL' -> NULL, doc {"b": [null, true], "a": "é"} -> [1.5]""" in shown
    assert """text NULL -> '', doc "x" -> NULL""" in shown


def test_what_has_nothing_to_be_compared_with_is_refused(
    restated: tuple[Project, list[dict[str, Any]]],
) -> None:
    project, (old, new) = restated
    project.spine("diff", old["capture_id"]).refused("superseded none: name the one to compare it with")
    assert project.spine("run", "finra.otc/aggregate", "-p", WEEK).status == 0
    (other,) = project.spine("captures", "--stage", "AGGREGATE", "--format", "json").json
    project.spine("diff", new["capture_id"], other["capture_id"]).refused("name two captures of one stage")


def test_help_names_every_key_of_the_json(restated: tuple[Project, list[dict[str, Any]]]) -> None:
    project, (_, new) = restated
    printed = project.spine("diff", new["capture_id"], "--format", "json").json
    said = " ".join(project.spine("diff", "--help").out.split()).split("As JSON", 1)[1]
    told = set(re.findall(r"[a-z_]+", said.split("Arguments:", maxsplit=1)[0]))
    assert {*printed, *printed["counts"], *printed["rows"][0]} <= told
