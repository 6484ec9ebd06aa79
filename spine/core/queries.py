"""Queries of source databases: their parameters, and what none may be, by their words alone.

A parameter is written `:day`. What stands in texts, quoted names and comments is none.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches
from typing import NamedTuple

_APART = re.compile(
    r"""
      (?P<quoted> [eE]'(?:[^'\\]|''|\\.)*' | '(?:[^']|'')*' | "(?:[^"]|"")*" | `[^`]*`
        | \$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$ )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<cast> :: )
    | (?<!\w) : (?P<parameter> [A-Za-z_]\w* )
    | (?P<colon> : )
    | (?P<end> ; )
    | (?P<word> [^\W\d]\w* )
    """,
    re.VERBOSE | re.DOTALL,
)
_BEGINNINGS = ("select", "with")


class QueryProblem(NamedTuple):
    """What is wrong with a query: from where to where, and what to do."""

    start: int
    end: int
    what: str
    advice: str


def with_parameters(query: str) -> str:
    """The query as SQLAlchemy's text() reads it: no other colon begins a parameter."""

    def escaped(found: re.Match[str]) -> str:
        if found["parameter"]:
            return found[0]
        return found[0].replace(":", r"\:")

    return _APART.sub(escaped, query)


def parameters_of(query: str) -> frozenset[str]:
    """The parameters that it asks for."""
    return frozenset(found["parameter"] for found in _APART.finditer(query) if found["parameter"])


def query_parameters(dimension: str, *, is_time: bool) -> tuple[str, ...]:
    """What a query may ask for of a dimension: its value and, of a time, its first and last day."""
    return (dimension, f"{dimension}_start", f"{dimension}_end") if is_time else (dimension,)


def query_problems(query: str, dimensions: Mapping[str, Collection[str]]) -> Iterator[QueryProblem]:
    """What is wrong with a query, beside its grammar, which only its database knows.

    ``dimensions`` has the parameters of each dimension. A query that asks for none of one would return the
    same rows for several partitions.
    """
    found = [match for match in _APART.finditer(query) if match.lastgroup != "comment"]
    first = next((match for match in found if match["word"]), None)
    if first is None or first["word"].lower() not in _BEGINNINGS or not _is_beginning(query, first.start()):
        start, end = (0, len(query)) if first is None else first.span()
        yield QueryProblem(start, end, "is no SELECT", "begin it with SELECT or WITH; it only reads")
    for place, match in enumerate(found):
        if match["end"] and place + 1 < len(found):
            yield QueryProblem(*match.span(), "has several statements", "write one")
            break
    known = [name for names in dimensions.values() for name in names]
    for match in found:
        name = match["parameter"]
        if name and name not in known:
            near = get_close_matches(name, known, n=4, cutoff=0.6) or known
            advice = f"there is {', '.join(f':{one}' for one in near)}"
            yield QueryProblem(*match.span(), f'asks for ":{name}", which is no part of a partition', advice)
    asked = parameters_of(query)
    if not asked <= set(known):
        return  # one of those may be meant
    for dimension, names in dimensions.items():
        if asked.isdisjoint(names):
            advice = f"ask for it, as in WHERE {dimension} = :{dimension}"
            yield QueryProblem(0, len(query), f'returns the same for every "{dimension}"', advice)


def _is_beginning(query: str, at: int) -> bool:
    """Whether nothing but comments and parentheses comes before."""
    before = _APART.sub(lambda match: "" if match["comment"] else match[0], query[:at])
    return not before.strip(" \t\r\n(")
