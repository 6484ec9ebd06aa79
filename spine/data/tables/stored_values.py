"""A staged value as each database stores it, as DuckDB expressions: what spine.core.types would bind."""

from .target import DataColumn, quoted, quoted_text

_EXACT_IN_A_DOUBLE = 15  # digits


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
            if column.precision <= _EXACT_IN_A_DOUBLE:
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
        case "string" | "json":
            return f"""'"' || replace({value}, '"', '""') || '"'"""
        case "timestamp":
            return f"strftime({value}, '%Y-%m-%d %H:%M:%S.%f+00')"
        case _:
            return value
