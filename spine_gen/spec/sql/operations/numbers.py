"""Numbers: calculations and the functions on them.

SQLite has decimals as doubles, so what is computed of decimals or floats agrees to about fifteen digits; it
is not compared with `=` until it is rounded.
"""

from functools import partial

from sqlglot import exp

from spine_gen.spec.sql.kinds import NUMBERS, Kind, common, kind_in_words, number_kind, number_problem

from .exactness import as_meant, with_exact_differences
from .operation import NOT_PORTABLE, TYPES, Operation, Values, bare, call, failing, kind_of, spine
from .ranges import in_range, in_range_on_duckdb, is_least, least_as_text

_OPEN = ("unknown", "null")
_WHOLE: frozenset[Kind] = frozenset({"integer", "total"})
_NEVER_LARGE = (exp.Sqrt, exp.Ln, exp.Log)


def calculation(values: Values, node: exp.Expr) -> Kind:
    """What is computed of numbers."""
    kinds = values.kinds(node)
    wrong = next((kind for kind in kinds if kind not in (*NUMBERS, *_OPEN)), None)
    if wrong is not None and values.dialect is None:
        values.report(TYPES, node, f"{kind_in_words(wrong)} cannot be calculated with")
    if wrong is not None:
        return "unknown"
    kind = common(kinds) or "unknown"
    if isinstance(node, exp.Div) and kind == "total":
        kind = "decimal"
    if isinstance(node, exp.Mod) and kind == "float" and values.dialect is None:
        values.report(NOT_PORTABLE, node, "PostgreSQL has no % of floats", "CAST them AS NUMERIC first")
    if kind in ("decimal", "float"):
        node.meta["computed"] = True
    return kind


def _number(values: Values, node: exp.Expr) -> Kind:
    """A number as written, or a text."""
    assert isinstance(node, exp.Literal)
    if node.is_string:
        return "literal"
    problem = None if node.parent is not None and is_least(node.parent) else number_problem(node.this)
    if problem is not None and values.dialect is None:
        values.report(NOT_PORTABLE, node, f"{node.this} {problem}", "write a shorter number")
    return number_kind(node.this)


def _number_on_postgresql(node: exp.Expr) -> exp.Expr:
    """With an exponent it is a float, which PostgreSQL has as a decimal."""
    if kind_of(node) != "float" or isinstance(node.parent, exp.Predicate):
        return node
    return exp.cast(node.copy(), "double")


def _same(values: Values, node: exp.Expr) -> Kind:
    kinds = values.kinds(node)
    kind = kinds[0] if kinds else "unknown"
    if kind not in (*NUMBERS, *_OPEN):
        what = f"{name_of_call(node)} needs numbers, and this is {kind_in_words(kind)}"
        values.report(TYPES, node, what, "calculate with numbers, and CAST what comes of it")
        return "unknown"
    if node.this is not None and node.this.meta.get("computed"):
        node.meta["computed"] = True
    return kind


def _whole(values: Values, node: exp.Expr) -> Kind:
    kind = _same(values, node)
    node.meta.pop("computed", None)
    return "total" if kind in NUMBERS and kind != "float" else kind


def _rounded(values: Values, node: exp.Expr) -> Kind:
    kind = _same(values, node)
    if kind == "float" and values.dialect is None:
        what = "PostgreSQL rounds floats to even, and only to whole numbers"
        values.report(NOT_PORTABLE, node, what, "cast it first: ROUND(CAST(… AS NUMERIC), places)")
    node.meta.pop("computed", None)
    places = node.args.get("decimals")
    if places is not None and not _is_whole_literal(places) and values.dialect is None:
        values.report(NOT_PORTABLE, places, "how many places is not told", "write the number of places")
    return kind


def _float(values: Values, node: exp.Expr) -> Kind:
    kind = _same(values, node)
    node.meta["computed"] = True
    return kind if kind in _OPEN else "float" if kind == "float" else "decimal"


def _logarithm(values: Values, node: exp.Expr) -> Kind:
    if node.expression is not None and values.dialect is None:
        values.report(NOT_PORTABLE, node, "LOG has one value here", "write LN(value) / LN(base)")
    return _float(values, node)


def _is_whole_literal(node: exp.Expr) -> bool:
    inner = node.this if isinstance(node, exp.Neg) else node
    return isinstance(inner, exp.Literal) and not inner.is_string and str(inner.this).isdigit()


def name_of_call(node: exp.Expr) -> str:
    """As it is written in SQL."""
    if isinstance(node, exp.Substring):
        return "SUBSTR"
    if isinstance(node, exp.Neg):
        return "`-`"
    return node.sql_name() if isinstance(node, exp.Func) else node.key.upper()


