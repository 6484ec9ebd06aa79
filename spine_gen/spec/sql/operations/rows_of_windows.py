"""What only a window has: a row's place in it, and values of its other rows."""

from collections.abc import Callable

from sqlglot import exp

from spine_gen.spec.sql.kinds import Kind

from .numbers import name_of_call
from .operation import REFUSED, Operation, Values, fixed


def _neighbour(values: Values, node: exp.Expr) -> Kind:
    """LAG and LEAD: a value of another row, or what stands for it where there is none."""
    if offset := node.args.get("offset"):
        values.kind(offset)
    default = node.args.get("default")
    kind = values.together(node, [node.this, default] if default else [node.this])
    if node.this.meta.get("computed"):
        node.meta["computed"] = True
    return kind


def _first(values: Values, node: exp.Expr) -> Kind:
    kinds = values.kinds(node)
    if node.this is not None and node.this.meta.get("computed"):
        node.meta["computed"] = True
    return kinds[0] if kinds else "unknown"


def _windowed(gives: Callable[[Values, exp.Expr], Kind]) -> Callable[[Values, exp.Expr], Kind]:
    """Functions that need a window."""

    def rule(values: Values, node: exp.Expr) -> Kind:
        if not isinstance(node.parent, exp.Window | exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
            advice = "write OVER (PARTITION BY … ORDER BY …) behind it"
            values.report(REFUSED, node, f"{name_of_call(node)} needs a window", advice)
        if isinstance(node, exp.Ntile) and not (isinstance(node.this, exp.Literal) and node.this.is_int):
            advice = "write the number of groups: NTILE(4)"
            values.report(REFUSED, node, "NTILE takes a number as it is written", advice)
        return gives(values, node)

    return rule


OPERATIONS = (
    Operation(
        functions="ROW_NUMBER RANK DENSE_RANK NTILE",
        nodes=(exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile),
        gives=_windowed(fixed("integer")),
        examples=(
            "ROW_NUMBER() OVER (ORDER BY desk, id)",
            "RANK() OVER (ORDER BY price DESC)",
            "DENSE_RANK() OVER (PARTITION BY symbol ORDER BY qty)",
            "NTILE(3) OVER (ORDER BY id)",
        ),
    ),
    Operation(
        functions="PERCENT_RANK CUME_DIST",
        nodes=(exp.PercentRank, exp.CumeDist),
        gives=_windowed(fixed("float")),
        examples=("PERCENT_RANK() OVER (ORDER BY price)", "CUME_DIST() OVER (ORDER BY qty)"),
    ),
    Operation(
        functions="LAG LEAD",
        nodes=(exp.Lag, exp.Lead),
        gives=_windowed(_neighbour),
        examples=(
            "LAG(price) OVER (ORDER BY id)",
            "LEAD(qty, 2, 0) OVER (PARTITION BY symbol ORDER BY day, id)",
        ),
    ),
    Operation(
        functions="FIRST_VALUE LAST_VALUE NTH_VALUE",
        nodes=(exp.FirstValue, exp.LastValue, exp.NthValue),
        gives=_windowed(_first),
        examples=(
            "FIRST_VALUE(symbol) OVER (ORDER BY desk DESC, id)",
            "NTH_VALUE(qty, 2) OVER (ORDER BY id)",
        ),
    ),
)
