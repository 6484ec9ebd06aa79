"""What a finding says to write in its place, a tool can write there, and the finding is gone."""

from pathlib import Path

import pytest

from spine_gen.diagnostics import Diagnostic
from spine_gen.diagnostics.as_data import as_data, from_data
from spine_gen.source import Lines
from spine_gen.spec.check import check_spec

ROOT = Path(__file__).parent.parent
FINRA = (ROOT.parent / "specs" / "finra.yaml").read_text("utf-8")
CASES = sorted(ROOT.glob("cases/*/spec.yaml"))


def offset(text: str, line: int, column: int) -> int:
    lines = Lines(text)
    return next(at for at in range(len(text) + 1) if lines.position(at).line == line) + column - 1


def applied(text: str, diagnostic: Diagnostic) -> str:
    assert diagnostic.replacement is not None
    start, end = diagnostic.place.span.start, diagnostic.place.span.end
    assert start.line == end.line
    first, last = offset(text, start.line, start.column), offset(text, end.line, end.column)
    return text[:first] + diagnostic.replacement + text[last:]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("\nanomalies:", "\nanomalys:"),
        ("\nstages:", "\nstagse:"),
        ("type: iso_week", "type: iso_weke"),
        ("type: iso_week", 'type: "iso_weke"'),
        ("type: integer", "type: bigint"),
        ("nullable: true", "nulable: true"),
        ("nullable: true", "'nulable': true"),
        ("code: NULL_SYMBOL", "code: NULL_SYMBL"),
        ("action: drop", "action: skip"),
        ("tier: SILVER", "tier: SILVR"),
        ("inputs: [INGEST]", "inputs: [INGSET]"),
        ("inputs: [INGEST]", "inputs: INGEST"),
        ("{window: 6}", "6"),
        ("then: SCORE", "then: SCOER"),
        ('if: "window(AGGREGATE, 6) = 6"', 'if: "window(AGGERGATE, 6) = 6"'),
        ('when: "share_volume < 0"', 'when: "share_volum < 0"'),
        ("SUM(share_volume)", "SUM(share_volum)"),
    ],
)
def test_it_is_what_was_meant(right: str, wrong: str) -> None:
    assert right in FINRA
    text = FINRA.replace(right, wrong, 1)
    (diagnostic, *_) = (item for item in check_spec(text, "s.yaml").diagnostics if item.severity == "error")
    mended = check_spec(applied(text, diagnostic), "s.yaml")
    assert mended.spec == check_spec(FINRA, "s.yaml").spec


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("inputs: [INGEST]", "inputs: [OTHER]"),  # nothing is near
        ("action: drop", "action: sideways"),
        ('when: "share_volume < 0"', 'when: "\\x73hare_volum < 0"'),  # not written as it reads
        ("tiers: [BRONZE, SILVER, GOLD]", "tiers: [BRONZE, silver, GOLD]"),  # a name that others refer to
    ],
)
def test_where_it_is_not_certain_there_is_none(right: str, wrong: str) -> None:
    assert right in FINRA
    diagnostics = check_spec(FINRA.replace(right, wrong, 1), "s.yaml").diagnostics
    assert diagnostics and all(item.replacement is None for item in diagnostics)


@pytest.mark.parametrize("case", CASES, ids=[case.parent.name for case in CASES])
def test_in_every_case_each_takes_away_its_finding(case: Path) -> None:
    content = case.read_bytes()
    checked = check_spec(content, "s.yaml")
    for diagnostic in checked.diagnostics:
        if diagnostic.replacement is not None:
            left = check_spec(applied(checked.text, diagnostic), "s.yaml").diagnostics
            said = {(item.code, item.headline, item.place.span.start.line) for item in left}
            at = diagnostic.place.span.start.line
            assert (diagnostic.code, diagnostic.headline, at) not in said


def test_it_is_kept_with_what_a_build_remembers() -> None:
    diagnostics = check_spec(FINRA.replace("tier: SILVER", "tier: SILVR"), "s.yaml").diagnostics
    assert any(item.replacement for item in diagnostics)
    data = as_data(diagnostics, "s.yaml")
    assert data is not None and from_data(data, "s.yaml") == diagnostics
