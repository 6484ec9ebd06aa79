"""The SQL of a spec is read once: the generated code says what the rules had looked at."""

from spine_gen.plan.views.pipelines import pipeline_view
from spine_gen.spec.check import check_spec
from spine_gen.spec.language import Spec
from spine_gen.spec.sql.select import select_report
from spine_gen.spec.sql.when import when_report

SPEC = """\
spine: 1
domain: read.once
partitions:
  day: {type: date, start: 2025-01-01}
tiers: [RAW, READY]
anomalies:
  ODD: {severity: WARNING}
stages:
  LOAD:
    tier: RAW
    source: {format: csv, path: "a/{day}.csv"}
    table:
      name: once_load
      key: [symbol]
      columns:
        symbol: {type: string}
        note: {type: string, nullable: true}
  SUMMARY:
    tier: READY
    inputs: [LOAD]
    sql: |
      SELECT symbol, CONCAT(note, partition_key) AS note
      FROM LOAD
      WHERE capture_id LIKE 'a%'
    table:
      name: once_summary
      key: [symbol]
      columns:
        symbol: {type: string}
        note: {type: string, nullable: true}
    checks:
      - {code: ODD, when: "note LIKE 'A%'", action: record}
workflows:
  daily:
    steps: [{stage: LOAD}, {stage: SUMMARY}]
"""


def spec() -> Spec:
    checked = check_spec(SPEC, "once.yaml")
    assert checked.diagnostics == ()
    assert checked.spec is not None
    return checked.spec


def test_a_select_over_the_columns_that_every_input_has_is_rewritten_too() -> None:
    sql = pipeline_view(spec(), spec().stage("SUMMARY"), "once.yaml").sql
    assert isinstance(sql, tuple)
    sqlite = dict(sql)["sqlite"]
    assert "spine_like(capture_id, 'a%')" in sqlite
    assert "CONCAT(" not in sqlite


def test_what_the_rules_have_read_is_not_read_again() -> None:
    for report in (select_report, when_report):
        report.cache_clear()
    checked = spec()
    pipeline_view(checked, checked.stage("SUMMARY"), "once.yaml")
    assert [report.cache_info().misses for report in (select_report, when_report)] == [1, 1]
