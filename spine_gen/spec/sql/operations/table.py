"""The one table: every operator and function of SQL in a spec, and what is refused with what to write.

Readers take from here what a value is, the gate before the parser which words there are, and writers how each
database is asked. A clause that is no value is read in ../query.py.
"""

from collections.abc import Iterable
from itertools import chain

from sqlglot import exp

from . import (
    aggregates,
    casts,
    choices,
    comparisons,
    days,
    numbers,
    parts_of_days,
    parts_of_texts,
    rows_of_windows,
    texts,
)
from .operation import Operation

_ROOMS = (
    comparisons,
    numbers,
    days,
    parts_of_days,
    texts,
    parts_of_texts,
    casts,
    choices,
    aggregates,
    rows_of_windows,
)
OPERATIONS: tuple[Operation, ...] = tuple(chain.from_iterable(room.OPERATIONS for room in _ROOMS))
_BY_NODE: dict[type[exp.Expr], Operation] = {
    node: operation for operation in OPERATIONS for node in operation.nodes
}


def operation_of(node: exp.Expr) -> Operation | None:
    """What a node does, if it is in the table."""
    return _BY_NODE.get(type(node))


def of_many_rows() -> frozenset[str]:
    """The functions and keywords that look at more rows than one."""
    rooms = (*aggregates.OPERATIONS, *rows_of_windows.OPERATIONS)
    return _gathered(text for one in rooms for text in (one.functions, one.keywords))


def functions(*, in_when: bool = False) -> frozenset[str]:
    """The functions that texts may call; of a row's condition alone, where that is asked."""
    return _gathered(one.functions for one in OPERATIONS if one.in_when or not in_when)


def keywords(*, in_when: bool = False) -> frozenset[str]:
    """The keywords of operations: those of clauses are others."""
    return _gathered(one.keywords for one in OPERATIONS if one.in_when or not in_when)


def signs(*, in_when: bool = False) -> frozenset[str]:
    """The operators that are written in signs."""
    return _gathered(one.signs for one in OPERATIONS if one.in_when or not in_when)


def _gathered(texts: Iterable[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in text.split())