def _is_never_zero(node: exp.Expr) -> bool:
    node = bare(node)
    if isinstance(node, exp.Literal) and not node.is_string:
        return float(node.this) != 0
    return isinstance(node, exp.Nullif) and bare(node.expression) == exp.Literal.number(0)


def _are_whole(node: exp.Expr) -> bool:
    return all(kind_of(part) == "integer" for part in (node.this, node.expression))


def _divide_on_sqlite(node: exp.Expr) -> exp.Expr:
    if _are_whole(node):
        return node if _is_never_zero(node.expression) else spine("divide_whole", node.this, node.expression)
    return spine("divide", bare(node.this), as_meant(bare(node.expression)))


def _multiply_on_duckdb(node: exp.Expr) -> exp.Expr:
    """Of two decimals as of floats, for DuckDB's own have no place for so many digits."""
    if kind_of(node) == "float":
        return in_range_on_duckdb(node)
    if kind_of(node.this) == kind_of(node.expression) == "decimal":
        return exp.Mul(this=exp.cast(node.this.copy(), "double"), expression=node.expression.copy())
    return node


def _divide_on_duckdb(node: exp.Expr) -> exp.Expr:
    if kind_of(node) == "float":
        return in_range_on_duckdb(node)
    left, right = node.this, node.expression
    if _are_whole(node):
        quotient: exp.Expr = exp.IntDiv(this=left.copy(), expression=right.copy())
    else:
        wide = exp.cast(left.copy(), "double")
        quotient = exp.Div(this=wide, expression=right.copy(), typed=False, safe=False)
    if _is_never_zero(right):
        return exp.paren(quotient)
    return failing(_is_zero(node), "division by zero", quotient)


def _is_zero(node: exp.Expr) -> exp.Expr:
    """Whether it would divide something by zero."""
    zero = exp.EQ(this=node.expression.copy(), expression=exp.Literal.number(0))
    given = exp.Not(this=exp.Is(this=node.this.copy(), expression=exp.null()))
    return exp.And(this=zero, expression=given)


def _remainder_on_sqlite(node: exp.Expr) -> exp.Expr:
    if _are_whole(node) and _is_never_zero(node.expression):
        return exp.Mod(this=node.this, expression=node.expression)
    return spine("remainder", bare(node.this), bare(node.expression))


def _remainder_on_duckdb(node: exp.Expr) -> exp.Expr:
    plain = exp.Mod(this=node.this.copy(), expression=node.expression.copy())
    if _is_never_zero(node.expression):
        return plain
    return failing(_is_zero(node), "division by zero", plain)


def _on_sqlite(name: str, node: exp.Expr) -> exp.Expr:
    rest = (node.args[one] for one in ("decimals", "expression") if node.args.get(one))
    arguments = [with_exact_differences(node.this), *rest]
    return spine(name, *arguments)


def _unless_whole(name: str, node: exp.Expr) -> exp.Expr:
    return node.this if kind_of(node.this) in _WHOLE else _on_sqlite(name, node)


def _as_floats(node: exp.Expr) -> exp.Expr:
    """On PostgreSQL, which has a float or a decimal by what it is given: a decimal, in the range of floats.

    What is as exact of decimals is left as it is.
    """
    kinds = [kind_of(part) for part in node.iter_expressions()]
    if "float" in kinds or (isinstance(node, _NEVER_LARGE) and "integer" not in kinds):
        return node
    parts = [exp.cast(part.copy(), "double") for part in node.iter_expressions()]
    return exp.cast(call(node.key.upper(), *parts), "decimal")


