"""An input's rows in a stage's own DuckDB, for the checks of a file that look into it."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal

from spine.core.sql_tokens import sql_tokens
from spine.data.inputs.looked_into import LookedInto
from spine.data.tables.target import PROVENANCE, data_columns, quoted

from .duck import Duck
from .typed_values import duck_type


def bring(duck: Duck, looked: LookedInto, table: str, condition: str) -> None:
    """Copy the columns of the input that the condition names into a table of the DuckDB."""
    types = dict.fromkeys(PROVENANCE[:2], "VARCHAR")
    types |= {column.name: duck_type(column) for column in data_columns(looked.given.table)}
    named = {token.strip('"') for token in sql_tokens(condition)}
    columns = {name: kind for name, kind in types.items() if name in named} or {PROVENANCE[0]: "VARCHAR"}
    declared = ", ".join(f"{quoted(name)} {kind}" for name, kind in columns.items())
    duck.connection.execute(f"CREATE TABLE {table} ({declared})")
    values = ", ".join(
        f"CAST(unnest(CAST(${place} AS VARCHAR[])) AS {kind})"
        for place, kind in enumerate(columns.values(), start=1)
    )
    for batch in looked.columns(tuple(columns)):
        duck.connection.execute(f"INSERT INTO {table} SELECT {values}", _by_column(batch))


def _by_column(rows: Sequence[tuple[object, ...]]) -> list[list[str | None]]:
    return [[_text(value) for value in column] for column in zip(*rows, strict=True)]


def _text(value: object) -> str | None:
    """The value as DuckDB reads it."""
    match value:
        case None:
            return None
        case datetime():
            return value.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
        case Decimal():
            return format(value, "f")
        case dict() | list():
            return json.dumps(value)
    return str(value)
