"""Diagnostics: the table of codes, what explains them, and their renderings."""

import json
import re
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from spine_gen.diagnostics import CODES, Diagnostic, Label, Place, explain, near_names
from spine_gen.diagnostics.as_github import as_github
from spine_gen.diagnostics.as_json import as_json
from spine_gen.diagnostics.as_sarif import as_sarif
from spine_gen.diagnostics.as_text import as_text, summary
from spine_gen.errors import UnknownCodeError
from spine_gen.source import Position, Span
from spine_gen.spec.rules import CODES as RULE_CODES

TEXT = {"type": "string", "minLength": 1}
MESSAGE = {
    "type": "object",
    "required": ["text"],
    "properties": {"text": TEXT},
    "additionalProperties": False,
}
PLACE_FROM_1 = {"type": "integer", "minimum": 1}
FILE = {
    "type": "object",
    "required": ["uri"],
    "properties": {"uri": {**TEXT, "pattern": r"^[A-Za-z0-9._~/%-]+$"}},
    "additionalProperties": False,
}
REGION = {
    "type": "object",
    "required": ["startLine", "startColumn", "endLine", "endColumn"],
    "additionalProperties": PLACE_FROM_1,
}


def record(required: dict[str, object], **optional: object) -> dict[str, object]:
    """The schema of an object with those properties and no others."""
    return {
        "type": "object",
        "required": [*required],
        "properties": {**required, **optional},
        "additionalProperties": False,
    }


def some(items: object, least: int = 1) -> dict[str, object]:
    return {"type": "array", "minItems": least, "items": items}


LEVEL = {"enum": ["none", "note", "warning", "error"]}
LOCATION = record({"physicalLocation": record({"artifactLocation": FILE, "region": REGION})}, message=MESSAGE)
REPLACEMENT = record({"deletedRegion": REGION, "insertedContent": MESSAGE})
FIX = record(
    {"artifactChanges": some(record({"artifactLocation": FILE, "replacements": some(REPLACEMENT)}))},
    description=MESSAGE,
)
RULE = record(
    {"id": TEXT},
    shortDescription=MESSAGE,
    help=record({"text": TEXT}, markdown=TEXT),
    defaultConfiguration=record({}, level=LEVEL),
)
RESULT = record(
    {"message": MESSAGE},
    ruleId=TEXT,
    ruleIndex={"type": "integer", "minimum": 0},
    level=LEVEL,
    locations=some(LOCATION),
    relatedLocations=some(LOCATION),
    partialFingerprints={"type": "object", "additionalProperties": TEXT},
    fixes=some(FIX),
    suppressions=some(record({"kind": {"enum": ["inSource", "external"]}}, justification=TEXT), 0),
)
SARIF = record(  # what SARIF 2.1.0 asks of those of its properties that we use
    {
        "version": {"const": "2.1.0"},
        "runs": some(
            record(
                {"tool": record({"driver": record({"name": TEXT}, version=TEXT, rules=some(RULE, 0))})},
                columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                results=some(RESULT, 0),
            )
        ),
    },
    **{"$schema": TEXT},
)

CASES = Path(__file__).parent.parent / "cases"


def found(line: int, start: int, end: int, **more: object) -> Diagnostic:
    span = Span(Position(line, start), Position(line, end))
    fields = {"headline": 'stage "clena" is not defined', "help": 'did you mean "CLEAN"?', **more}
    return Diagnostic(code="SG302", severity="error", place=Place(path="a,b.yaml", span=span), **fields)  # type: ignore[arg-type]


@pytest.mark.parametrize("code", [code for code in CODES if code < "SG4"])
def test_every_code_of_a_spec_appears_in_a_case(code: str) -> None:
    said = (path.read_text("utf-8") for path in CASES.glob("*/stderr.txt"))
    assert any(f"[{code}]" in text for text in said)


