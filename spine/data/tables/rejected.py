"""Rows that a table cannot take: the errors that name them."""

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg

from spine.errors import RowRejectedError

from .target import Target

# What a database raises for rows that it does not take; the last for a key too long for PostgreSQL's index.
REFUSED = (
    sqlite3.IntegrityError,
    psycopg.IntegrityError,
    psycopg.DataError,
    psycopg.errors.ProgramLimitExceeded,
)
_SHOWN_CHARACTERS = 60


def described(values: Mapping[str, Any]) -> str:
    """A row as messages show it: ``(symbol='A', close=1.5, volume=NULL)``, long values cut."""
    return f"({', '.join(f'{name}={_shown(value)}' for name, value in values.items())})"


def null_rejected(
    target: Target, nulls: Mapping[str, int], place: str, row: Mapping[str, Any]
) -> RowRejectedError:
    """The error for NULLs, counted by column, in columns that may not hold them; ``row`` is the first."""
    counted = " and ".join(f"{name} ({number} rows)" for name, number in nulls.items())
    first = f"{place} {described(row)}".strip()
    return RowRejectedError(
        f"{target.table} takes no NULL in {counted}; the first such row is {first}. "
        "Declare the column nullable: true, or add a check such as "
        f"{{when: {next(iter(nulls))} IS NULL, action: drop}}.",
        row,
    )


def key_rejected(
    target: Target, count: int, places: Sequence[str], row: Mapping[str, Any]
) -> RowRejectedError:
    """The error for rows that have the same key; ``row`` is one of them."""
    where = f" ({', '.join(places)})" if places else ""
    if not target.key:
        return RowRejectedError(
            f"{target.table} has an empty key, so a partition has one row, and {count} rows came{where}. "
            "Declare the columns that tell them apart as the table's key, or make one row of them.",
            row,
        )
    key = described({name: row[name] for name in target.key})
    return RowRejectedError(
        f"{count} rows have the same key {key} of {target.table}{where}; one of them is {described(row)}. "
        "Add the columns that tell them apart to the table's key, or keep one of them (a check with action: "
        "drop, a GROUP BY, or the source).",
        row,
    )


def otherwise_rejected(target: Target, error: BaseException) -> RowRejectedError:
    """The error for rows that the database refused for another reason than their key or a NULL."""
    return RowRejectedError(
        f"the rows of {target.table} cannot be written: {' '.join(str(error).split())}", {}
    )


def _shown(value: Any) -> str:
    text = "NULL" if value is None else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _SHOWN_CHARACTERS else f"{text[:_SHOWN_CHARACTERS]}…"
