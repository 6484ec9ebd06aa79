"""Texts. Letters change their case within ASCII, as in PostgreSQL's collation "C"."""

from functools import partial
from string import ascii_lowercase, ascii_uppercase

from sqlglot import exp

from spine_gen.spec.sql.kinds import TEXTS, Kind, kind_in_words

from .comparisons import by_bytes, folded
from .numbers import name_of_call
from .operation import NOT_PORTABLE, TYPES, Operation, Values, bare, call, kind_of, short, spine

_OPEN: frozenset[Kind] = frozenset({"unknown", "null"})
_WRITTEN_ALIKE: frozenset[Kind] = TEXTS | _OPEN | {"integer", "total", "date"}


def text_of_first(values: Values, node: exp.Expr) -> Kind:
    kinds = values.kinds(node)
    if node.this is None:
        values.report(TYPES, node, f"{name_of_call(node)} needs a text", "write it in the brackets")
    if values.dialect != "sqlite" and kinds and kinds[0] not in TEXTS | _OPEN:
        what = f"{name_of_call(node)} needs text, and this is {kind_in_words(kinds[0])}"
        values.report(TYPES, node, what, "CAST it AS TEXT first")
    return "string"


def count_of_first(values: Values, node: exp.Expr) -> Kind:
    text_of_first(values, node)
    return "integer"


def truth_of_first(values: Values, node: exp.Expr) -> Kind:
    text_of_first(values, node)
    return "condition"


def _texts(values: Values, node: exp.Expr) -> Kind:
    if any(kind not in TEXTS | _OPEN for kind in values.kinds(node)) and values.dialect != "sqlite":
        what = f"{name_of_call(node)} needs texts"
        values.report(TYPES, node, what, "write the values in quotes, or CAST them AS TEXT")
    if isinstance(node, exp.Replace) and node.args.get("replacement") is None:
        values.report(TYPES, node, "REPLACE takes three texts", "write REPLACE(text, old, new)")
    return "string"


def _joined(values: Values, node: exp.Expr) -> Kind:
    kinds = values.kinds(node)
    odd = next((kind for kind in kinds if kind not in _WRITTEN_ALIKE), None)
    if odd is not None and values.dialect is None:
        what = f"the databases write {kind_in_words(odd)} differently"
        values.report(
            NOT_PORTABLE,
            node,
            what,
            "write it as text first: TO_CHAR of a timestamp, ROUND of a number into an integer",
        )
    elif (
        values.dialect != "sqlite"
        and isinstance(node, exp.DPipe)
        and not any(kind in TEXTS | _OPEN for kind in kinds)
    ):
        values.report(TYPES, node, "`||` needs a text on one side", "CAST one of them AS TEXT")
    return "string"


def _cased_on_postgresql(node: exp.Expr) -> exp.Expr:
    node.set("this", by_bytes(node.this))
    return node


def _character(values: Values, node: exp.Expr) -> Kind:
    kinds = values.kinds(node)
    literal = node.expressions[0] if len(node.expressions) == 1 else None
    if values.dialect is None and (
        not isinstance(literal, exp.Literal) or kinds != ["integer"] or literal.this == "0"
    ):
        values.report(
            NOT_PORTABLE, node, "CHR takes the number of one character", "write it: CHR(9) is a tab"
        )
    return "string"


def _initcap_on_postgresql(node: exp.Expr) -> exp.Expr:
    return call("INITCAP", by_bytes(node.this))


def _initcap_on_duckdb(node: exp.Expr) -> exp.Expr:
    """Word by word: of what is between words nothing changes."""
    words = f"regexp_extract_all({folded(node.this).sql(dialect='duckdb')}, '[0-9a-z]+|[^0-9a-z]+')"
    first = f"translate(word[1], '{ascii_lowercase}', '{ascii_uppercase}')"
    return call("array_to_string", exp.var(f"list_transform({words}, lambda word: {first} || word[2:])"), "")


def _cased_on_duckdb(node: exp.Expr) -> exp.Expr:
    if isinstance(node, exp.Lower):
        return folded(node.this)
    return call("translate", node.this, ascii_lowercase, ascii_uppercase)


def _concat_on_sqlite(node: exp.Expr) -> exp.Expr:
    """NULL is nothing."""
    return spine("concat_ws", "", *(bare(part) for part in node.expressions))


def every_part(name: str, node: exp.Expr) -> exp.Expr:
    parts = [part for part in node.iter_expressions() if isinstance(part, exp.Expr)]
    return spine(name, *(bare(part) for part in parts))


def _pad(node: exp.Expr) -> exp.Expr:
    fill = node.args.get("fill_pattern")
    name = "lpad" if node.args.get("is_left") else "rpad"
    return spine(name, node.this, node.expression, *([] if fill is None else [fill]))


