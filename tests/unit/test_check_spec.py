"""Specs to models: what the repository's own specs mean, and that nothing hides anything else."""

from pathlib import Path

import pytest

from spine_gen.source.other_specs import OtherSpecs
from spine_gen.spec.check import CheckedSpec, check_spec
from spine_gen.spec.language import SqlText

SPECS = Path(__file__).parent.parent.parent / "specs"
SMALL = """\
spine: 1
domain: prices.yearly
description: Yearly prices.
partitions:
  year:   {type: year, start: 2020}
  market: {type: enum, values: [007, NO, 1.50]}
tiers: [BRONZE]
stages:
  LOAD:
    tier: BRONZE
    source: {format: csv, path: "data/{market}/{year}.csv"}
    table: {name: prices_load, key: [symbol], columns: {symbol: {type: string}}}
  SUM:
    tier: BRONZE
    inputs: [LOAD]
    sql: SELECT symbol FROM LOAD
    table: {name: prices_sum, key: [symbol], columns: {symbol: {type: string}}}
"""


def codes(checked: CheckedSpec) -> list[str]:
    return [diagnostic.code for diagnostic in checked.diagnostics]


@pytest.mark.parametrize("path", sorted(SPECS.glob("*.yaml")), ids=lambda path: path.name)
def test_the_repositorys_specs_are_valid(path: Path) -> None:
    checked = check_spec(path.read_bytes(), path.name, OtherSpecs(SPECS))
    assert checked.diagnostics == ()
    assert checked.spec is not None


def test_numbers_are_taken_as_written_where_text_is_meant() -> None:
    spec = check_spec(SMALL, "s.yaml").spec
    assert spec is not None
    assert spec.partitions[0].start == "2020"
    assert spec.partitions[1].values == ("007", "NO", "1.50")


def test_one_sql_text_serves_both_databases() -> None:
    spec = check_spec(SMALL, "s.yaml").spec
    assert spec is not None
    assert spec.stage("SUM").work == SqlText(
        sqlite="SELECT symbol FROM LOAD", postgresql="SELECT symbol FROM LOAD"
    )


def test_the_same_text_gives_the_same_model() -> None:
    assert check_spec(SMALL, "a.yaml").spec == check_spec(SMALL.encode(), "b.yaml").spec


def test_shape_and_meaning_are_reported_at_once() -> None:
    text = SMALL.replace("tier: BRONZE\n    source", "tier: BRONCE\n    source").replace(
        "key: [symbol]", "key: 7", 1
    )
    assert codes(check_spec(text, "s.yaml")) == ["SG303", "SG203"]


def test_a_misshapen_part_causes_no_further_problems() -> None:
    assert codes(
        check_spec(SMALL.replace("columns: {symbol: {type: string}}", "columns: 7", 1), "s.yaml")
    ) == ["SG203"]
    assert codes(check_spec(SMALL.replace("tiers: [BRONZE]", "tiers: 7"), "s.yaml")) == ["SG203"]
    assert codes(check_spec(SMALL.replace("{type: string}}}\n  SUM", "{type: text}}}\n  SUM"), "s.yaml")) == [
        "SG204"
    ]


def test_problems_come_in_the_order_of_the_file() -> None:
    text = SMALL.replace("domain: prices.yearly", "domain: json").replace("FROM LOAD", "FROM LAOD")
    places = [diagnostic.start for diagnostic in check_spec(text, "s.yaml").diagnostics]
    assert len(places) == 2
    assert places == sorted(places)


def test_a_problem_within_an_alias_is_reported_once_where_it_stands() -> None:
    text = SMALL.replace("columns: {symbol: {type: string}}", "columns: &columns {symbol: {type: strin}}", 1)
    text = text.replace("columns: {symbol: {type: string}}", "columns: *columns")
    checked = check_spec(text, "s.yaml")
    assert codes(checked) == ["SG204"]
    assert checked.diagnostics[0].start.line == 12


@pytest.mark.parametrize("domain", ["spine", "rich", "uuid.utils", "psycopg", "pandas", "ruff"])
def test_a_domain_does_not_hide_what_its_pipelines_run_on(domain: str) -> None:
    checked = check_spec(SMALL.replace("domain: prices.yearly", f"domain: {domain}"), "s.yaml")
    assert codes(checked) == ["SG301"]


def test_warnings_leave_the_spec_valid() -> None:
    text = SMALL + "anomalies:\n  ODD: {severity: INFO, description: Never recorded.}\n"
    checked = check_spec(text, "s.yaml")
    assert codes(checked) == ["SG324"]
    assert checked.ok


STEPS = ["*/90 * * * *", "* */24 * * *", "* * 1-5/5 * *", "* * * */12 *", "*/0 * * * *"]
GOOD_STEPS = ["*/59 * * * *", "0 */6 * * *", "0 0 1-5/4 * *", "0 0 * */3 *", "5,*/30 1 * * *"]
WORKFLOW = 'workflows:\n  daily: {schedule: "%s", steps: [{stage: LOAD}]}\n'


@pytest.mark.parametrize(
    "step", ["*/90 * * * *", "* */24 * * *", "* * 1-5/5 * *", "* * * */12 *", "*/0 * * * *"]
)
def test_a_step_of_a_schedule_is_no_longer_than_its_range(step: str) -> None:
    assert codes(check_spec(SMALL + WORKFLOW % step, "s.yaml")) == ["SG329"]


@pytest.mark.parametrize(
    "step", ["*/59 * * * *", "0 */6 * * *", "0 0 1-5/4 * *", "0 0 * */3 *", "5,*/30 1 * * *"]
)
def test_a_step_of_a_schedule_may_be_any_other(step: str) -> None:
    assert codes(check_spec(SMALL + WORKFLOW % step, "s.yaml")) == []


def path(kind: str, field: str, bounds: str = "") -> list[str]:
    text = SMALL.replace("year:   {type: year, start: 2020}", f"day: {{type: {kind}{bounds}}}")
    return codes(check_spec(text.replace("{year}", field), "s.yaml"))


@pytest.mark.parametrize(
    ("kind", "field"),
    [
        ("date", "{day:%Y-%m}"),
        ("date", "{day:%d}"),
        ("date", "{day:%j}"),
        ("date", "{day:%Y}/{day:%d}"),
        ("iso_week", "{day.start:%Y-%m}"),
        ("iso_week", "{day.start:%V}"),
        ("month", "{day.start:%m}"),
        ("quarter", "{day.start:%Y}"),
    ],
)
def test_a_date_format_tells_the_partitions_apart(kind: str, field: str) -> None:
    assert path(kind, field) == ["SG317"]


@pytest.mark.parametrize(
    ("kind", "field", "bounds"),
    [
        ("date", "{day:%Y}/{day:%m}/{day:%d}", ""),
        ("date", "{day:%y%j}", ""),
        ("date", "{day:%Y}/{day}", ""),
        ("date", "{day:%d}", ", start: 2025-03-01, end: 2025-03-31"),
        ("iso_week", "{day.start:%G-W%V}", ""),
        ("iso_week", "{day.end:%Y%m%d}", ""),
        ("month", "{day.end:%Y%m}", ""),
        ("quarter", "{day.start:%Y-%m}", ""),
        ("year", "{day.start:%y}", ""),
    ],
)
def test_a_date_format_that_does_is_valid(kind: str, field: str, bounds: str) -> None:
    assert path(kind, field, bounds) == []
