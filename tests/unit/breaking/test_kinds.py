"""What changes between two specs: each kind in a case, there and back, and nothing where nothing does."""

import json
from pathlib import Path
from typing import Any, get_args

import pytest
import yaml

from spine_gen.breaking.change import Change
from spine_gen.breaking.compare import find_changes, removed_spec
from spine_gen.breaking.kinds import KINDS, kinds_as_markdown
from spine_gen.source.other_specs import OtherSpecs
from spine_gen.spec.check import check_spec
from spine_gen.spec.json_schema import schema_text
from spine_gen.spec.language import ChangeKind, Spec

ROOT = Path(__file__).resolve().parents[3]
GOLDEN = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text(encoding="utf-8"))
CASES = {case["name"]: case for case in GOLDEN["cases"]}


def spec_of(text: str) -> Spec:
    checked = check_spec(text, "spec.yaml", OtherSpecs(ROOT / "specs"))
    assert checked.spec is not None, checked.diagnostics
    return checked.spec


def both_specs(case: dict[str, Any]) -> tuple[Spec, Spec]:
    first = swapped(GOLDEN["spec"], case.get("first", []))
    return spec_of(first), spec_of(swapped(first, case["swap"]))


def swapped(text: str, swaps: list[tuple[str, str]]) -> str:
    for old, new in swaps:
        assert old in text
        text = text.replace(old, new, 1)
    return text


def told(changes: tuple[Change, ...]) -> list[str]:
    return [f"{change.kind} {change.subject}: {change.message}" for change in changes]


@pytest.mark.parametrize("name", CASES)
def test_each_change_is_told_there_and_back(name: str) -> None:
    case = CASES[name]
    spec, other = both_specs(case)
    assert told(find_changes(spec, other)) == case["there"]
    assert told(find_changes(other, spec)) == case["back"]
    assert find_changes(other, other) == ()


def test_all_of_a_spec_that_is_gone_is_told() -> None:
    assert told(removed_spec(spec_of(GOLDEN["spec"]))) == GOLDEN["gone"]


@pytest.mark.parametrize("path", sorted((ROOT / "specs").glob("*.yaml")), ids=lambda path: path.name)
def test_nothing_changes_from_a_spec_to_itself(path: Path) -> None:
    spec = spec_of(path.read_text(encoding="utf-8"))
    assert find_changes(spec, spec) == ()


def test_every_kind_has_its_case() -> None:
    lines = [line for case in CASES.values() for line in (*case["there"], *case["back"])]
    assert {line.split()[0] for line in (*lines, *GOLDEN["gone"])} == {*KINDS}


def test_language_schema_and_documentation_have_the_table_of_kinds() -> None:
    schema = json.loads(schema_text())["definitions"]["ignoredChange"]["properties"]["kind"]["enum"]
    assert [*KINDS] == [*get_args(ChangeKind)] == schema
    assert kinds_as_markdown() in (ROOT / "docs" / "changes.md").read_text(encoding="utf-8")


def test_what_the_newer_spec_says_to_ignore_carries_its_reason() -> None:
    later = (
        GOLDEN["spec"]
        .replace("start: 2025-01-01", "start: 2025-06-01")
        .replace("values: [A, B]", "values: [A]")
    )
    later += """
breaking:
  ignore:
    - {kind: later-start, subject: day, reason: Nothing was ever delivered before June.}
    - {kind: removed-value, subject: market.A, reason: Another one.}
"""
    found = find_changes(spec_of(GOLDEN["spec"]), spec_of(later))
    assert [(change.kind, change.ignored) for change in found] == [
        ("removed-value", None),
        ("later-start", "Nothing was ever delivered before June."),
    ]


def test_a_misspelt_kind_is_found_by_validation() -> None:
    text = GOLDEN["spec"] + "breaking: {ignore: [{kind: latter-start, reason: x}]}\n"
    (found,) = check_spec(text, "spec.yaml").diagnostics
    assert "latter-start" in found.headline and "later-start" in str(found.help)
