"""A SQLite database that was made with JSON columns gets TEXT ones, and loses nothing on the way."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from spine.core.database.database import Database
from spine.core.types import Json
from spine.errors import MigrationError
from spine.migrations.json_columns import retype_json_columns

# As databases were made before, and what their owners may have added.
OLD = """
CREATE TABLE core_manifest (
    capture_id VARCHAR(36) NOT NULL, status TEXT, PRIMARY KEY (capture_id)
) WITHOUT ROWID;
CREATE TABLE core_anomalies (
    id INTEGER NOT NULL,
    capture_id VARCHAR(36) NOT NULL,
    message TEXT, -- JSON, (says) this comment
    context JSON,
    PRIMARY KEY (id),
    FOREIGN KEY(capture_id) REFERENCES core_manifest (capture_id)
);
CREATE INDEX ix_core_anomalies_capture ON core_anomalies (capture_id);
CREATE TABLE core_runs (
    run_id TEXT NOT NULL, params JSON DEFAULT '{"a, JSON": 1}', "json" TEXT CHECK (json <> 'x, params JSON'),
    PRIMARY KEY (run_id)
);
CREATE TABLE core_run_steps (
    run_id TEXT NOT NULL, position INTEGER NOT NULL, PRIMARY KEY (run_id, position),
    FOREIGN KEY(run_id) REFERENCES core_runs (run_id) ON DELETE CASCADE
) WITHOUT ROWID;
CREATE TABLE "the table" (
    "the ""doc" JSON NOT NULL, id BIGINT NOT NULL, [more] json, partition_key VARCHAR NOT NULL,
    capture_id VARCHAR(36) NOT NULL, CONSTRAINT pk PRIMARY KEY (capture_id, id)
) WITHOUT ROWID;
CREATE TABLE theirs (doc JSON);
CREATE VIEW the_view AS SELECT t.id, t."the ""doc" AS doc FROM "the table" AS t;
CREATE INDEX doc_index ON "the table" (more, "the ""doc");
CREATE UNIQUE INDEX expression_index ON "the table" (id, typeof(more)) WHERE more > 4;
CREATE TABLE log (what TEXT);
CREATE TRIGGER on_update AFTER UPDATE ON "the table" BEGIN INSERT INTO log VALUES (new.more); END;
CREATE TRIGGER no_delete BEFORE DELETE ON core_runs BEGIN SELECT RAISE(ABORT, 'runs stay'); END;
INSERT INTO core_manifest VALUES ('c', 'COMPLETE');
INSERT INTO core_anomalies VALUES
    (7, 'c', 'm', '12345678901234567890'), (9, 'c', 'm', '{"a": 1}'), (11, 'c', 'm', NULL);
INSERT INTO core_runs (run_id) VALUES ('r');
INSERT INTO core_run_steps VALUES ('r', 1);
INSERT INTO "the table" VALUES
    ('5', 1, '0.1234567890123456789', 'k', 'c'),
    ('[5]', 2, '1e400', 'k', 'c'), ('"5"', 3, '-1e400', 'k', 'c'),
    ('9007199254740993', 4, NULL, 'k', 'c'), ('-0.5', 5, '7', 'k', 'c'), ('1e23', 6, 'true', 'k', 'c');
