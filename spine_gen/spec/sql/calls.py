"""What the listed functions take: how many values, and of what kinds."""

from collections.abc import Callable
from dataclasses import dataclass

from sqlglot import exp

from spine_gen.spec.sql.kinds import NUMBERS, TEXTS, Kind, kind_in_words

_OPEN: frozenset[Kind] = frozenset({"unknown", "null"})
_JOINED: frozenset[Kind] = TEXTS | _OPEN | {"integer", "total", "date"}  # written alike by both databases
_WINDOWED = (
    exp.RowNumber,
    exp.Rank,
    exp.DenseRank,
    exp.PercentRank,
    exp.CumeDist,
    exp.Ntile,
    exp.Lag,
    exp.Lead,
    exp.FirstValue,
    exp.LastValue,
    exp.NthValue,
)
_AROUND_WINDOWED = (exp.Window, exp.Filter, exp.IgnoreNulls, exp.RespectNulls)


@dataclass(frozen=True, slots=True)
class CallProblem:
    """What is wrong with a call; a type's problem unless `portability` says that databases differ."""

    what: str
    help: str | None = None
    portability: bool = False
    sqlite: bool = True  # whether SQLite refuses it too


def call_problem(node: exp.Expr, kinds: list[Kind], dialect: str | None) -> CallProblem | None:
    """What is wrong with a function given values of these kinds, on one database or (None) on both."""
    problem = next((rule(node, kinds) for types, rule in _RULES if isinstance(node, types)), None)
    if problem is None or (problem.portability and dialect is not None):
        return None
    return problem if problem.sqlite or dialect != "sqlite" else None


def needs_over(node: exp.Expr) -> bool:
    """Whether a function that ranks or looks at other rows has no window to do it in."""
    return isinstance(node, _WINDOWED) and not isinstance(node.parent, _AROUND_WINDOWED)


def function_name(node: exp.Expr) -> str:
    """As it is written in SQL."""
    assert isinstance(node, exp.Func)
    return "SUBSTR" if isinstance(node, exp.Substring) else node.sql_name()


def _texts(node: exp.Expr, kinds: list[Kind]) -> CallProblem | None:
    return _first_is(node, kinds, TEXTS, "text", "CAST it AS TEXT first")


def _number(node: exp.Expr, kinds: list[Kind]) -> CallProblem | None:
    return _first_is(node, kinds, NUMBERS, "numbers", None)


def _first_is(
    node: exp.Expr, kinds: list[Kind], wanted: frozenset[Kind], words: str, advice: str | None
) -> CallProblem | None:
    if not kinds or kinds[0] in wanted | _OPEN:
        return None
    what = f"{function_name(node)} needs {words}, and this is {kind_in_words(kinds[0])}"
    return CallProblem(what, advice, sqlite=False)


def _replace(_node: exp.Expr, kinds: list[Kind]) -> CallProblem | None:
    if all(kind in TEXTS | _OPEN for kind in kinds):
        return None
    return CallProblem(
        "REPLACE needs texts", "write the values in quotes, or CAST them AS TEXT", sqlite=False
    )


def _substring(node: exp.Expr, kinds: list[Kind]) -> CallProblem | None:
    start = node.args.get("start")
    if start is None:
        return CallProblem("SUBSTR needs to know where to begin", "write SUBSTR(text, first, count)")
    if isinstance(start, exp.Neg):
        what = "SQLite counts a negative place from the end, and PostgreSQL does not"
        return CallProblem(what, "count from the beginning, with LENGTH(…)", portability=True)
    return _texts(node, kinds)


def _extreme(node: exp.Expr, kinds: list[Kind]) -> CallProblem | None:
    if node.args.get("expressions"):
        advice = "write CASE WHEN … THEN … ELSE … END"
        return CallProblem("PostgreSQL takes one value here", advice, portability=True)
    if kinds and kinds[0] in ("boolean", "condition", "json"):
        what = f"PostgreSQL has no {function_name(node)} of {kind_in_words(kinds[0])}"
        return CallProblem(what, "compare numbers: CASE WHEN … THEN 1 ELSE 0 END", portability=True)
    return None


def _count(node: exp.Expr, _kinds: list[Kind]) -> CallProblem | None:
    if node.this is None:
        return CallProblem("COUNT counts nothing here", "write COUNT(*)")
    if isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1:
        return CallProblem("COUNT(DISTINCT …) takes one value", "count the rows of a SELECT DISTINCT")
    return None


def _coalesce(node: exp.Expr, _kinds: list[Kind]) -> CallProblem | None:
    return None if node.expressions else CallProblem("COALESCE needs at least two values")


def _joined(_node: exp.Expr, kinds: list[Kind]) -> CallProblem | None:
    odd = next((kind for kind in kinds if kind not in _JOINED), None)
    if odd is not None:
        what = f"the databases write {kind_in_words(odd)} differently"
        return CallProblem(what, "give each database its own text under `sql:`", portability=True)
    if not any(kind in TEXTS | _OPEN for kind in kinds):
        return CallProblem("`||` needs a text on one side", "CAST one of them AS TEXT", sqlite=False)
    return None


def _round(node: exp.Expr, kinds: list[Kind]) -> CallProblem | None:
    places = node.args.get("decimals")
    if kinds and kinds[0] == "float":
        what = "PostgreSQL rounds floats to even, and only to whole numbers"
        return CallProblem(what, "cast it first: ROUND(CAST(… AS NUMERIC), places)", portability=True)
    if isinstance(places, exp.Neg):
        what = "SQLite does not round to tens or hundreds"
        return CallProblem(what, "divide by them, round, and multiply", portability=True)
    return _number(node, kinds)


_RULES: tuple[
    tuple[tuple[type[exp.Expr], ...], Callable[[exp.Expr, list[Kind]], CallProblem | None]], ...
] = (
    ((exp.Lower, exp.Upper, exp.Trim, exp.Length), _texts),
    ((exp.Substring,), _substring),
    ((exp.Replace,), _replace),
    ((exp.Abs, exp.Sign), _number),
    ((exp.Round,), _round),
    ((exp.Min, exp.Max), _extreme),
    ((exp.Count,), _count),
    ((exp.Coalesce,), _coalesce),
    ((exp.DPipe,), _joined),
)
