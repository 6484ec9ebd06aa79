"""Warnings that the spec acknowledges: told apart, counted, and without any effect on what is generated."""

import json
from pathlib import Path

import pytest

from spine_gen.diagnostics import Diagnostic
from spine_gen.diagnostics.as_github import as_github
from spine_gen.diagnostics.as_json import as_json
from spine_gen.diagnostics.as_sarif import as_sarif
from spine_gen.diagnostics.as_text import as_text, summary
from spine_gen.generate import generate, write_build
from spine_gen.spec.acknowledging import acknowledgeable
from spine_gen.spec.check import check_spec

TEXT = (Path(__file__).parent.parent / "cases" / "warnings_acknowledged" / "spec.yaml").read_text("utf-8")
WITHOUT = TEXT.partition("acknowledge:")[0]
REASON = "The check comes with the new feed."


def judged(acknowledged: str) -> tuple[Diagnostic, ...]:
    return check_spec(f"{WITHOUT}acknowledge: {acknowledged}\n", "s.yaml").diagnostics


def open_and_acknowledged(acknowledged: str) -> tuple[list[str], list[str]]:
    found = judged(acknowledged)
    return [item.code for item in found if not item.acknowledged], [
        item.code for item in found if item.acknowledged
    ]


def test_the_warnings_are_there_without() -> None:
    assert [item.code for item in check_spec(WITHOUT, "s.yaml").diagnostics] == ["SG324"] * 2 + ["SG314"] * 2


@pytest.mark.parametrize(
    ("item", "still", "meant"),
    [
        ("{code: SG324, reason: r}", ["SG314", "SG314"], ["SG324", "SG324"]),
        ("{code: SG324, at: anomalies, reason: r}", ["SG314", "SG314"], ["SG324", "SG324"]),
        ("{code: SG324, at: anomalies.FORGOT, reason: r}", ["SG324", "SG314", "SG314"], ["SG324"]),
        (
            "{code: SG314, at: stages.LOAD.table.columns.rest, reason: r}",
            ["SG324"] * 2 + ["SG314"],
            ["SG314"],
        ),
        ("{code: SG314, at: stages.LOAD, reason: r}", ["SG324", "SG324"], ["SG314", "SG314"]),
        ("{code: SG314, at: anomalies, reason: r}", ["SG324"] * 2 + ["SG314"] * 2 + ["SG344"], []),
        ("{code: SG342, reason: r}", ["SG324"] * 2 + ["SG314"] * 2 + ["SG344"], []),
        ("{code: SG344, reason: r}", ["SG324"] * 2 + ["SG314"] * 2 + ["SG343"], []),
    ],
)
def test_one_is_about_a_code_at_a_place_and_below(item: str, still: list[str], meant: list[str]) -> None:
    assert open_and_acknowledged(f"[{item}]") == (still, meant)


def test_a_reason_has_to_be_there() -> None:
    assert any(item.code == "SG201" and '"reason"' in item.headline for item in judged("[{code: SG324}]"))
    assert any(item.code == "SG207" for item in judged('[{code: SG324, reason: ""}]'))
    assert open_and_acknowledged('[{code: SG324, reason: " "}]') == (
        ["SG324"] * 2 + ["SG314"] * 2 + ["SG343"],
        [],
    )


def test_only_warnings_about_the_spec_can_be() -> None:
    assert acknowledgeable() == ("SG314", "SG324", "SG340", "SG342", "SG392")
    broken = f"{TEXT.replace('key: [id]', 'key: [idd]')}  - {{code: SG311, reason: r}}\n"
    found = check_spec(broken, "s.yaml").diagnostics
    assert {item.code for item in found if item.severity == "error"} == {"SG311", "SG343"}
    assert all(item.severity == "warning" for item in found if item.acknowledged)


def test_how_they_are_told() -> None:
    found = check_spec(TEXT, "s.yaml").diagnostics
    assert as_text(found, {"s.yaml": TEXT}).endswith("\n\n3 warnings acknowledged\n")
    assert "LATER" not in as_text(found, {"s.yaml": WITHOUT + "\n" * 9})
    assert summary(found) == "2 warnings"
    assert as_github(found).count("::warning") == 2
    reasons = {item["acknowledged"] for item in json.loads(as_json(found))}
    assert reasons == {None, REASON, "Totals are shown and never compared."}
    results = json.loads(as_sarif(found))["runs"][0]["results"]
    suppressed = [item["suppressions"] for item in results if "suppressions" in item]
    assert len(suppressed) == 3
    assert suppressed[0] == [{"kind": "inSource", "justification": REASON}]


def test_nothing_generated_depends_on_it(tmp_path: Path) -> None:
    spec = tmp_path / "spec.yaml"
    spec.write_text(WITHOUT, encoding="utf-8")
    write_build(generate([spec], tmp_path / "generated", project=tmp_path))
    spec.write_text(TEXT, encoding="utf-8")
    assert generate([spec], tmp_path / "generated", project=tmp_path).up_to_date
