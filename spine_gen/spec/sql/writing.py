"""A text that was read, as each database is asked it: rewritten where its own meaning would be another."""

import re
from collections.abc import Callable

from sqlglot import exp

from spine_gen.spec.sql.operations.exactness import BY_ORDER, as_meant, exact_within, is_inexact
from spine_gen.spec.sql.operations.operation import Engine, Operation, Rewrite, call, kind_of
from spine_gen.spec.sql.operations.ranges import sums_in_range
from spine_gen.spec.sql.operations.single_values import single_values
from spine_gen.spec.sql.operations.table import operation_of

# What the parser takes for the same as another word, and SQLite does not know.
_OTHER_NAMES = re.compile(r"::|\b(?:CHAR_LENGTH|CHARACTER_LENGTH|BTRIM)\b", re.IGNORECASE)
_OTHERWISE_ON_SQLITE = (exp.CTE, exp.Distinct, exp.Ordered, exp.SetOperation, exp.Subquery, exp.WindowSpec)
_SECONDS_A_DAY = 86400  # in which SQLite is given an interval
_DIALECTS: dict[Engine, str] = {"sqlite": "sqlite", "postgresql": "postgres", "duckdb": "duckdb"}
_REWRITES: dict[Engine, Callable[[Operation], Rewrite | None]] = {
    "sqlite": lambda operation: operation.sqlite,
    "postgresql": lambda operation: operation.postgresql,
    "duckdb": lambda operation: operation.duckdb,
}


def written(tree: exp.Expr, text: str, engine: Engine, *, pretty: bool) -> str:
    """The text for one database: as it is, where nothing of it has to be said otherwise."""
    changed = engine == "sqlite" and _OTHER_NAMES.search(text) is not None
    if not changed and not any(_may_change(node, engine) for node in tree.walk()):
        return text  # most are, and a copy takes longer than a look
    copy = tree.copy()
    changed |= engine == "sqlite" and any(one.args.get("on") for one in copy.find_all(exp.Distinct))
    changed |= engine == "sqlite" and _without_brackets(copy)
    for node in reversed(list(copy.walk(bfs=True))):
        if isinstance(node, exp.Ordered):
            changed |= _order(node, engine)
            continue
        if isinstance(node, exp.WindowSpec):
            changed |= _days_around(node, engine)
            continue
        operation = operation_of(node)
        rewrite = None if operation is None else _REWRITES[engine](operation)
        if rewrite is None:
            continue
        before = node.sql(dialect="postgres")
        new = rewrite(node)
        new.meta.setdefault("kind", node.meta.get("kind", "unknown"))
        new.meta.setdefault("computed", node.meta.get("computed", False))
        if new is not node:
            if node is copy:
                copy = new
            else:
                node.replace(new)
            changed = True
        elif node.sql(dialect="postgres") != before:
            changed = True
    changed |= engine == "sqlite" and exact_within(copy)
    changed |= engine == "sqlite" and single_values(copy)
    before = copy.sql(dialect="postgres")
    copy = sums_in_range(copy, engine)
    changed |= copy.sql(dialect="postgres") != before
    if not changed:
        return text
    return copy.sql(dialect=_DIALECTS[engine], pretty=pretty, normalize_functions=False)


def _may_change(node: exp.Expr, engine: Engine) -> bool:
    if isinstance(node, exp.Sum | exp.Avg) or (engine == "sqlite" and isinstance(node, _OTHERWISE_ON_SQLITE)):
        return True
    if isinstance(node, BY_ORDER) and engine != "postgresql":
        return is_inexact(node)
    operation = operation_of(node)
    return operation is not None and _REWRITES[engine](operation) is not None


def _without_brackets(tree: exp.Expr) -> bool:
    """Whether SQLite takes no brackets around the sides of UNION and its like: they become tables."""
    found = False
    for both in list(tree.find_all(exp.SetOperation)):
        for side in ("this", "expression"):
            inner = both.args[side]
            if isinstance(inner, exp.Subquery):
                found = True
                both.set(side, exp.select("*").from_(exp.Subquery(this=inner.this.copy()), copy=False))
    return found


def _days_around(spec: exp.WindowSpec, engine: Engine) -> bool:
    """Whether a window over so many days has to be one over so many numbers, for SQLite knows no other."""
    bounds = [spec.args.get(side) for side in ("start", "end")]
    spans = [bound for bound in bounds if isinstance(bound, exp.Literal) and kind_of(bound) == "interval"]
    if engine != "sqlite" or not spans:
        return False
    for span in spans:
        span.set("this", str(int(span.this) // _SECONDS_A_DAY))
    assert spec.parent is not None
    for item in spec.parent.args["order"].expressions:
        item.set("this", call("JULIANDAY", item.this))
    return True


def _order(item: exp.Ordered, engine: Engine) -> bool:
    """Whether SQLite has to be told where NULLs come: not of a column that has none."""
    if engine != "sqlite":
        return False
    exact = as_meant(item.this)
    changed = exact is not item.this
    item.set("this", exact)
    descending = bool(item.args.get("desc"))
    if item.this.meta.get("filled"):
        item.set("nulls_first", not descending)
    return changed or bool(item.args.get("nulls_first")) == descending
