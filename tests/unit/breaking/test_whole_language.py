"""Nothing that a spec can say changes without being told: every field of the language, one at a time."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from spine_gen.breaking.compare import find_changes
from spine_gen.spec.check import check_spec
from spine_gen.spec.language import Spec
from spine_gen.spec.node import Valid

GOLDEN = yaml.safe_load(Path(__file__).with_name("kinds.yaml").read_text(encoding="utf-8"))
CASES = Path(__file__).parents[2] / "cases"
# Specs that between them say all that the language has.
FURTHER = ("source_options", "source_rows", "sources_elsewhere", "checks_whole")
# What says how to compare or migrate, what is about spine-gen itself, and what tests.
NO_CHANGES = {"version", "renamed_from", "acknowledgements", "breaking", "concurrently", "examples"}
WORDS = {
    "Dimension.type": "month",
    "Anomaly.severity": "INFO",
    "Check.action": "record",
    "Column.type": "json",
    "SourceWork.format": "parquet",
    "SourceWork.final_newline": "required",
    "From.name": "3",
}
LEFT_OUT = ("description", "owner", "schedule")  # texts that any node which has them may gain


def mutants(node: Valid, at: str) -> Iterator[tuple[str, Valid]]:
    """The node with one field other than it is, for each field below it, and where that is."""
    for field in dataclasses.fields(node):  # type: ignore[arg-type]
        value, name = getattr(node, field.name), f"{type(node).__name__}.{field.name}"
        if field.name in NO_CHANGES:
            continue
        place = f"{at}.{field.name}"
        for where, other in others(name, value, place):
            yield where, dataclasses.replace(node, **{field.name: other})  # type: ignore[type-var]


def others(name: str, value: Any, at: str) -> Iterator[tuple[str, Any]]:
    match value:
        case Valid():
            yield from mutants(value, at)
        case tuple() if value:
            yield at, value[:-1]
            for place, item in enumerate(value):
                for where, other in others(name, item, f"{at}.{place}"):
                    yield where, (*value[:place], other, *value[place + 1 :])
        case bool():
            yield at, not value
        case int() | float():
            yield at, value + 1
        case str() if value != WORDS.get(name):
            yield at, WORDS.get(name, f"{value}x")
        case None if name.rpartition(".")[2] in LEFT_OUT:
            yield at, "said"


@pytest.mark.parametrize(
    "text",
    [GOLDEN["spec"], *((CASES / name / "spec.yaml").read_text(encoding="utf-8") for name in FURTHER)],
    ids=["all", *FURTHER],
)
def test_every_field_that_is_changed_is_told(text: str) -> None:
    spec = check_spec(text, "spec.yaml").spec
    assert spec is not None
    changed = [(at, other) for at, other in mutants(spec, "") if isinstance(other, Spec)]
    assert len(changed) > 100
    assert [at for at, other in changed if not find_changes(spec, other)] == []
