"""One of several values."""

from functools import partial

from sqlglot import exp

from spine_gen.spec.sql.kinds import Kind

from .comparisons import check_exact
from .exactness import as_meant
from .operation import TYPES, Operation, Values, bare, call, spine


def _one_of(values: Values, node: exp.Expr) -> Kind:
    several = [node.this, *node.expressions]
    if isinstance(node, exp.Coalesce) and len(several) < 2:
        values.report(TYPES, node, "COALESCE needs at least two values")
    return values.together(node, several)


def _nullif(values: Values, node: exp.Expr) -> Kind:
    return values.together(node, [node.this, node.expression])


def _case(values: Values, node: exp.Expr) -> Kind:
    branches = node.args["ifs"]
    results: list[exp.Expr] = [branch.args["true"] for branch in branches]
    if node.this is not None:
        values.compare(node, node.this, [branch.this for branch in branches])
        check_exact(values, node, [node.this, *(branch.this for branch in branches)])
    else:
        for branch in branches:
            values.condition(branch.this)
    if default := node.args.get("default"):
        results.append(default)
    return values.together(node, results)


def _nullif_on_sqlite(node: exp.Expr) -> exp.Expr:
    node.set("this", as_meant(node.this))
    return node


def _extreme(name: str, node: exp.Expr) -> exp.Expr:
    return spine(name, bare(node.this), *(bare(one) for one in node.expressions))


OPERATIONS = (
    Operation(
        functions="COALESCE",
        nodes=(exp.Coalesce,),
        gives=_one_of,
        in_when=True,
        examples=("COALESCE(desk, 'none')", "COALESCE(price, qty, 0)", "COALESCE(day, '2025-01-01')"),
    ),
    Operation(
        functions="NULLIF",
        nodes=(exp.Nullif,),
        gives=_nullif,
        sqlite=_nullif_on_sqlite,
        in_when=True,
        examples=("NULLIF(desk, '')", "NULLIF(qty, 7)", "NULLIF(price, 10)"),
    ),
    Operation(
        keywords="CASE WHEN THEN ELSE END",
        nodes=(exp.Case,),
        gives=_case,
        in_when=True,
        examples=("CASE WHEN otc AND qty > 1 THEN price END", "CASE desk WHEN 'D1' THEN 1 ELSE 0 END"),
    ),
    Operation(
        functions="GREATEST",
        nodes=(exp.Greatest,),
        gives=_one_of,
        sqlite=partial(_extreme, "greatest"),
        postgresql=lambda node: call("GREATEST", node.this, *node.expressions),
        duckdb=lambda node: call("greatest", node.this, *node.expressions),
        in_when=True,
        examples=(
            "GREATEST(qty, 3)",
            "GREATEST(price, qty, 0)",
            "GREATEST(symbol, desk)",
            "GREATEST(day, '2025-01-01')",
        ),
    ),
    Operation(
        functions="LEAST",
        nodes=(exp.Least,),
        gives=_one_of,
        sqlite=partial(_extreme, "least"),
        postgresql=lambda node: call("LEAST", node.this, *node.expressions),
        duckdb=lambda node: call("least", node.this, *node.expressions),
        in_when=True,
        examples=("LEAST(qty, 3)", "LEAST(price, fx)", "LEAST(symbol, desk)"),
    ),
)
