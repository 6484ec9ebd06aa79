"""The language as written: what the rules may know of it."""

from collections.abc import Iterable

from spine_gen.spec.finding import finding
from spine_gen.spec.language import (
    Draft,
    DraftCheckStep,
    DraftChoiceStep,
    DraftColumn,
    DraftDimension,
    DraftStage,
    DraftStageStep,
    DraftStep,
    DraftTable,
    DraftWorkflow,
)
from spine_gen.spec.node import Located, Word

__all__ = [
    "Draft",
    "DraftCheckStep",
    "DraftChoiceStep",
    "DraftColumn",
    "DraftDimension",
    "DraftStage",
    "DraftStageStep",
    "DraftStep",
    "DraftTable",
    "DraftWorkflow",
    "Located",
    "Word",
    "finding",
    "with_right_case",
]


def with_right_case(names: Iterable[str]) -> frozenset[str]:
    """Names as written and as they have to be: the wrong case is a mistake only where it is declared."""
    names = frozenset(names)
    return names | {name.upper() for name in names}
