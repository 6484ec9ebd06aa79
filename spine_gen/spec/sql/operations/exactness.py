"""Comparisons by order of what is computed of decimals: what is equal on PostgreSQL is equal everywhere.

SQLite has decimals as doubles, and DuckDB what is multiplied or divided: there 10.06 - 10.05 is not 0.01.
Both have functions of spine's own for it, by the same names.
"""

from collections.abc import Iterable, Iterator

from sqlglot import exp

from .operation import bare, kind_of, spine

BY_ORDER = (exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between)
_CALCULATIONS: dict[type[exp.Expr], str] = {
    exp.Add: "add_decimals",
    exp.Sub: "subtract_decimals",
    exp.Mul: "multiply_decimals",
}
NOT_EQUAL = "what is computed of decimals or floats is not exact, and may not be equal on both databases"
GROUPS_DIFFER = "what is computed of decimals or floats is not exact, and groups may differ"
ROUND_IT = "round it: ROUND(…, places)"
_TOTALS: dict[type[exp.Expr], str] = {exp.Sum: "sum_decimals", exp.Avg: "mean_decimals"}


def is_inexact(node: exp.Expr) -> bool:
    """Whether it compares what is computed of decimals; floats are the same everywhere."""
    sides = [side for _, side in _sides(node)]
    return any(_is_computed(side) for side in sides) and all(kind_of(bare(side)) != "float" for side in sides)


def exact_on_sqlite(node: exp.Expr) -> exp.Expr:
    """Both sides as the decimals that are meant, calculated as such."""
    for name, side in _sides(node) if is_inexact(node) else ():
        node.set(name, as_meant(side))
    return node


def exact_on_duckdb(node: exp.Expr) -> exp.Expr:
    """Sides that are of doubles there, as the decimals that are meant."""
    for name, side in _sides(node) if is_inexact(node) else ():
        if side.find(exp.Mul, exp.Div):
            node.set(name, as_meant(side))
    return node


def as_meant(value: exp.Expr) -> exp.Expr:
    """What is computed of decimals as the decimal that is meant; the same node where it is not."""
    if not _is_computed(value) or isinstance(bare(value), exp.Column):  # what is computed within is as meant
        return value
    exact = _calculated(value)
    return exact if exact is not value else spine("decimal", bare(value))


def inexact_among(parts: Iterable[exp.Expr]) -> exp.Expr | None:
    """The first that is computed of decimals or floats, so that it must not decide what is the same."""
    every = (one for part in parts for one in (part.expressions if isinstance(part, exp.Tuple) else (part,)))
    return next((part for part in every if bare(part).meta.get("computed")), None)


def with_exact_differences(node: exp.Expr) -> exp.Expr:
    """On SQLite: the value for what rounds it; digits that a difference has lost come back by no rounding."""
    return as_meant(node) if node.find(exp.Sub) else node


def exact_within(tree: exp.Expr) -> bool:
    """Whether on SQLite a SELECT computes decimals that the one around it or its own ORDER BY may compare."""
    found = False
    for select in list(tree.find_all(exp.Select)):
        query: exp.Query = select
        while isinstance(query.parent, exp.SetOperation):
            query = query.parent
        inner, ordered = isinstance(query.parent, exp.CTE | exp.Subquery), _ordered_places(query)
        for place, item in enumerate(select.expressions):
            value = item.this if isinstance(item, exp.Alias) else item
            if (inner or place in ordered) and (exact := as_meant(value)) is not value:
                value.replace(exact)
                found = True
    return found


def _ordered_places(query: exp.Query) -> set[int]:
    """Which results its ORDER BY names, by name or by place."""
    order = query.args.get("order")
    keys = [item.this for item in order.expressions] if order else ()
    names = {key.name.lower() for key in keys if isinstance(key, exp.Column) and not key.table}
    places = {int(key.this) - 1 for key in keys if isinstance(key, exp.Literal) and not key.is_string}
    return places | {place for place, name in enumerate(query.named_selects) if name.lower() in names}


def _sides(node: exp.Expr) -> Iterator[tuple[str, exp.Expr]]:
    for name in ("this", "expression", "low", "high"):
        if (side := node.args.get(name)) is not None:
            yield name, side


def _is_computed(side: exp.Expr) -> bool:
    return kind_of(bare(side)) == "decimal" and bool(bare(side).meta.get("computed"))


def _calculated(node: exp.Expr) -> exp.Expr:
    """The value with its calculations made of decimals; the same node where it is none itself."""
    inner = bare(node)
    if isinstance(inner, exp.Query):
        return node
    if kind_of(inner) == "decimal" and type(inner) in _CALCULATIONS:
        return spine(_CALCULATIONS[type(inner)], _calculated(inner.this), _calculated(inner.expression))
    if kind_of(inner) == "decimal" and type(inner) in _TOTALS and not isinstance(inner.this, exp.Distinct):
        return spine(_TOTALS[type(inner)], _calculated(inner.this))
    children = [inner.this] if isinstance(inner, exp.Window) else list(inner.iter_expressions())
    for child in children:
        if (exact := _calculated(child)) is not child:
            exact.meta["kind"] = kind_of(child)
            child.replace(exact)
    return node