@pytest.mark.parametrize("code", CODES)
def test_every_code_is_explained_with_a_bad_and_a_good_spec(code: str) -> None:
    text = explain(code)
    assert text.startswith(f"{code} (")
    for part in ("What: ", "Why: ", "Bad:", "Good:"):
        assert re.search(rf"^{part}", text, re.MULTILINE), part


def test_every_code_is_declared_once() -> None:
    assert [entry.code for entry in CODES.values()] == list(CODES) == sorted(CODES)
    of_rules = [code.code for code in RULE_CODES]
    assert len(set(of_rules)) == len(of_rules) > 50
    of_acknowledgements = {"SG343", "SG344"}  # which are no rules: they judge what the rules found
    assert {*of_rules} | of_acknowledgements == {code for code in CODES if code.startswith("SG3")}


def test_an_unknown_code_has_near_ones() -> None:
    with pytest.raises(UnknownCodeError, match="SG302"):
        explain("SG3002")


def test_the_house_format() -> None:
    text = "stages:\n" + "#\n" * 12 + "    inputs: [clena]\n"
    assert as_text([found(14, 14, 19)], {"a,b.yaml": text}) == (
        'error[SG302]: stage "clena" is not defined\n'
        "  --> a,b.yaml:14:14\n"
        "   |\n"
        "14 |     inputs: [clena]\n"
        "   |              ^^^^^\n"
        '   help: did you mean "CLEAN"?\n'
    )


@pytest.mark.parametrize(
    ("line", "start", "end", "excerpt", "caret"),
    [
        ("\tkey: x", 7, 8, "    key: x", "         ^"),
        ("株価: x", 5, 6, "株価: x", "      ^"),
        ("e\u0301: x", 5, 6, "e\u0301: x", "   ^"),
        ("a\u202eb: x", 6, 7, "a\ufffdb: x", "     ^"),
        ("key: ", 6, 6, "key:", "     ^"),
    ],
)
def test_the_caret_stands_under_what_is_meant(
    line: str, start: int, end: int, excerpt: str, caret: str
) -> None:
    shown = as_text([found(1, start, end)], {"a,b.yaml": line}).splitlines()
    assert shown[3:5] == [f"1 | {excerpt}", f"  | {caret}"]


def test_a_long_line_is_cut_around_the_caret() -> None:
    line = "x" * 5000 + "HERE" + "y" * 5000
    shown = as_text([found(1, 5001, 5005)], {"a,b.yaml": line}).splitlines()
    assert len(shown[3]) < 200
    assert shown[3][shown[4].index("^") :].startswith("HERE")


def test_nothing_in_a_spec_reaches_the_terminal_as_a_command() -> None:
    shown = as_text([found(1, 1, 2, headline="a\x1b[2Jb\nc")], {"a,b.yaml": "\x1b[31mred"})
    assert "\x1b" not in shown
    assert shown.startswith("error[SG302]: a\ufffd[2Jb\ufffdc\n")


