"""Rows into a SQLite table: executemany in batches, inside the stage's transaction."""

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from .target import quoted, quoted_text


def write_sqlite(
    connection: sa.Connection,
    table: str,
    columns: Sequence[str],
    constants: Mapping[str, str],
    rows: Iterable[Sequence[Any]],
) -> None:
    """Insert the rows, with the constants' columns the same in each.

    The constants are literals in the statement: binding them anew for each row takes a quarter more time.
    """
    names = ", ".join(quoted(name) for name in (*columns, *constants))
    values = ", ".join(["?"] * len(columns) + [quoted_text(value) for value in constants.values()])
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    driver.executemany(f"INSERT INTO {quoted(table)} ({names}) VALUES ({values})", rows)
