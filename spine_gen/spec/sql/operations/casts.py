"""CAST, also written as ``::``, and days and instants in quotes. What cannot be cast fails everywhere."""

import re

from sqlglot import exp

from spine_gen.spec.sql.kinds import TEXTS, TRUTHS, Kind, kind_in_words

from .days import MIDNIGHT, day_problem, in_utc
from .operation import NOT_PORTABLE, TYPES, Operation, Values, bare, call, failing, kind_of, spine

_TARGETS: dict[str, Kind] = {
    "BIGINT": "integer", "INT": "integer", "SMALLINT": "integer", "TEXT": "string", "VARCHAR": "string",
    "DOUBLE": "float", "FLOAT": "float", "DECIMAL": "decimal", "BOOLEAN": "boolean", "DATE": "date",
    "TIMESTAMP": "timestamp", "TIMESTAMPTZ": "timestamp",
}  # fmt: skip
_WHOLE: frozenset[Kind] = frozenset({"integer", "total"})
_ANY: frozenset[Kind] = frozenset({"unknown", "null"})
_NUMBERS: frozenset[Kind] = _WHOLE | {"decimal", "float"}
# What may be cast to each kind.
_FROM: dict[Kind, frozenset[Kind]] = {
    "integer": _NUMBERS | TEXTS | TRUTHS,
    "string": _WHOLE | TEXTS | {"date"},
    "float": _NUMBERS | TEXTS,
    "decimal": _NUMBERS | TEXTS,
    "boolean": TRUTHS,
    "date": frozenset({"date", "timestamp", "literal", "string"}),
    "timestamp": frozenset({"date", "timestamp", "literal", "string"}),
}
_CASE = "write CASE WHEN … THEN … ELSE … END"
_ROUNDED = "keep it a number, or CAST the whole number that it is: CAST(CAST(… AS BIGINT) AS TEXT)"
_PART = "take a part of it: EXTRACT(YEAR FROM …), EXTRACT(EPOCH FROM …)"
_ADVICE: dict[Kind, str] = {"boolean": "compare it with a value: `x <> 0`"}
_ADVICE_OF_BOTH: dict[tuple[Kind, Kind], str] = {
    ("timestamp", "string"): "write TO_CHAR(…, 'YYYY-MM-DD HH24:MI:SS')",
    ("decimal", "string"): _ROUNDED,
    ("float", "string"): _ROUNDED,
    ("integer", "date"): "write the date in quotes: DATE '2025-12-31'",
    ("integer", "timestamp"): "write it in quotes: TIMESTAMP '2025-12-31 09:30:00'",
    **{
        (moment, number): _PART
        for moment in ("date", "timestamp")
        for number in ("integer", "decimal", "float")
    },
}
_SPACE = r"[ \t\n\v\f\r]*"
_INTEGER_TEXT = rf"{_SPACE}[+-]?[0-9]+{_SPACE}"
_NUMBER_TEXT = rf"{_SPACE}[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]+)?{_SPACE}"
# In texts that some versions of PostgreSQL take for numbers, and others do not: 0x1F, 1_000, NaN, Infinity.
_NOT_EVERYWHERE = "_xXoObBnNiI"


def _cast(values: Values, node: exp.Expr) -> Kind:
    given, name = values.kind(node.this), node.args["to"].this.name
    target = _TARGETS.get(name, "unknown")
    if values.dialect is not None or given in _ANY:
        return target
    if target == "unknown":
        values.report(
            NOT_PORTABLE,
            node,
            f"not every database has the type {name}",
            "use BIGINT, NUMERIC, DOUBLE PRECISION, TEXT, BOOLEAN, DATE or TIMESTAMP",
        )
    elif given not in _FROM[target]:
        what = f"the databases differ in how they cast {kind_in_words(given)} to {name}"
        advice = _ADVICE_OF_BOTH.get((given, target)) or _ADVICE.get(target, _CASE)
        values.report(NOT_PORTABLE, node, what, advice)
    elif target in ("date", "timestamp") and given in TEXTS:
        _moment(values, node, target)
    elif name in ("VARCHAR", "TEXT") and node.args["to"].expressions:
        values.report(
            NOT_PORTABLE, node, "SQLite does not cut a text to the length of a type", "write LEFT(…, length)"
        )
    if target in ("decimal", "float") and (node.this.meta.get("computed") or given == "float"):
        node.meta["computed"] = not (target == "decimal" and node.args["to"].expressions)
    return target


def _moment(values: Values, node: exp.Expr, target: Kind) -> None:
    literal = bare(node.this)
    text = literal.this if isinstance(literal, exp.Literal) else None
    if target == "timestamp" and text is not None and len(text) > 10:
        clock = text[10:]
        if not re.fullmatch(r"[ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\.[0-9]{1,6})?)?", clock):
            values.report(
                TYPES, literal, f"'{text}' is no timestamp", "write it as '2025-12-31 09:30:00', in UTC"
            )
        literal = exp.Literal.string(text[:10])
    if (problem := day_problem(literal)) is not None:
        values.report(TYPES if text else NOT_PORTABLE, node, *problem)


