"""Parts of a text, and where in it they are."""

from functools import partial

from sqlglot import exp

from spine_gen.spec.sql.kinds import Kind

from .operation import NOT_PORTABLE, TYPES, Operation, Values, call, spine
from .texts import count_of_first, every_part, short_counts, text_of_first, truth_of_first


def _substring(values: Values, node: exp.Expr) -> Kind:
    start, count = node.args.get("start"), node.args.get("length")
    if start is None:
        values.report(TYPES, node, "SUBSTR needs to know where to begin", "write SUBSTR(text, first, count)")
    elif isinstance(start, exp.Literal) and start.is_string:
        what = "a pattern of regular expressions, which SQLite does not have"
        values.report(NOT_PORTABLE, start, what, "write SUBSTR(text, first, count) or SPLIT_PART")
    if isinstance(count, exp.Neg):
        values.report(TYPES, count, "a text has no negative length", "write how many characters")
    return text_of_first(values, node)


def _substring_on_sqlite(node: exp.Expr) -> exp.Expr:
    start, count = node.args["start"], node.args.get("length")
    rest = [] if count is None else [count]
    plain = _is_positive(start) and all(_is_positive(one) for one in rest)
    return (call if plain else spine)("SUBSTR" if plain else "substr", node.this, start, *rest)


def _substring_on_duckdb(node: exp.Expr) -> exp.Expr:
    """From before the text on, DuckDB counts from its end."""
    start, count = node.args["start"], node.args.get("length")
    if _is_positive(start):
        return node
    first = call("greatest", start, 1)
    if count is None:
        return call("substr", node.this, first)
    shown = exp.Add(this=exp.paren(start.copy()), expression=exp.paren(count.copy()))
    return call("substr", node.this, first, call("greatest", exp.Sub(this=shown, expression=first), 0))


def _is_positive(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and node.this.isdigit() and int(node.this) > 0


def _position_on_sqlite(node: exp.Expr) -> exp.Expr:
    return call("INSTR", node.this, node.args["substr"])


OPERATIONS = (
    Operation(
        functions="SUBSTR SUBSTRING",
        keywords="FOR",
        nodes=(exp.Substring,),
        gives=_substring,
        sqlite=_substring_on_sqlite,
        postgresql=short_counts,
        duckdb=_substring_on_duckdb,
        in_when=True,
        examples=(
            "SUBSTR(symbol, 2)",
            "SUBSTR(symbol, 1, 2)",
            "SUBSTR(symbol, 0, 2)",
            "SUBSTR(symbol, -1, 3)",
            "SUBSTRING(desk FROM 2 FOR 1)",
            "SUBSTR(symbol, ABS(qty % 3))",
            "SUBSTR(CAST(day AS TEXT), 1, 7)",
        ),
    ),
    Operation(
        functions="POSITION STRPOS",
        nodes=(exp.StrPosition,),
        gives=count_of_first,
        sqlite=_position_on_sqlite,
        in_when=True,
        examples=(
            "POSITION('A' IN symbol)",
            "STRPOS(desk, '1')",
            "POSITION('' IN symbol)",
            "STRPOS(symbol, desk)",
        ),
    ),
    Operation(
        functions="LEFT",
        nodes=(exp.Left,),
        gives=text_of_first,
        sqlite=partial(every_part, "left"),
        postgresql=short_counts,
        in_when=True,
        examples=("LEFT(symbol, 2)", "LEFT(symbol, -1)", "LEFT(desk, 0)"),
    ),
    Operation(
        functions="RIGHT",
        nodes=(exp.Right,),
        gives=text_of_first,
        sqlite=partial(every_part, "right"),
        postgresql=short_counts,
        in_when=True,
        examples=("RIGHT(symbol, 2)", "RIGHT(symbol, -1)", "RIGHT(desk, 0)"),
    ),
    Operation(
        functions="SPLIT_PART",
        nodes=(exp.SplitPart,),
        gives=text_of_first,
        sqlite=partial(every_part, "split_part"),
        postgresql=short_counts,
        examples=("SPLIT_PART(symbol, 'A', 1)", "SPLIT_PART(symbol, 'A', 2)", "SPLIT_PART(desk, '', 1)"),
    ),
    Operation(
        functions="STARTS_WITH",
        nodes=(exp.StartsWith,),
        gives=truth_of_first,
        sqlite=partial(every_part, "starts_with"),
        in_when=True,
        examples=("STARTS_WITH(symbol, 'A')", "STARTS_WITH(symbol, desk)"),
    ),
)
