"""What a reviewer is told: definitions as the runtime has them, what becomes stale, and how it is shown."""

from importlib import import_module
from pathlib import Path

import pytest

from spine import Pipeline
from spine_gen.reviewing.definition import definition_of
from spine_gen.reviewing.formats import review_as_data, review_as_markdown, review_as_text
from spine_gen.reviewing.review import Counts, Review, review_spec
from spine_gen.spec.check import CheckedSpec, check_spec
from spine_gen.spec.language import Spec

ROOT = Path(__file__).resolve().parents[3]
FINRA = (ROOT / "specs" / "finra.yaml").read_text(encoding="utf-8")
CHECKS = ROOT / "tests" / "cases" / "checks_whole"
ELSEWHERE = ROOT / "tests" / "cases" / "sources_elsewhere"
QUOTES = (CHECKS / "spec.yaml").read_text(encoding="utf-8")
ARROW = ROOT / "tests" / "cases" / "rows_arrow"
FRAMES = (ARROW / "spec.yaml").read_text(encoding="utf-8")
ROWS = ROOT / "tests" / "cases" / "source_rows"
LEDGER = (ROWS / "spec.yaml").read_text(encoding="utf-8")
SOURCES = (ELSEWHERE / "spec.yaml").read_text(encoding="utf-8")
PRICES = (ROOT / "specs" / "prices.yaml").read_text(encoding="utf-8")


def checked(text: str, *swaps: tuple[str, str]) -> CheckedSpec:
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new)
    found = check_spec(text, "spec.yaml")
    assert found.spec is not None, found.diagnostics
    return found


def spec_of(text: str) -> Spec:
    spec = checked(text).spec
    assert spec is not None
    return spec


def review(*swaps: tuple[str, str], counts: Counts | None = None) -> Review:
    newer = checked(FINRA, *swaps)
    return review_spec(spec_of(FINRA), newer.spec, path="finra.yaml", document=newer.document, counts=counts)


@pytest.mark.parametrize(
    "text",
    [FINRA, PRICES, QUOTES, FRAMES, LEDGER, SOURCES],
    ids=["finra", "prices", "quotes", "frames", "ledger", "elsewhere"],
)
def test_a_definition_is_what_the_runtime_makes_of_the_generated_stage(
    text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for case in (CHECKS, ARROW, ROWS, ELSEWHERE):
        monkeypatch.syspath_prepend(str(case / "expected"))
    spec = spec_of(text)
    for stage in spec.stages:
        module = import_module(f"{spec.domain.replace('.', '_')}.pipelines.{stage.name.lower()}")
        (makes,) = (
            value.makes
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Pipeline) and value is not Pipeline
        )
        assert makes is not None
        recorded = makes.definition.parts
        if isinstance(logic := recorded.get("logic"), dict):
            del logic["code"]  # no spec has it
        assert definition_of(spec, stage).parts == recorded


@pytest.mark.parametrize(
    ("old", "new", "stale"),
    [
        ("window: 6}", "window: 8}", {"SCORE": "inputs changed"}),
        ("COUNT(*) AS", "MAX(trade_count) AS", {"AGGREGATE": "sql changed", "SCORE": "behind AGGREGATE"}),
        ('delimiter: "|"', 'delimiter: ";"', {"INGEST": "source changed"}),
        ("trade_count = 0", "trade_count <= 0", {"INGEST": "checks changed"}),
        ("python: score", "python: rate", {"SCORE": "logic changed"}),
        ("python: score", "python: score\n    rows: arrow", {"SCORE": "logic changed"}),
        ("python: score", "python: score\n    rows: tuples", {}),
        ("key: [symbol, mpid]", "key: [mpid, symbol]", {"INGEST": "key changed"}),
        ("precision: 9,", "precision: 12,", {"SCORE": "columns changed"}),
        ("owner: market-data", "owner: desk", {}),
        ("severity: INFO", "severity: WARNING", {}),
        ("SELECT symbol,", "select symbol,", {}),
    ],
)
def test_what_becomes_stale_and_through_what(old: str, new: str, stale: dict[str, str]) -> None:
    found = {each.stage.after.name: each.stage.reason for each in review((old, new)).stale}
    assert {name: found.get(name) for name in stale} == stale
    readers = ["INGEST", "AGGREGATE", "SCORE"]
    assert [*found] == (readers[readers.index(next(iter(stale))) :] if stale else [])


