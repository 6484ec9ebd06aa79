"""A block that lost its indentation, or its key, is one finding; the rest is judged as it was meant."""

from pathlib import Path

import pytest

from spine_gen.spec.check import check_spec

FINRA = (Path(__file__).parent.parent.parent / "specs" / "finra.yaml").read_text("utf-8")


def depth(line: str) -> int:
    return len(line) - len(line.lstrip())


def shifted(text: str, key: str, by: int, *, with_key: bool = False) -> str:
    """The text with the block below the first such key moved to the right, or to the left."""
    lines = text.splitlines()
    head = next(index for index, line in enumerate(lines) if line.strip() == f"{key}:")
    end = head + 1
    while end < len(lines) and (not lines[end] or depth(lines[end]) > depth(lines[head])):
        end += 1
    for index in range(head if with_key else head + 1, end):
        lines[index] = " " * by + lines[index] if by > 0 else lines[index][-by:]
    return "\n".join(lines) + "\n"


def said(text: str) -> list[str]:
    found = check_spec(text, "s.yaml").diagnostics
    return [f"{item.code} {item.start.line}: {item.headline}; {item.help}" for item in found]


@pytest.mark.parametrize(
    ("key", "what"),
    [
        ("stages", '"stages" is empty: "INGEST", "AGGREGATE" and "SCORE" stand beside it, not below it'),
        ("partitions", '"partitions" is empty: "week" stands beside it, not below it'),
        ("workflows", '"workflows" is empty: "weekly" stands beside it, not below it'),
        ("weekly", 'workflow "weekly" is empty: "description", "schedule" and "steps" stand beside it'),
        ("INGEST", 'stage "INGEST" is empty: "tier", "description", "source" and 3 more stand beside it'),
        ("source", 'the source of stage "INGEST" is empty: "format", "path", "delimiter" and "malformed"'),
        ("table", 'the table of stage "INGEST" is empty: "name", "key" and "columns" stand beside it'),
        ("columns", '"columns" of the table of stage "INGEST" is empty: "symbol", "mpid", "issue_name"'),
    ],
)
def test_a_block_as_far_left_as_its_key(key: str, what: str) -> None:
    (finding,) = said(shifted(FINRA, key, -2))
    line = [line.strip() for line in FINRA.splitlines()].index(f"{key}:") + 1
    assert finding.startswith(f"SG212 {line}: {what}")
    assert finding.endswith("further")


@pytest.mark.parametrize(
    ("key", "owner", "parts", "advice"),
    [
        ("stages", "the spec", '"INGEST", "AGGREGATE" and "SCORE" stand below "anomalies"', "them"),
        ("workflows", "the spec", '"weekly" stands below "stages"', "it"),
        ("table", 'stage "INGEST"', '"name", "key" and "columns" stand below "source"', "them"),
    ],
)
def test_a_block_whose_key_is_left_out(key: str, owner: str, parts: str, advice: str) -> None:
    line = next(line for line in FINRA.splitlines(keepends=True) if line.strip() == f"{key}:")
    (finding,) = said(FINRA.replace(line, "", 1))
    assert finding.endswith(f': {owner} has no "{key}": {parts}; put `{key}:` above {advice}')


def test_a_block_with_its_key_is_too_far_left() -> None:
    (finding,) = said(shifted(FINRA, "table", -2, with_key=True))
    assert finding == 'SG212 31: "table" stands beside stage "INGEST", not below it; indent it further'


def test_a_block_with_its_key_is_too_far_right() -> None:
    (finding,) = said(shifted(FINRA, "checks", 2, with_key=True))
    assert finding == 'SG212 41: "checks" stands below "table", not beside it; indent it less'


def test_all_else_is_judged_as_if_it_stood_right() -> None:
    text = FINRA.replace("share_volume < 0", "share_volum < 0").replace("[INGEST]", "[INGSET]")
    assert [line[:5] for line in said(shifted(text, "stages", -2))] == ["SG212", "SG352", "SG302"]


def test_a_stage_at_the_far_left_after_the_others() -> None:
    late = "LATE:\n  tier: GOLD\n  inputs: [SCORE]\n  python: late\n"
    found = said(FINRA.replace("\nworkflows:", f"\n{late}\nworkflows:"))
    assert {line[:5] for line in found} == {"SG212", "SG201"}  # and it has no table


@pytest.mark.parametrize("name", ["type", "description", "name"])
def test_a_column_may_be_called_like_a_key(name: str) -> None:
    text = FINRA.replace("trade_count:  {", f"{name}: {{", 1).replace("trade_count", name)
    assert not [line for line in said(text) if "SG212" in line]
