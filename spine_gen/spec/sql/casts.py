"""What CAST makes of a value, and which casts SQLite and PostgreSQL do not do alike."""

from typing import TypeAlias

from sqlglot import exp

from spine_gen.spec.sql.kinds import TRUTHS, Kind, kind_in_words

_TARGETS: dict[str, Kind] = {
    "BIGINT": "integer", "INT": "integer", "TEXT": "string", "VARCHAR": "string", "DOUBLE": "float",
    "FLOAT": "float", "DECIMAL": "decimal", "BOOLEAN": "boolean", "DATE": "date",
}  # fmt: skip
_BETTER_NAMES = {"INT": "BIGINT", "FLOAT": "DOUBLE PRECISION", "VARCHAR": "TEXT"}
_OWN_TEXT = "give each database its own text under `sql:`"
_WHOLE: frozenset[Kind] = frozenset({"integer", "total"})
_TEXTUAL: frozenset[Kind] = frozenset({"string", "literal"})
_ANY: frozenset[Kind] = frozenset({"unknown", "null"})
# What may be cast to each kind, so that both databases give the same.
_ALIKE: dict[Kind, frozenset[Kind]] = {
    "integer": _WHOLE | _TEXTUAL,
    "string": _WHOLE | _TEXTUAL | {"date"},
    "float": _WHOLE | _TEXTUAL | {"decimal", "float"},
    "decimal": _WHOLE | _TEXTUAL | {"decimal", "float"},
    "boolean": TRUTHS,
    "date": frozenset({"date"}),
}

Problem: TypeAlias = tuple[str, str]  # what, help


def cast_kind(node: exp.Expr) -> Kind:
    """The kind that a CAST gives."""
    return _TARGETS.get(node.args["to"].this.name, "unknown")


def portable_cast_problem(node: exp.Expr, given: Kind) -> Problem | None:
    """Why the databases do not agree on a CAST of such a value."""
    name = node.args["to"].this.name
    if name in _BETTER_NAMES:
        what = f"the databases differ in what they cast to as {name}"
        return what, f"write CAST(… AS {_BETTER_NAMES[name]})"
    target = cast_kind(node)
    if given in _ANY or target == "unknown":
        return None
    if target == "integer" and given in ("decimal", "float"):
        if _is_rounded(node.this):
            return None
        return "PostgreSQL rounds here, and SQLite cuts off", "round it first: CAST(ROUND(…) AS BIGINT)"
    if given in _ALIKE[target]:
        return _places_problem(node, given)
    return f"the databases differ in how they cast {kind_in_words(given)} to {name}", _advice(given, target)


def _places_problem(node: exp.Expr, given: Kind) -> Problem | None:
    if node.args["to"].expressions and given not in _WHOLE:
        what = "SQLite does not cut a value to the places of a type"
        return what, "round it: ROUND(CAST(… AS NUMERIC), places)"
    return None


def _is_rounded(node: exp.Expr) -> bool:
    node = node.unnest()
    return isinstance(node, exp.Round) and node.args.get("decimals") in (None, exp.Literal.number(0))


def _advice(given: Kind, target: Kind) -> str:
    if given in TRUTHS:
        return "write CASE WHEN … THEN … ELSE … END"
    if target == "boolean":
        return "compare it with a value: `x <> 0`"
    if target == "date" and given == "literal":
        return "write the text alone: it is taken as a date where one is needed"
    return _OWN_TEXT
