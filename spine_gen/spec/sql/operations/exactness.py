"""Comparisons by order of what is computed of decimals: what is equal on PostgreSQL is equal everywhere.

SQLite has decimals as doubles, and DuckDB what is multiplied or divided: there 10.06 - 10.05 is not 0.01.
"""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from .operation import bare, call, kind_of, spine

BY_ORDER = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)
_CALCULATIONS: dict[type[exp.Expr], str] = {
    exp.Add: "add_decimals",
    exp.Sub: "subtract_decimals",
    exp.Mul: "multiply_decimals",
}
NOT_EQUAL = "what is computed of decimals or floats is not exact, and may not be equal on both databases"
GROUPS_DIFFER = "what is computed of decimals or floats is not exact, and groups may differ"
ROUND_IT = "round it: ROUND(…, places)"
_OF_OTHER_ROWS = (exp.Query, exp.AggFunc, exp.Window)


def is_inexact(node: exp.Expr) -> bool:
    """Whether it compares what is computed of decimals; floats are the same everywhere."""
    sides = [side for _, side in _sides(node)]
    return any(_is_computed(side) for side in sides) and all(kind_of(bare(side)) != "float" for side in sides)


def exact_on_sqlite(node: exp.Expr) -> exp.Expr:
    """Both sides as the decimals that are meant, calculated as such."""
    for name, side in _sides(node) if is_inexact(node) else ():
        exact = _calculated(side)
        if _is_computed(side):
            node.set(name, exact if exact is not side else spine("decimal", bare(side)))
    return node


def exact_on_duckdb(node: exp.Expr) -> exp.Expr:
    """To the fifteen digits that doubles hold for sure."""
    for name, side in _sides(node) if is_inexact(node) else ():
        if _is_computed(side) and side.find(exp.Mul, exp.Div):
            digits = call("format", "{:.15g}", exp.cast(side.copy(), "double"))
            node.set(name, exp.cast(digits, "double"))
    return node


def inexact_among(parts: Iterable[exp.Expr]) -> exp.Expr | None:
    """The first that is computed of decimals or floats, so that it must not decide what is the same."""
    every = (one for part in parts for one in (part.expressions if isinstance(part, exp.Tuple) else (part,)))
    return next((part for part in every if bare(part).meta.get("computed")), None)


def with_exact_differences(node: exp.Expr) -> exp.Expr:
    """On SQLite: the value for what rounds it; digits that a difference has lost come back by no rounding."""
    return _calculated(node) if kind_of(node) == "decimal" and node.find(exp.Sub) else node


def exact_within(tree: exp.Expr) -> bool:
    """Whether on SQLite an inner SELECT computes decimals, which the one around it may compare."""
    found = False
    for select in list(tree.find_all(exp.Select)):
        if not isinstance(select.parent, exp.CTE | exp.Subquery):
            continue
        for item in select.expressions:
            value = item.this if isinstance(item, exp.Alias) else item
            if (exact := _calculated(value)) is not value:
                value.replace(exact)
                found = True
    return found


def _sides(node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    for name in ("this", "expression", "low", "high"):
        if (side := node.args.get(name)) is not None:
            yield name, side


def _is_computed(side: exp.Expr) -> bool:
    return kind_of(bare(side)) == "decimal" and bool(bare(side).meta.get("computed"))


def _calculated(node: exp.Expr) -> exp.Expr:
    """The value with its calculations made of decimals; the same node where it is none itself."""
    inner = bare(node)
    if isinstance(inner, _OF_OTHER_ROWS):
        return node
    if kind_of(inner) == "decimal" and type(inner) in _CALCULATIONS:
        return spine(_CALCULATIONS[type(inner)], _calculated(inner.this), _calculated(inner.expression))
    for child in list(inner.iter_expressions()):
        if (exact := _calculated(child)) is not child:
            exact.meta["kind"] = kind_of(child)
            child.replace(exact)
    return node