def _cast_on_sqlite(node: exp.Expr) -> exp.Expr:  # noqa: PLR0911  # a kind a line reads better
    given, value, to = kind_of(node.this), bare(node.this), node.args["to"]
    match _TARGETS.get(to.this.name, "unknown"):
        case "integer" if given in TEXTS:
            return spine("to_integer", value)
        case "integer" if given == "float":
            return spine("round_half_even", value)
        case "integer" if given in ("decimal", "total"):
            return spine("round_half_up", value)
        case "integer":
            return exp.cast(value.copy(), "integer")
        case "decimal" if to.expressions:
            number = spine("to_number", value) if given in TEXTS else value
            scale = to.expressions[1].this if len(to.expressions) > 1 else exp.Literal.number(0)
            return spine("numeric", number, to.expressions[0].this, scale)
        case "decimal" | "float" if given in TEXTS:
            return spine("to_number", value)
        case "decimal" | "float":
            return exp.cast(value.copy(), "double")
        case "date" | "timestamp" as target:
            return _moment_on_sqlite(value, given, target)
        case "boolean":
            return exp.paren(value.copy())
    return node


def _moment_on_sqlite(value: exp.Expr, given: Kind, target: Kind) -> exp.Expr:
    if given in TEXTS:
        text = str(value.this).replace("T", " ")
        return exp.Literal.string(text if target == "date" else _instant(text))
    if target == "date":
        return value if given == "date" else call("SUBSTR", value, 1, 10)
    return (
        value
        if given == "timestamp"
        else exp.DPipe(this=value.copy(), expression=exp.Literal.string(MIDNIGHT))
    )


def _instant(text: str) -> str:
    day, _, clock = text.partition(" ")
    clock, _, fraction = (clock or "00:00").partition(".")
    return f"{day} {clock}{':00' if clock.count(':') == 1 else ''}.{fraction:0<6}"


def _cast_on_postgresql(node: exp.Expr) -> exp.Expr:
    """Integers have 64 bits, as in spine's tables; instants are in UTC."""
    given, to = kind_of(node.this), node.args["to"]
    target = _TARGETS.get(to.this.name, "unknown")
    if given in TEXTS and target in _NUMBERS and not _is_plain(node.this):
        node.set("this", call("TRANSLATE", node.this, _NOT_EVERYWHERE, "?" * len(_NOT_EVERYWHERE)))
    match target:
        case "integer" if given in TRUTHS:
            return exp.cast(exp.cast(node.this.copy(), "int"), "bigint")
        case "integer" if to.this.name != "BIGINT":
            node.set("to", exp.DataType.build("bigint"))
        case "date" if given == "timestamp":
            node.set("this", in_utc(node.this))
        case "timestamp" if given == "timestamp":
            return exp.paren(node.this.copy())
        case "timestamp":
            plain = exp.cast(node.this.copy(), "timestamp")
            return in_utc(plain)
    return node


def _is_plain(node: exp.Expr) -> bool:
    """Whether it is written in quotes, as a number that everybody takes for one."""
    return isinstance(node, exp.Literal) and not set(node.this) & set(_NOT_EVERYWHERE)


def _cast_on_duckdb(node: exp.Expr) -> exp.Expr:
    given, to = kind_of(node.this), node.args["to"]
    match _TARGETS.get(to.this.name, "unknown"):
        case "integer":
            node.set("to", exp.DataType.build("bigint"))
            if given in TEXTS:
                wrong = exp.Not(this=call("regexp_full_match", node.this, _INTEGER_TEXT))
                return failing(wrong, "invalid input syntax for type bigint", node.copy())
            if given == "float":
                return exp.cast(call("round_even", node.this, 0), "bigint")
        case "decimal" | "float":
            if not to.expressions:
                node.set("to", exp.DataType.build("double"))
            if given in TEXTS:
                wrong = exp.Not(this=call("regexp_full_match", node.this, _NUMBER_TEXT))
                return failing(wrong, "invalid input syntax for type numeric", node.copy())
        case "timestamp":
            node.set("to", exp.DataType.build("timestamptz", dialect="duckdb"))
    return node


OPERATIONS = (
    Operation(
        functions="NUMERIC DECIMAL VARCHAR",
        keywords=(
            "CAST AS BIGINT INTEGER INT SMALLINT TEXT VARCHAR NUMERIC "
            "DECIMAL DOUBLE PRECISION BOOLEAN DATE TIMESTAMP"
        ),
        signs="::",
        nodes=(exp.Cast,),
        gives=_cast,
        sqlite=_cast_on_sqlite,
        postgresql=_cast_on_postgresql,
        duckdb=_cast_on_duckdb,
        in_when=True,
        examples=(
            "CAST(qty AS TEXT)",
            "qty::text",
            "CAST(price AS BIGINT)",
            "CAST(fx AS INTEGER)",
            "CAST(fx AS BIGINT)",
            "CAST(desk AS BIGINT)",
            "CAST(symbol AS NUMERIC)",
            "CAST('12' AS BIGINT)",
            "CAST(qty AS NUMERIC(12, 2))",
            "CAST(price AS NUMERIC(12, 1))",
            "CAST(price / 3 AS NUMERIC(14, 4))",
            "CAST(qty AS DOUBLE PRECISION)",
            "CAST(otc AS INTEGER)",
            "CAST(seen_at AS DATE)",
            "day::timestamp",
            "DATE '2025-01-31'",
            "TIMESTAMP '2025-01-31 10:00:00'",
            "CAST(day AS TEXT)",
            "CAST('1.5' AS NUMERIC)",
            "CAST('x' AS NUMERIC)",
            "CAST(desk AS NUMERIC)",
            "CAST(desk AS DOUBLE PRECISION)",
            "CAST('NaN' AS NUMERIC)",
        ),
    ),
)