OPERATIONS = (
    Operation(
        nodes=(exp.Literal,),
        gives=_number,
        postgresql=_number_on_postgresql,
        in_when=True,
        examples=("1", "'a'", "1e3 * qty", "qty > 1e3", "1.5"),
    ),
    Operation(
        signs="+ - *",
        nodes=(exp.Mul,),
        gives=calculation,
        sqlite=in_range,
        duckdb=_multiply_on_duckdb,
        in_when=True,
        examples=("qty * 2", "price * qty", "price * 1.5", "fx * qty", "qty * price * fx"),
    ),
    Operation(
        signs="/",
        nodes=(exp.Div,),
        gives=calculation,
        sqlite=_divide_on_sqlite,
        duckdb=_divide_on_duckdb,
        in_when=True,
        examples=(
            "qty / 2",
            "qty / 3.0",
            "price / 3",
            "price / NULLIF(qty, 0)",
            "qty / qty2",
            "price / qty2",
            "fx / 2",
            "1.0 * qty / 7",
            "-qty / 4",
        ),
    ),
    Operation(
        functions="MOD",
        signs="%",
        nodes=(exp.Mod,),
        gives=calculation,
        sqlite=_remainder_on_sqlite,
        duckdb=_remainder_on_duckdb,
        in_when=True,
        examples=("qty % 3", "MOD(qty, 5)", "qty % qty2", "MOD(price, 3)", "-qty % 4"),
    ),
    Operation(
        functions="ABS",
        nodes=(exp.Abs,),
        gives=_same,
        in_when=True,
        examples=("ABS(qty)", "ABS(price)", "ABS(fx)", "ABS(-price)"),
    ),
    Operation(
        signs="-",
        nodes=(exp.Neg,),
        gives=_same,
        sqlite=in_range,
        postgresql=least_as_text,
        duckdb=least_as_text,
        in_when=True,
        examples=(
            "-qty",
            "-price",
            "-fx",
            "-(qty - 1)",
            "-9223372036854775808",
            "-9223372036854775808 < qty",
        ),
    ),
    Operation(
        functions="SIGN",
        nodes=(exp.Sign,),
        gives=_whole,
        examples=("SIGN(qty)", "SIGN(price)", "SIGN(fx)"),
        sqlite=partial(_on_sqlite, "sign"),
        in_when=True,
    ),
    Operation(
        functions="ROUND",
        nodes=(exp.Round,),
        gives=_rounded,
        sqlite=partial(_on_sqlite, "round_half_up"),
        in_when=True,
        examples=(
            "ROUND(price, 2)",
            "ROUND(price)",
            "ROUND(price / 3, 6)",
            "ROUND(qty, 2)",
            "ROUND(price, -1)",
            "ROUND(CAST(fx AS NUMERIC), 1)",
            "ROUND(price * qty, 1)",
            "ROUND(1.0 * qty / 8, 2)",
        ),
    ),
    Operation(
        functions="TRUNC",
        nodes=(exp.Trunc,),
        gives=_rounded,
        sqlite=partial(_on_sqlite, "truncate"),
        examples=("TRUNC(price, 1)", "TRUNC(price)", "TRUNC(-price, 2)"),
    ),
    Operation(
        functions="FLOOR",
        nodes=(exp.Floor,),
        gives=_whole,
        sqlite=partial(_unless_whole, "floor"),
        in_when=True,
        examples=("FLOOR(price)", "FLOOR(fx)", "FLOOR(qty)", "FLOOR(-price)"),
    ),
    Operation(
        functions="CEIL CEILING",
        nodes=(exp.Ceil,),
        gives=_whole,
        sqlite=partial(_unless_whole, "ceil"),
        in_when=True,
        examples=("CEIL(price)", "CEILING(fx)", "CEIL(qty)"),
    ),
    Operation(
        functions="POWER",
        nodes=(exp.Pow,),
        gives=_float,
        sqlite=partial(_on_sqlite, "power"),
        postgresql=_as_floats,
        examples=("POWER(qty, 2)", "POWER(fx, 2)", "POWER(price, 2)", "ROUND(POWER(qty, 2), 2)"),
    ),
    Operation(
        functions="SQRT",
        nodes=(exp.Sqrt,),
        gives=_float,
        sqlite=partial(_on_sqlite, "square_root"),
        postgresql=_as_floats,
        in_when=True,
        examples=("SQRT(ABS(price))", "SQRT(ABS(qty))", "ROUND(SQRT(ABS(qty)), 2)"),
    ),
    Operation(
        functions="LN",
        nodes=(exp.Ln,),
        gives=_float,
        sqlite=partial(_on_sqlite, "natural_log"),
        postgresql=_as_floats,
        examples=("LN(ABS(price) + 1)", "LN(ABS(fx) + 1)", "ROUND(LN(ABS(qty) + 1), 3)"),
    ),
    Operation(
        functions="LOG",
        nodes=(exp.Log,),
        gives=_logarithm,
        sqlite=lambda node: spine("log10", node.this),
        postgresql=_as_floats,
        examples=("LOG(ABS(price) + 1)", "LOG(ABS(fx) + 1)", "LOG(qty * qty + 1)"),
    ),
    Operation(
        functions="EXP",
        nodes=(exp.Exp,),
        gives=_float,
        sqlite=partial(_on_sqlite, "exponential"),
        postgresql=_as_floats,
        examples=("EXP(SIGN(fx))", "EXP(SIGN(price))", "ROUND(EXP(SIGN(qty)), 3)"),
    ),
)