INSERT INTO theirs VALUES ('5');
"""
READ = (
    'SELECT id, "the ""doc", more FROM "the table" ORDER BY id',
    "SELECT id, context FROM core_anomalies ORDER BY id",
    "SELECT run_id, params FROM core_runs",
)


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """An old database."""
    path = tmp_path / "old.db"
    connection = sqlite3.connect(path)
    connection.executescript(OLD)
    connection.close()
    yield path


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    opened = Database.of(f"sqlite:///{file}")
    yield opened
    opened.dispose()


def dump(file: Path) -> list[tuple[Any, ...]]:
    """Everything in the file."""
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema").fetchall()
    for kind, name, _, _ in tuple(found):
        if kind == "table":
            found += connection.execute(f"SELECT '{name}', * FROM \"{name}\"").fetchall()  # noqa: S608
    connection.close()
    return sorted(found, key=repr)


def execute(file: Path, *statements: str) -> None:
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def documents(database: Database) -> list[Any]:
    """What readers read of each document."""
    found: list[Any] = []
    with database.read() as connection:
        for table, columns in (
            ("the table", ('the "doc', "more")),
            ("core_anomalies", ("context",)),
            ("core_runs", ("params",)),
        ):
            described = sa.table(table, *(sa.column(name, Json()) for name in columns))
            found += [tuple(row) for row in connection.execute(sa.select(described))]
    return found


def types(file: Path, table: str) -> dict[str, str]:
    connection = sqlite3.connect(file)
    found = connection.execute("SELECT name, type FROM pragma_table_xinfo(?)", (table,)).fetchall()
    connection.close()
    return dict(found)


def test_only_the_types_change(file: Path, database: Database) -> None:
    before, read_before = dump(file), documents(database)
    other = sqlite3.connect(file)
    other.execute("SELECT * FROM core_runs").fetchall()
    with database.write() as connection:
        assert retype_json_columns(connection) == ("core_anomalies", "core_runs", "the table")
    assert documents(database) == read_before
    assert (9007199254740993, None) in read_before
    assert types(file, "the table") == {
        'the "doc': "TEXT",
        "id": "BIGINT",
        "more": "TEXT",
        "partition_key": "VARCHAR",
        "capture_id": "VARCHAR(36)",
    }
    assert types(file, "core_runs") == {"run_id": "TEXT", "params": "TEXT", "json": "TEXT"}
    assert types(file, "theirs") == {"doc": "JSON"}  # none of ours

    definitions = {row[1]: row[3] for row in before if row[0] == "table"}
    assert {row[1]: row[3] for row in dump(file) if row[0] == "table"} == definitions | {
        "core_anomalies": definitions["core_anomalies"].replace("context JSON", "context TEXT"),
        "core_runs": definitions["core_runs"].replace("params JSON D", "params TEXT D"),
        "the table": definitions["the table"]
        .replace('"the ""doc" JSON', '"the ""doc" TEXT')
        .replace("[more] json", "[more] TEXT"),
    }
    assert [row for row in dump(file) if row[0] in ("index", "trigger", "view")] == [
        row for row in before if row[0] in ("index", "trigger", "view")
    ]
    assert [row for row in dump(file) if row[0] == "log"] == []  # no trigger noticed
    for query in READ:
        assert all(
            value is None or isinstance(value, str) for row in other.execute(query) for value in row[1:]
        )
    other.execute("INSERT INTO core_anomalies VALUES (12, 'c', 'm', '12345678901234567890')")
    assert other.execute("SELECT context FROM core_anomalies WHERE id = 12").fetchone() == (
        "12345678901234567890",
    )
    other.rollback()
    problems = {row[0] for row in other.execute("PRAGMA integrity_check")}
    assert all(problem.startswith("NULL value in") for problem in problems - {"ok"})  # SQLite 3.40's mistake
    assert other.execute("PRAGMA foreign_key_check").fetchall() == []
    assert other.execute("SELECT id FROM \"the table\" INDEXED BY doc_index WHERE more = '7'").fetchall() == [
        (5,)
    ]
    other.close()
    after = dump(file)
    with database.write() as connection:
        assert retype_json_columns(connection) == ()
    assert dump(file) == after


def test_a_transaction_that_is_rolled_back_leaves_all_as_it_was(file: Path, database: Database) -> None:
    before = dump(file)

    class GivenUp(Exception):
        pass

    with pytest.raises(GivenUp), database.write() as connection:
        retype_json_columns(connection)
        raise GivenUp
    assert dump(file) == before
    with database.write() as connection:  # this connection has forgotten it, too
        connection.execute(sa.text("INSERT INTO core_anomalies VALUES (13, 'c', 'm', '5')"))
        kind = connection.execute(sa.text("SELECT typeof(context) FROM core_anomalies WHERE id = 13"))
        assert kind.scalar_one() == "integer"
        assert len(retype_json_columns(connection)) == 3
    assert types(file, "core_anomalies")["context"] == "TEXT"


def test_a_process_that_is_killed_leaves_all_as_it_was(file: Path) -> None:
    before = dump(file)
    code = (
        "import os, sys\n"
        "from spine.core.database.database import Database\n"
        "from spine.migrations.json_columns import retype_json_columns\n"
        "with Database.of(sys.argv[1]).write() as connection:\n"
        "    assert retype_json_columns(connection)\n"
        "    os._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, f"sqlite:///{file}"], check=False)
    assert done.returncode == 9
    assert dump(file) == before


def test_a_constraint_that_takes_no_text_is_named(file: Path, database: Database) -> None:
    definition = "(doc JSON CHECK (typeof(doc) = 'integer'), partition_key TEXT, capture_id TEXT)"
    execute(file, f"CREATE TABLE checked {definition}", "INSERT INTO checked VALUES ('5', 'k', 'c')")
    before = dump(file)
    with (
        pytest.raises(MigrationError, match="checked does not take the text of the numbers in doc"),
        database.write() as connection,
    ):
        retype_json_columns(connection)
    assert dump(file) == before


def test_a_document_in_a_key_is_somebody_elses(file: Path, database: Database) -> None:
    definition = "(doc JSON PRIMARY KEY, partition_key TEXT, capture_id TEXT) WITHOUT ROWID"
    execute(file, f"CREATE TABLE keyed {definition}", "INSERT INTO keyed VALUES ('10', 'k', 'c')")
    with database.write() as connection:
        assert "keyed" not in retype_json_columns(connection)
    assert types(file, "keyed")["doc"] == "JSON"


def test_there_is_nothing_to_do_on_postgresql(postgresql_url: str) -> None:
    opened = Database.of(postgresql_url)
    with opened.write() as connection:
        assert retype_json_columns(connection) == ()
    opened.dispose()
