"""A staged value as each database stores it, as DuckDB expressions: what spine.core.types would bind."""

from spine.core.types import SQLITE_DECIMAL_DIGITS

from .target import DataColumn, quoted, quoted_text

_EXPONENT = "[0-9][eE][+-]?[0-9]"
_TOKEN = r'"(?:[^"\\]|\\.)*"|[-+.0-9eE]+|[^-+.0-9eE"]+'  # of JSON: a string, a number, what is between
_NUMBER = r"(-?)([0-9]+)\.?([0-9]*)[eE]\+?(-?[0-9]+)"
# Of a number in those parts, the digits with the point where the exponent puts it.
_DIGITS = "(n.whole || n.fraction)"
_POINT = "CAST(length(n.whole) + CAST(n.exponent AS INTEGER) AS INTEGER)"
_WHOLE = f"ltrim(rpad(left({_DIGITS}, greatest({_POINT}, 0)), greatest({_POINT}, 0), '0'), '0')"
_FRACTION = f"repeat('0', greatest(-{_POINT}, 0)) || substr({_DIGITS}, greatest({_POINT}, 0) + 1)"
_MOVED = (
    f"n.sign || CASE {_WHOLE} WHEN '' THEN '0' ELSE {_WHOLE} END || '.' || "
    f"CASE {_FRACTION} WHEN '' THEN '0' ELSE {_FRACTION} END"
)


def sqlite_value(column: DataColumn) -> str:
    """The value as SQLite's driver binds it: text, integer or double."""
    value = quoted(column.name)
    match column.kind:
        case "boolean":
            return f"CAST({value} AS INTEGER)"
        case "date":
            return f"CAST({value} AS VARCHAR)"
        case "timestamp":
            return f"strftime({value}, '%Y-%m-%d %H:%M:%S.%f')"
        case "decimal":
            if column.precision <= SQLITE_DECIMAL_DIGITS:
                return f"CAST({value} AS {'DOUBLE' if column.scale else 'BIGINT'})"
            # DuckDB divides a decimal's digits as doubles, exact up to 15 only; text it parses exactly.
            return f"CAST(CAST({value} AS VARCHAR) AS DOUBLE)"
        case _:
            return value


def postgresql_line(columns: tuple[DataColumn, ...], constants: tuple[str, ...]) -> str:
    """One line of COPY's csv format: text always in quotes, so that an unquoted nothing is NULL."""
    fields = [_postgresql_field(column) for column in columns]
    fixed = "".join(f',"{constant.replace(chr(34), chr(34) * 2)}"' for constant in constants)
    # concat() takes NULL as nothing, which is how COPY has NULL.
    return f"concat({', chr(44), '.join(fields)}, {quoted_text(fixed)}, chr(10))"


def _postgresql_field(column: DataColumn) -> str:
    value = quoted(column.name)
    match column.kind:
        case "string":
            return _quoted(value)
        case "json":
            return _quoted(_without_exponents(value))
        case "timestamp":
            return f"strftime({value}, '%Y-%m-%d %H:%M:%S.%f+00')"
        case _:
            return value


def _quoted(value: str) -> str:
    return f"""'"' || replace({value}, '"', '""') || '"'"""


def _without_exponents(json: str) -> str:
    """The JSON text with its numbers written out, as spine.core.json_text has it for values from Python."""
    names = "['sign', 'whole', 'fraction', 'exponent']"
    numbers = (
        f"list_transform([regexp_extract(token, {quoted_text(_NUMBER)}, {names})], lambda n: {_MOVED})[1]"
    )
    token = f"CASE WHEN regexp_full_match(token, {quoted_text(_NUMBER)}) THEN {numbers} ELSE token END"
    tokens = f"list_transform(regexp_extract_all({json}, {quoted_text(_TOKEN)}), lambda token: {token})"
    return (
        f"CASE WHEN regexp_matches({json}, {quoted_text(_EXPONENT)}) "
        f"THEN array_to_string({tokens}, '') ELSE {json} END"
    )