def test_several_parts_and_inputs_are_told_together() -> None:
    found = review(
        ("COUNT(*) AS", "MAX(trade_count) AS"),
        ("trade_count = 0", "trade_count <= 0"),
        ("venue_count = 1", "venue_count < 2"),
    )
    assert [each.stage.reason for each in found.stale] == [
        "checks changed",
        "checks and sql changed; behind INGEST",
        "behind AGGREGATE",
    ]


DESTROYING = ("        issue_name:   {type: string, from: issueName, nullable: true}\n", "")


def test_as_text_what_destroys_is_marked_and_partitions_are_counted() -> None:
    counts = {("finra.otc", "INGEST", "BRONZE"): 1, ("finra.otc", "AGGREGATE", "SILVER"): 2}
    assert review_as_text(review(DESTROYING, counts=counts)).splitlines() == [
        "finra.otc (finra.yaml)",
        "  what changes",
        "    breaking: column finra_otc_volume.issue_name is gone",
        "  the migration (! destroys rows or values)",
        "    ! finra_otc_volume: Column issue_name is not declared any more: its values are destroyed.",
        "  what becomes stale",
        "    INGEST: columns and source changed (1 partition)",
        "    AGGREGATE: behind INGEST (2 partitions)",
        "    SCORE: behind AGGREGATE (0 partitions)",
    ]


def test_as_markdown_for_a_pull_request() -> None:
    text = review_as_markdown(review(DESTROYING, ('delimiter: "|"', 'delimiter: ";"')))
    assert "| **breaking** | column finra_otc_volume.issue_name is gone |" in text
    assert "| dangerous | stage INGEST reads its file with delimiter ';' instead of '\\|' |" in text
    said = "Column issue_name is not declared any more: its values are destroyed."
    assert f"| `finra_otc_volume` | {said} | **yes** |" in text
    assert "| `INGEST` | columns and source changed |  |" in text


def test_what_is_renamed_is_renamed_in_the_migration_and_counted_by_both_names() -> None:
    found = review(
        ("  SCORE:\n", "  RATE:\n    renamed_from: SCORE\n"),
        ("then: SCORE", "then: RATE"),
        ("{stage: SCORE}", "{stage: RATE}"),
        ("name: finra_otc_score", "name: finra_otc_rate\n      renamed_from: finra_otc_score"),
        ("window: 6}", "window: 7}"),
        counts={("finra.otc", "SCORE", "GOLD"): 3},
    )
    assert [(row.table, row.destroys) for row in found.schema] == [
        ("stage SCORE", False),
        ("finra_otc_score", False),
    ]
    assert [each.partitions for each in found.stale] == [3]
    (stale,) = review_as_data(found)["stale"]
    assert stale == {"stage": "RATE", "parts": ["inputs"], "behind": [], "partitions": 3}


def test_a_new_spec_and_one_that_is_gone() -> None:
    newer = checked(FINRA)
    new = review_spec(None, newer.spec, path="finra.yaml", document=newer.document)
    assert new.schema[0].change == "Stage INGEST writes finra_otc_volume."
    assert not new.changes and not new.stale
    gone = review_spec(newer.spec, None, path="finra.yaml", document=None)
    assert gone.changes[0].change.kind == "removed-domain" and not gone.schema


def test_nothing_is_told_of_a_spec_that_is_as_it_was() -> None:
    assert not review()