def test_colour_changes_nothing_but_colour() -> None:
    texts = {"a,b.yaml": "key: x\n"}
    colored = as_text([found(1, 1, 4)], texts, color=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == as_text([found(1, 1, 4)], texts)
    assert "\x1b[1;31m" in colored


def test_two_places_are_both_shown() -> None:
    span = Span(Position(1, 1), Position(1, 2))
    label = Label(place=Place(path="c.yaml", span=span), text="the other")
    shown = as_text([found(1, 1, 4, labels=(label,))], {"a,b.yaml": "key: x\n", "c.yaml": "key: y\n"})
    assert "::: c.yaml:1:1" in shown
    assert "- the other" in shown


def test_a_count_of_findings() -> None:
    assert summary([found(1, 1, 2), found(1, 1, 2)]) == "2 errors"
    assert summary([]) == ""


def test_json_says_everything() -> None:
    (one,) = json.loads(as_json([found(14, 14, 19)]))
    assert one["code"] == "SG302"
    assert (one["path"], one["line"], one["column"], one["end_line"], one["end_column"]) == (
        "a,b.yaml", 14, 14, 14, 19,
    )  # fmt: skip


def test_github_annotations_are_escaped() -> None:
    assert as_github([found(14, 14, 19, headline="50% of\nit")]) == (
        "::error file=a%2Cb.yaml,line=14,endLine=14,col=14,endColumn=18,title=SG302"
        '::50%25 of%0Ait%0Adid you mean "CLEAN"?'
    )


def test_a_replacement_is_told_to_tools() -> None:
    (one,) = json.loads(as_json([found(14, 14, 19, replacement="CLEAN")]))
    assert one["replacement"] == "CLEAN"
    log = json.loads(as_sarif([found(14, 14, 19, replacement="CLEAN"), found(15, 1, 2)]))
    first, second = log["runs"][0]["results"]
    (fix,) = first["fixes"]
    (change,) = fix["artifactChanges"]
    assert change["artifactLocation"] == {"uri": "a%2Cb.yaml"}
    assert change["replacements"] == [
        {
            "deletedRegion": {"startLine": 14, "startColumn": 14, "endLine": 14, "endColumn": 19},
            "insertedContent": {"text": "CLEAN"},
        }
    ]
    assert "fixes" not in second


def test_sarif_fingerprints_stay_when_lines_come_above_and_differ_otherwise() -> None:
    def fingerprints(*findings: Diagnostic) -> list[str]:
        results = json.loads(as_sarif(findings))["runs"][0]["results"]
        return [result["partialFingerprints"]["spineGenFinding/v1"] for result in results]

    other = found(14, 1, 2, headline="another")
    before = fingerprints(found(4, 1, 2), other, found(20, 1, 2))
    assert len(set(before)) == 3
    assert fingerprints(found(9, 5, 6), found(19, 1, 2, headline="another"), found(25, 1, 2)) == before
    moved = Place(path="b.yaml", span=other.place.span)
    assert fingerprints(replace(other, place=moved)) != before[1:2]


def test_sarif_is_what_its_standard_says() -> None:
    label = Label(place=found(1, 1, 2).place, text="the other")
    findings = [
        found(14, 14, 19, replacement="CLEAN", labels=(label,)),
        found(15, 1, 1, help=None, label="here"),
    ]
    log = json.loads(as_sarif([*findings, replace(findings[0], code="SG324", severity="warning")]))
    Draft7Validator(SARIF).validate(log)
    Draft7Validator(SARIF).validate(json.loads(as_sarif([])))
    driver = log["runs"][0]["tool"]["driver"]
    assert driver["version"] == version("spine-gen")
    for result in log["runs"][0]["results"]:
        assert driver["rules"][result["ruleIndex"]]["id"] == result["ruleId"]
    assert driver["rules"][0]["help"]["markdown"].startswith("SG302 (error): ")
    assert "\nGood:\n" in driver["rules"][0]["help"]["text"]


def test_sarif_names_rule_and_region() -> None:
    log = json.loads(as_sarif([found(14, 14, 19)]))
    (run,) = log["runs"]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["SG302"]
    location = run["results"][0]["locations"][0]["physicalLocation"]
    assert location["region"] == {"startLine": 14, "startColumn": 14, "endLine": 14, "endColumn": 19}
    assert location["artifactLocation"]["uri"] == "a%2Cb.yaml"


@pytest.mark.parametrize(
    ("name", "near"),
    [("clena", "CLEAN"), ("no-close", "NO_CLOSE"), ("NOCLOSE", "NO_CLOSE"), ("symbl", "symbol")],
)
def test_near_names(name: str, near: str) -> None:
    assert near_names(name, ["OTHER", "CLEAN", "NO_CLOSE", "symbol"])[0] == near


def test_far_names_are_not_suggested() -> None:
    assert near_names("venue", ["symbol", "price"]) == ()


def test_a_code_has_one_meaning() -> None:
    of_rules = [entry.code for entry in RULE_CODES]
    assert len(of_rules) == len(set(of_rules))
    elsewhere = [code for code, entry in CODES.items() if entry.found_by]
    assert not {*of_rules} & {*elsewhere}
