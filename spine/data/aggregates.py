"""The aggregates in a condition on a stage as a whole: where they stand, and those of the partition before.

A scan of words and brackets and no parser, so that no library's next version reads a text otherwise.
"""

import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

PREVIOUS = "PREVIOUS"
_NAMES = frozenset(
    {
        *("COUNT", "SUM", "AVG", "MIN", "MAX", "BOOL_AND", "BOOL_OR", "STRING_AGG", "PERCENTILE_CONT"),
        *("STDDEV", "STDDEV_SAMP", "STDDEV_POP", "VARIANCE", "VAR_SAMP", "VAR_POP", PREVIOUS),
        *("SUM_DECIMALS", "MEAN_DECIMALS", "STRING_AGG_DISTINCT"),  # as SQLite is asked
        *(
            "TOTAL",
            "GROUP_CONCAT",
            "EVERY",
            "CORR",
            "ARRAY_AGG",
            "PERCENTILE_DISC",
            "MODE",
        ),  # of one database
    }
)
_OWN_PREFIX = "SPINE_"  # of the functions that spine gives SQLite
_PART = re.compile(r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|[A-Za-z_][A-Za-z0-9_]*|.""", re.DOTALL)
_REST = re.compile(r"\s*(?:FILTER|WITHIN\s+GROUP)\s*(?=\()", re.IGNORECASE)
_BRACKET = re.compile(r"\s*\(")


class Aggregate(NamedTuple):
    """One call in a text: the characters ``start:end``, and for PREVIOUS what stands in its brackets."""

    start: int
    end: int
    text: str
    previous: str | None


def aggregates_in(sql: str) -> Iterator[Aggregate]:
    """The aggregates of a text in their order; of those within PREVIOUS(…), that as a whole."""
    position = 0
    while match := _PART.match(sql, position):
        position = match.end()
        name = match[0].upper().removeprefix(_OWN_PREFIX)
        bracket = _BRACKET.match(sql, position) if name in _NAMES else None
        if bracket is None:
            continue
        end = _closed(sql, bracket.end())
        inner = sql[bracket.end() : end - 1]
        while rest := _REST.match(sql, end):
            end = _closed(sql, rest.end() + 1)
        yield Aggregate(match.start(), end, sql[match.start() : end], inner if name == PREVIOUS else None)
        position = end


def has_previous(sql: str) -> bool:
    """Whether the text compares with the partition before."""
    return any(one.previous is not None for one in aggregates_in(sql))


def with_previous(sql: str, asked: Callable[[str], str]) -> str:
    """The text with what ``asked`` makes of it in place of each PREVIOUS(…)."""
    parts, position = [], 0
    for one in aggregates_in(sql):
        if one.previous is not None:
            parts += [sql[position : one.start], asked(one.previous)]
            position = one.end
    return "".join([*parts, sql[position:]])


def _closed(sql: str, position: int) -> int:
    """Behind the bracket that closes the one that was opened just before the position."""
    depth = 1
    while depth and (match := _PART.match(sql, position)):
        position = match.end()
        depth += {"(": 1, ")": -1}.get(match[0], 0)
    return position
