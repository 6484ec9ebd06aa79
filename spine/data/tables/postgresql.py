"""Rows into a PostgreSQL table: COPY of ready-made text, inside the stage's transaction."""

from collections.abc import Iterable, Sequence

import psycopg
import sqlalchemy as sa

from .target import quoted


def copy_lines(connection: sa.Connection, table: str, columns: Sequence[str], blocks: Iterable[str]) -> None:
    """Copy blocks of lines in COPY's csv format into the table."""
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    names = ", ".join(quoted(name) for name in columns)
    statement = f"COPY {quoted(table)} ({names}) FROM STDIN (FORMAT csv)".encode()
    with driver.cursor() as cursor, cursor.copy(statement) as copy:
        for block in blocks:
            copy.write(block)
