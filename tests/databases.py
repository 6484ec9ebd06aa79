"""What a database holds, to hold two against each other; and emptying one to fill it again another way."""

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from spine.core.database.schema import CORE_REVISION


def emptied(url: str) -> str:
    """The same database with nothing in it."""
    if url.startswith("sqlite"):
        file = url.removeprefix("sqlite:///")
        for name in (file, f"{file}-wal", f"{file}-shm"):
            Path(name).unlink(missing_ok=True)
    else:
        with _engine(url).begin() as connection:
            connection.exec_driver_sql("DROP SCHEMA public CASCADE")
            connection.exec_driver_sql("CREATE SCHEMA public")
    return url


def schema_of(url: str) -> dict[str, Any]:
    """Every table and view by name: its columns in order, its key and its indexes."""
    inspector = sa.inspect(_engine(url))
    tables, views = inspector.get_table_names(), inspector.get_view_names()
    return {
        name: (
            [(one["name"], str(one["type"]), one["nullable"]) for one in inspector.get_columns(name)],
            inspector.get_pk_constraint(name) if name in tables else None,
            sorted((one["name"], one["column_names"], one["unique"]) for one in inspector.get_indexes(name))
            if name in tables
            else None,
        )
        for name in sorted([*tables, *views])
    }


def rows_of(url: str, sql: str) -> list[tuple[Any, ...]]:
    """What a query answers."""
    with _engine(url).connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql(sql)]


def run_script(url: str, script: str) -> None:
    """Run a script as a person does with the database's own client: all of it, as it is."""
    connection = _engine(url).raw_connection()
    try:
        driver: Any = connection.driver_connection
        if url.startswith("sqlite"):
            driver.executescript(script)
        else:
            driver.autocommit = True
            driver.execute(script)
    finally:
        connection.close()


def _engine(url: str) -> sa.Engine:
    return sa.create_engine(url, poolclass=sa.NullPool)


# Statements that leave a database as it was before it kept which revisions it ran.
FORGET_REVISIONS = (
    "ALTER TABLE core_anomalies DROP COLUMN stands_for",
    "DROP TABLE core_awaited_inputs",
    "DROP TABLE core_revisions",
    f"UPDATE alembic_version SET version_num = 'spine_core_0003' WHERE version_num = '{CORE_REVISION}'",  # noqa: S608
)
