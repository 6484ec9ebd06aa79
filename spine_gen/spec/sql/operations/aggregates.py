"""Aggregates, and what windows do to them. Sums of floats and decimals agree to about fifteen digits."""

from sqlglot import exp

from spine_gen.spec.sql.kinds import NUMBERS, TEXTS, TRUTHS, Kind, common, kind_in_words

from .comparisons import by_bytes
from .exactness import GROUPS_DIFFER, ROUND_IT, inexact_among
from .numbers import name_of_call
from .operation import NOT_PORTABLE, TYPES, Operation, Values, kind_of, spine

_OPEN: frozenset[Kind] = frozenset({"unknown", "null"})
_SPREADS: dict[type[exp.Expr], str] = {
    exp.Stddev: "stddev_samp",
    exp.StddevSamp: "stddev_samp",
    exp.StddevPop: "stddev_pop",
    exp.Variance: "var_samp",
    exp.VariancePop: "var_pop",
}


def _count(values: Values, node: exp.Expr) -> Kind:
    values.kinds(node)
    if node.this is None:
        values.report(TYPES, node, "COUNT counts nothing here", "write COUNT(*)")
    elif isinstance(node.this, exp.Distinct) and len(node.this.expressions) > 1:
        what, advice = "COUNT(DISTINCT …) takes one value", "count the rows of a SELECT DISTINCT"
        values.report(TYPES, node, what, advice)
    _each_once(values, node)
    return "integer"


def _inner(node: exp.Expr) -> list[exp.Expr]:
    """What is aggregated, without the DISTINCT and the order around it."""
    inner = node.this
    while isinstance(inner, exp.Distinct | exp.Order):
        inner = inner.expressions[0] if isinstance(inner, exp.Distinct) else inner.this
    return [] if inner is None else [inner]


def _each_once(values: Values, node: exp.Expr) -> None:
    """What DISTINCT tells apart."""
    if values.dialect is None and isinstance(node.this, exp.Distinct) and inexact_among(_inner(node)):
        values.report(NOT_PORTABLE, node, GROUPS_DIFFER, ROUND_IT)


def _number(values: Values, node: exp.Expr) -> Kind:
    kind = common([values.kind(one) for one in _inner(node)]) or "unknown"
    if kind not in NUMBERS | _OPEN:
        name = name_of_call(node)
        values.report(TYPES, node, f"{name} needs numbers, and this is {kind_in_words(kind)}")
        return "unknown"
    _each_once(values, node)
    return kind


def _sum(values: Values, node: exp.Expr) -> Kind:
    kind = _number(values, node)
    if kind in ("decimal", "float"):
        node.meta["computed"] = True
    return "total" if kind == "integer" else kind


def _mean(values: Values, node: exp.Expr) -> Kind:
    kind = _number(values, node)
    node.meta["computed"] = True
    return "float" if kind == "float" else "decimal" if kind in NUMBERS else "unknown"


def _extreme(values: Values, node: exp.Expr) -> Kind:
    kinds = values.kinds(node)
    kind = kinds[0] if kinds else "unknown"
    if node.args.get("expressions") and values.dialect != "sqlite":
        values.report(NOT_PORTABLE, node, "PostgreSQL takes one value here", "write GREATEST or LEAST")
    elif kind in (*TRUTHS, "json") and values.dialect is None:
        what = f"PostgreSQL has no {name_of_call(node)} of {kind_in_words(kind)}"
        values.report(NOT_PORTABLE, node, what, "BOOL_OR and BOOL_AND are the extremes of truths")
    if _inner(node) and _inner(node)[0].meta.get("computed"):
        node.meta["computed"] = True
    return kind


def _extreme_on_postgresql(node: exp.Expr) -> exp.Expr:
    if node.this is not None and kind_of(node.this) in TEXTS:
        node.set("this", by_bytes(node.this))
    return node


