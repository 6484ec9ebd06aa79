"""Databases for examples: a fresh one for each, with the core tables, which is gone afterwards.

On SQLite a file in a temporary folder; on PostgreSQL a schema of its own, so that what else is in the
database is neither seen nor touched.
"""

import tempfile
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.database.engines import parse_url
from spine.core.database.schema import create_core
from spine.errors import DatabaseUrlError


@contextmanager
def fresh_database(url: str | None, tables: Iterable[sa.Table]) -> Iterator[Database]:
    """A database with those tables: in PostgreSQL where the URL is of one, else a SQLite file.

    Raises DatabaseUrlError for the URL of anything but PostgreSQL.
    """
    place = _sqlite_file() if url is None else _postgresql_schema(url)
    with place as own:
        database = Database.of(own)
        try:
            with database.write() as connection:
                create_core(connection)
                for table in tables:
                    connection.execute(sa.schema.CreateTable(table))
            yield database
        finally:
            database.dispose()


@contextmanager
def _sqlite_file() -> Iterator[sa.URL]:
    with tempfile.TemporaryDirectory(prefix="spine-example-") as folder:
        yield sa.URL.create("sqlite", database=str(Path(folder) / "example.db"))


@contextmanager
def _postgresql_schema(text: str) -> Iterator[sa.URL]:
    url = parse_url(text)
    if url.get_backend_name() != "postgresql":
        raise DatabaseUrlError(
            "examples run on SQLite in files of their own: name a PostgreSQL database to run them there too, "
            "or none"
        )
    schema = f"spine_example_{uuid.uuid4().hex}"
    admin = Database.of(url)
    try:
        with admin.write() as connection:
            connection.execute(sa.schema.CreateSchema(schema))
        try:
            given = url.query.get("options", ())
            options = " ".join([*([given] if isinstance(given, str) else given), f"-csearch_path={schema}"])
            yield url.update_query_dict({"options": options})
        finally:
            with admin.write() as connection:
                connection.execute(sa.schema.DropSchema(schema, cascade=True))
    finally:
        admin.dispose()