def _trim_on_sqlite(node: exp.Expr) -> exp.Expr:
    name = {"LEADING": "LTRIM", "TRAILING": "RTRIM"}.get(str(node.args.get("position")), "TRIM")
    rest = [] if node.expression is None else [node.expression]
    return call(name, node.this, *rest)


def short_counts(node: exp.Expr) -> exp.Expr:
    for name in ("start", "length", "expression", "times", "part_index"):
        part = node.args.get(name)
        if part is not None and kind_of(part) in ("integer", "total"):
            node.set(name, short(part))
    return node


OPERATIONS = (
    Operation(
        signs="||",
        nodes=(exp.DPipe,),
        gives=_joined,
        in_when=True,
        examples=(
            "symbol || '-' || desk",
            "symbol || qty",
            "symbol || day",
            "CAST(qty AS TEXT) || '-' || symbol",
        ),
    ),
    Operation(
        functions="CONCAT",
        nodes=(exp.Concat,),
        gives=_joined,
        sqlite=_concat_on_sqlite,
        in_when=True,
        examples=("CONCAT(symbol, '-', desk)", "CONCAT(desk, qty)", "CONCAT(desk)"),
    ),
    Operation(
        functions="CONCAT_WS",
        nodes=(exp.ConcatWs,),
        gives=_joined,
        sqlite=partial(every_part, "concat_ws"),
        examples=("CONCAT_WS('/', symbol, desk, qty)",),
    ),
    Operation(
        functions="UPPER LOWER",
        nodes=(exp.Upper, exp.Lower),
        gives=text_of_first,
        postgresql=_cased_on_postgresql,
        duckdb=_cased_on_duckdb,
        in_when=True,
        examples=(
            "UPPER(symbol)",
            "LOWER(desk)",
            "UPPER('ärzte' || symbol)",
            "UPPER('ärzte')",
            "LOWER(desk) = 'd1'",
        ),
    ),
    Operation(
        functions="TRIM LTRIM RTRIM BTRIM",
        keywords="BOTH LEADING TRAILING",
        nodes=(exp.Trim,),
        gives=text_of_first,
        sqlite=_trim_on_sqlite,
        in_when=True,
        examples=(
            "TRIM(symbol)",
            "LTRIM(desk)",
            "RTRIM(symbol, 'A')",
            "TRIM(BOTH 'D' FROM desk)",
            "TRIM(LEADING '0' FROM desk)",
        ),
    ),
    Operation(
        functions="LENGTH CHAR_LENGTH CHARACTER_LENGTH",
        nodes=(exp.Length,),
        gives=count_of_first,
        in_when=True,
        examples=("LENGTH(symbol)", "CHAR_LENGTH(desk)", "LENGTH('ärzte' || desk)"),
    ),
    Operation(
        functions="REPLACE",
        nodes=(exp.Replace,),
        gives=_texts,
        in_when=True,
        examples=("REPLACE(symbol, 'A', 'bb')", "REPLACE(desk, '', 'x')"),
    ),
    Operation(
        functions="LPAD RPAD",
        nodes=(exp.Pad,),
        gives=text_of_first,
        sqlite=_pad,
        postgresql=short_counts,
        examples=("LPAD(symbol, 6, '0')", "RPAD(desk, 4)", "LPAD(symbol, 2)", "RPAD(symbol, 7, 'xy')"),
    ),
    Operation(
        functions="REPEAT",
        nodes=(exp.Repeat,),
        gives=text_of_first,
        sqlite=partial(every_part, "repeat"),
        postgresql=short_counts,
        examples=("REPEAT(symbol, 2)", "REPEAT(desk, 0)"),
    ),
    Operation(
        functions="REVERSE",
        nodes=(exp.Reverse,),
        gives=text_of_first,
        sqlite=partial(every_part, "reverse"),
        examples=("REVERSE(symbol)",),
    ),
    Operation(
        functions="CHR",
        nodes=(exp.Chr,),
        gives=_character,
        sqlite=lambda node: call("CHAR", *node.expressions),
        in_when=True,
        examples=("symbol || CHR(9)", "CHR(65) = symbol", "CHR(228) || desk"),
    ),
    Operation(
        functions="INITCAP",
        nodes=(exp.Initcap,),
        gives=text_of_first,
        sqlite=lambda node: spine("initcap", node.this),
        postgresql=_initcap_on_postgresql,
        duckdb=_initcap_on_duckdb,
        in_when=True,
        examples=("INITCAP(symbol)", "INITCAP('hello wORLD-x_y ' || desk)"),
    ),
    Operation(
        functions="TRANSLATE",
        nodes=(exp.Translate,),
        gives=_texts,
        sqlite=lambda node: spine("translate", node.this, node.args["from_"], node.args["to"]),
        examples=("TRANSLATE(symbol, 'AM', 'x')", "TRANSLATE(desk, 'D1', 'ab')"),
    ),
)