def _truths(values: Values, node: exp.Expr) -> Kind:
    for part in node.expressions if isinstance(node, exp.Anonymous) else [node.this]:
        values.condition(part)
    return "boolean"


def _truths_on_sqlite(node: exp.Expr) -> exp.Expr:
    return (exp.Max if isinstance(node, exp.LogicalOr) else exp.Min)(this=node.this.copy())


def _string_agg(values: Values, node: exp.Expr) -> Kind:
    for part in _inner(node):
        kind = values.kind(part)
        if kind not in TEXTS | _OPEN:
            values.report(
                TYPES, part, f"STRING_AGG needs texts, and this is {kind_in_words(kind)}", "CAST it AS TEXT"
            )
    if values.dialect is None and not isinstance(node.this, exp.Order):
        advice = "write STRING_AGG(text, ', ' ORDER BY …)"
        values.report(NOT_PORTABLE, node, "in which order is not told", advice)
    if values.dialect is None and isinstance(node.parent, exp.Window):
        advice = "aggregate it in a WITH, and join"
        values.report(NOT_PORTABLE, node, "STRING_AGG has no window here", advice)
    for item in node.this.expressions if isinstance(node.this, exp.Order) else ():
        values.kind(item.this)
    distinct = isinstance(node.this, exp.Order) and isinstance(node.this.this, exp.Distinct)
    if distinct and [item.this for item in node.this.expressions] != _inner(node):
        what = "distinct texts are ordered by themselves only"
        values.report(NOT_PORTABLE, node.this, what, "write ORDER BY with the same text")
    between = node.args.get("separator")
    if between is not None and values.kind(between) not in TEXTS | _OPEN:
        values.report(TYPES, between, "STRING_AGG joins by a text", "write it in quotes: ', '")
    return "string"


def _string_agg_on_sqlite(node: exp.Expr) -> exp.Expr:
    order = node.this
    between = node.args.get("separator") or exp.Literal.string("")
    keys: list[exp.Expr] = []
    for item in order.expressions:
        keys += [
            item.this,
            exp.Literal.number(bool(item.args.get("desc")) + 2 * bool(item.args.get("nulls_first"))),
        ]
    if isinstance(order.this, exp.Distinct):
        return spine("string_agg_distinct", order.this.expressions[0], between, *keys)
    return spine("string_agg", order.this, between, *keys)


def _string_agg_on_postgresql(node: exp.Expr) -> exp.Expr:
    for item in node.this.expressions if isinstance(node.this, exp.Order) else ():
        item.set("this", by_bytes(item.this))
    return node


def _spread(values: Values, node: exp.Expr) -> Kind:
    kind = _number(values, node)
    node.meta["computed"] = True
    special = isinstance(node.this, exp.Distinct) or isinstance(node.parent, exp.Window)
    if special and values.dialect is None:
        what = f"{name_of_call(node)} has neither DISTINCT nor a window here"
        values.report(NOT_PORTABLE, node, what, "aggregate it in a WITH first")
    return kind if kind in _OPEN else "float" if kind == "float" else "decimal"


def _spread_on_postgresql(node: exp.Expr) -> exp.Expr:
    """Of floats: of others PostgreSQL gives as few as nine digits."""
    if kind_of(node.this) == "float" or isinstance(node.parent, exp.Filter):
        return node
    node.set("this", exp.cast(node.this.copy(), "double"))
    return exp.cast(node.copy(), "decimal")


def _spread_on_sqlite(node: exp.Expr) -> exp.Expr:
    return spine(_SPREADS[type(node)], node.this)


def _within(values: Values, node: exp.Expr) -> Kind:
    fraction, order = node.this, node.expression
    kinds = [values.kind(item.this) for item in order.expressions]
    if values.dialect is None and not (
        isinstance(fraction, exp.PercentileCont)
        and isinstance(fraction.this, exp.Literal)
        and not fraction.this.is_string
        and len(kinds) == 1
        and kinds[0] in NUMBERS | _OPEN
        and not order.expressions[0].args.get("desc")
    ):
        what, advice = (
            "SQLite knows PERCENTILE_CONT of numbers only",
            "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY number)",
        )
        values.report(NOT_PORTABLE, node, what, advice)
    node.meta["computed"] = True
    return "float" if values.dialect is None else "unknown"


