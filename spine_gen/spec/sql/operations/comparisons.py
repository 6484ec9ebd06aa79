"""Comparisons and what joins them. Texts compare by their bytes, as in PostgreSQL's collation "C"."""

from collections.abc import Sequence
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from spine_gen.spec.sql.kinds import TEXTS, TRUTHS, Kind, kind_in_words

from .exactness import NOT_EQUAL, exact_on_duckdb, exact_on_sqlite, inexact_among
from .operation import NOT_PORTABLE, TYPES, Operation, Values, bare, call, fixed, kind_of, spine

_ORDERS = (exp.LT, exp.LTE, exp.GT, exp.GTE)
_SMALL = str.maketrans(ascii_uppercase, ascii_lowercase)
_ALIKE = (exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ)
_CHAINED = (exp.EQ, exp.NEQ, *_ORDERS)
# Texts in a database's own collation: nothing of a column, whose collation is "C", is in them.
_OWN_COLLATION = (exp.Cast, exp.TimeToStr)


def by_bytes(node: exp.Expr) -> exp.Expr:
    """The text with the collation "C", where it does not have that from a column."""
    if kind_of(node) not in TEXTS or (any(node.find_all(exp.Column)) and not _is_cast(node)):
        return node
    return exp.Collate(this=exp.paren(node.copy()), expression=exp.to_identifier("C", quoted=True))


def folded(node: exp.Expr) -> exp.Expr:
    """On DuckDB: the text in small letters of ASCII."""
    if isinstance(node, exp.Literal) and node.is_string:
        return exp.Literal.string(str(node.this).translate(_SMALL))
    return call("translate", node, ascii_uppercase, ascii_lowercase)


def _is_cast(node: exp.Expr) -> bool:
    """Whether all that a text has of columns was no text in them."""
    return all(
        column.find_ancestor(*_OWN_COLLATION) is not None and kind_of(column) not in TEXTS
        for column in node.find_all(exp.Column)
    )


def _comparison(values: Values, node: exp.Expr) -> Kind:
    first, *others = node.iter_expressions()
    if values.dialect != "sqlite" and any(isinstance(part, _CHAINED) for part in (first, *others)):
        advice = "join them by AND, or put the inner one in brackets"
        values.report(NOT_PORTABLE, node, "PostgreSQL has no comparisons in a chain", advice)
        return "condition"
    values.compare(node, first, others)
    if isinstance(node, _ALIKE):
        check_exact(values, node, [first, *others])
    return "condition"


def check_exact(values: Values, node: exp.Expr, parts: Sequence[exp.Expr]) -> None:
    """SQLite computes decimals as doubles: what is equal on PostgreSQL may differ there by a hair."""
    if values.dialect is None and inexact_among(parts) is not None:
        values.report(NOT_PORTABLE, node, NOT_EQUAL, "round it: ROUND(…, places), or compare with < and >")


def _in(values: Values, node: exp.Expr) -> Kind:
    query = node.args.get("query")
    if query is None and not node.expressions and values.dialect != "sqlite":
        values.report(NOT_PORTABLE, node, "PostgreSQL has no IN without values", "write what it may be")
    values.compare(node, node.this, node.expressions if query is None else [query])
    check_exact(values, node, [node.this, *node.expressions, *([] if query is None else [query])])
    return "condition"


def _between(values: Values, node: exp.Expr) -> Kind:
    values.compare(node, node.this, [node.args["low"], node.args["high"]])
    return "condition"


def _is(values: Values, node: exp.Expr) -> Kind:
    kind = values.kind(node.this)
    if values.dialect is None and not isinstance(node.expression, exp.Boolean | exp.Null):
        values.report(
            NOT_PORTABLE, node, "IS takes NULL, TRUE or FALSE", "write `=`, or IS NOT DISTINCT FROM"
        )
    if isinstance(node.expression, exp.Boolean) and kind not in (*TRUTHS, "unknown", "null"):
        what = f"{kind_in_words(kind)} is not true or false"
        values.report(TYPES, node, what, "compare it with a value")
    return "condition"


def _junction(values: Values, node: exp.Expr) -> Kind:
    for child in node.iter_expressions():
        values.condition(child)
    return "condition"


def _like(values: Values, node: exp.Expr) -> Kind:
    for kind, part in zip(values.kinds(node), node.iter_expressions(), strict=True):
        if kind not in (*TEXTS, "unknown", "null"):
            what = f"{node.key.upper()} needs texts, and this is {kind_in_words(kind)}"
            values.report(TYPES, part, what, "CAST it AS TEXT first")
    return "condition"


def _escape(values: Values, node: exp.Expr) -> Kind:
    literal = node.expression
    if not (isinstance(literal, exp.Literal) and literal.is_string and len(literal.this) == 1):
        values.report(TYPES, node, "ESCAPE needs one character in quotes", "write it: ESCAPE '!'")
    return values.kind(node.this)


def _like_on_sqlite(node: exp.Expr) -> exp.Expr:
    name = "ilike" if isinstance(node, exp.ILike) else "like"
    found = spine(name, bare(node.this), bare(node.expression))
    return exp.Not(this=found) if node.args.get("negate") else found


def _escape_on_sqlite(node: exp.Expr) -> exp.Expr:
    """Its LIKE has been made a call by then."""
    found = node.this.this if isinstance(node.this, exp.Not) else node.this
    found.append("expressions", node.expression.copy())
    inner: exp.Expr = node.this
    return inner