def _within_on_sqlite(node: exp.Expr) -> exp.Expr:
    return spine("percentile_cont", node.this.this, node.expression.expressions[0].this)


OPERATIONS = (
    Operation(
        functions="COUNT",
        nodes=(exp.Count,),
        gives=_count,
        examples=("COUNT(*)", "COUNT(desk)", "COUNT(DISTINCT symbol)", "COUNT(*) FILTER (WHERE otc)"),
    ),
    Operation(
        functions="SUM",
        nodes=(exp.Sum,),
        gives=_sum,
        examples=(
            "SUM(qty)",
            "SUM(price * qty)",
            "SUM(DISTINCT qty)",
            "SUM(fx)",
            "SUM(qty) OVER (ORDER BY day RANGE BETWEEN INTERVAL '900 days' PRECEDING AND CURRENT ROW)",
            "SUM(qty2) OVER (PARTITION BY otc ORDER BY day DESC "
            "RANGE BETWEEN INTERVAL '200 weeks' PRECEDING AND INTERVAL '9999 days' FOLLOWING)",
            "SUM(qty2) OVER (ORDER BY CASE WHEN otc THEN day END "
            "RANGE BETWEEN INTERVAL '9000 days' PRECEDING AND CURRENT ROW)",
            "SUM(qty2) OVER (ORDER BY qty RANGE BETWEEN 5 PRECEDING AND 2 FOLLOWING)",
        ),
    ),
    Operation(functions="AVG", nodes=(exp.Avg,), gives=_mean, examples=("AVG(qty)", "AVG(price)", "AVG(fx)")),
    Operation(
        functions="MIN MAX",
        nodes=(exp.Min, exp.Max),
        gives=_extreme,
        postgresql=_extreme_on_postgresql,
        examples=(
            "MIN(symbol)",
            "MAX(desk)",
            "MIN(day)",
            "MAX(price)",
            "MIN(CAST(qty AS TEXT))",
            "MAX(seen_at)",
        ),
    ),
    Operation(
        functions="BOOL_AND BOOL_OR",
        nodes=(exp.LogicalAnd, exp.LogicalOr),
        gives=_truths,
        sqlite=_truths_on_sqlite,
        examples=("BOOL_AND(otc)", "BOOL_OR(qty > 5)", "BOOL_OR(desk IS NULL)"),
    ),
    Operation(
        functions="STRING_AGG",
        nodes=(exp.GroupConcat,),
        gives=_string_agg,
        sqlite=_string_agg_on_sqlite,
        postgresql=_string_agg_on_postgresql,
        examples=(
            "STRING_AGG(symbol, ',' ORDER BY symbol, id)",
            "STRING_AGG(DISTINCT desk, '; ' ORDER BY desk)",
            "STRING_AGG(desk, '' ORDER BY price DESC NULLS LAST, id)",
        ),
    ),
    Operation(
        functions="STDDEV STDDEV_SAMP STDDEV_POP VARIANCE VAR_SAMP VAR_POP",
        nodes=tuple(_SPREADS),
        gives=_spread,
        sqlite=_spread_on_sqlite,
        postgresql=_spread_on_postgresql,
        examples=("STDDEV(qty)", "STDDEV_POP(price)", "VARIANCE(price)", "VAR_POP(qty)"),
    ),
    Operation(
        functions="PERCENTILE_CONT",
        keywords="WITHIN",
        nodes=(exp.WithinGroup,),
        gives=_within,
        sqlite=_within_on_sqlite,
        examples=(
            "PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY qty)",
            "PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY price)",
        ),
    ),
)