def _ilike_on_postgresql(node: exp.Expr) -> exp.Expr:
    node.set("this", by_bytes(node.this))
    return node


def _ilike_on_duckdb(node: exp.Expr) -> exp.Expr:
    like = exp.Like(this=folded(node.this), expression=folded(node.expression))
    return exp.Not(this=exp.paren(like)) if node.args.get("negate") else _like_on_duckdb(like)


def _like_on_duckdb(node: exp.Expr) -> exp.Expr:
    """Where there is no ESCAPE, PostgreSQL's is the backslash, and DuckDB has none."""
    if isinstance(node.parent, exp.Escape):
        return node
    return exp.Escape(this=node.copy(), expression=exp.Literal.string("\\"))


def _ordered_on_postgresql(node: exp.Expr) -> exp.Expr:
    for name in ("this", "expression", "low", "high"):
        if (part := node.args.get(name)) is not None and kind_of(part) in TEXTS:
            node.set(name, by_bytes(part))
            break  # one explicit collation decides
    return node


def _needs_collation(node: exp.Expr) -> exp.Expr:
    parts = [node.args[name] for name in ("this", "expression", "low", "high") if node.args.get(name)]
    if all(kind_of(part) in TEXTS and by_bytes(part) is not part for part in parts):
        return _ordered_on_postgresql(node)
    return node


def _null_safe_on_sqlite(node: exp.Expr) -> exp.Expr:
    same = exp.Is(this=node.this.copy(), expression=node.expression.copy())
    return exp.Not(this=same) if isinstance(node, exp.NullSafeNEQ) else same


OPERATIONS = (
    Operation(
        signs="= <> !=",
        nodes=(exp.EQ, exp.NEQ),
        gives=_comparison,
        in_when=True,
        examples=(
            "qty = 3",
            "symbol <> 'A'",
            "price = 10.5",
            "day = '2025-01-05'",
            "otc = TRUE",
            "desk != ''",
        ),
    ),
    Operation(
        keywords="IS DISTINCT FROM",
        nodes=(exp.NullSafeEQ, exp.NullSafeNEQ),
        gives=_comparison,
        sqlite=_null_safe_on_sqlite,
        in_when=True,
        examples=(
            "desk IS DISTINCT FROM symbol",
            "price IS NOT DISTINCT FROM NULL",
            "desk IS DISTINCT FROM 'D1'",
        ),
    ),
    Operation(
        signs="< <= > >=",
        nodes=_ORDERS,
        gives=_comparison,
        sqlite=exact_on_sqlite,
        duckdb=exact_on_duckdb,
        postgresql=_needs_collation,
        in_when=True,
        examples=(
            "qty < 3",
            "price >= 10.5",
            "symbol < desk",
            "desk > 'D'",
            "day <= '2025-01-05'",
            "fx > 0",
            "CAST(qty AS TEXT) < '5'",
            "price * qty > 20",
            "price - 0.1 <= 2.575",
            "price * 1.1 < price + 0.1",
        ),
    ),
    Operation(
        keywords="BETWEEN",
        nodes=(exp.Between,),
        gives=_between,
        sqlite=exact_on_sqlite,
        duckdb=exact_on_duckdb,
        postgresql=_needs_collation,
        in_when=True,
        examples=(
            "qty BETWEEN 1 AND 7",
            "symbol BETWEEN 'A' AND 'a'",
            "day NOT BETWEEN '2025-01-01' AND '2025-02-01'",
        ),
    ),
    Operation(
        keywords="IN",
        nodes=(exp.In,),
        gives=_in,
        in_when=True,
        examples=("qty IN (1, 7)", "desk NOT IN ('D1', 'D2')", "price IN (10, 10.25)"),
    ),
    Operation(
        keywords="IS NULL NOT TRUE FALSE",
        nodes=(exp.Is,),
        gives=_is,
        in_when=True,
        examples=(
            "desk IS NULL",
            "price IS NOT NULL",
            "otc IS TRUE",
            "otc IS NOT FALSE",
            "(qty > 1) IS TRUE",
        ),
    ),
    Operation(
        keywords="AND OR NOT",
        nodes=(exp.And, exp.Or, exp.Not),
        gives=_junction,
        in_when=True,
        examples=("otc AND qty > 1", "NOT otc", "otc OR desk IS NULL", "NOT (qty = 1 OR qty = 7)"),
    ),
    Operation(
        keywords="LIKE",
        nodes=(exp.Like,),
        gives=_like,
        sqlite=_like_on_sqlite,
        duckdb=_like_on_duckdb,
        in_when=True,
        examples=("symbol LIKE 'A%'", "desk NOT LIKE '_1'", "symbol LIKE desk", "desk LIKE '%a%'"),
    ),
    Operation(
        keywords="ESCAPE",
        nodes=(exp.Escape,),
        gives=_escape,
        sqlite=_escape_on_sqlite,
        in_when=True,
        examples=("symbol LIKE 'A!%%' ESCAPE '!'",),
    ),
    Operation(
        keywords="ILIKE",
        nodes=(exp.ILike,),
        gives=_like,
        sqlite=_like_on_sqlite,
        postgresql=_ilike_on_postgresql,
        duckdb=_ilike_on_duckdb,
        in_when=True,
        examples=("symbol ILIKE 'a%'", "desk NOT ILIKE 'd_'", "symbol ILIKE 'ä%'"),
    ),
    Operation(
        keywords="EXISTS",
        nodes=(exp.Boolean,),
        gives=fixed("boolean"),
        in_when=True,
        examples=("TRUE", "FALSE"),
    ),
)
