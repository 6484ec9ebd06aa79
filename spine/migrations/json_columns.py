"""Columns that a SQLite database has declared as JSON become TEXT, in place, in the caller's transaction.

SQLite gives a declared type JSON the affinity of numbers: text that looks like one is stored as a 64-bit
integer or a double, altered where it is neither. Only that word of a table's definition is wrong, so only it
is changed, in ``sqlite_schema`` itself. Making the tables anew would need foreign keys off, which cannot be
switched within a transaction, or else break the references to them; and it would have to rebuild what depends
on a table: rows, indexes, triggers, views, keys, WITHOUT ROWID. Here all of that stays, and is compared.
"""

import math
import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

import sqlalchemy as sa

from spine.errors import MigrationError

_CORE = frozenset({"core_anomalies", "core_runs"})
_PROVENANCE = frozenset({"partition_key", "capture_id"})  # what every stage's table has

_Stored: TypeAlias = str | bytes | int | float | None

_TOKEN = re.compile(
    r"""\s+|--[^\n]*|/\*.*?(?:\*/|\Z)"""
    r"""|'(?:[^']|'')*'|"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\]|[\w$]+|.""",
    re.DOTALL,
)


@dataclass(frozen=True, kw_only=True)
class _Token:
    text: str
    start: int
    depth: int  # of the parentheses around it

    @property
    def name(self) -> str:
        """What it names, without quotes, in small letters."""
        text = self.text
        if text[0] in "\"'`":
            text = text[1:-1].replace(text[0] * 2, text[0])
        return text.removeprefix("[").removesuffix("]").lower()


def retype_json_columns(connection: sa.Connection) -> tuple[str, ...]:
    """Declare as TEXT what the core's and the stages' tables have as JSON; returns those tables' names.

    Values that are stored as numbers become the text of these numbers. Does nothing on PostgreSQL, and
    nothing the second time. Raises MigrationError, for the caller to roll back, where a table would not be
    what it was but for those types.
    """
    if connection.dialect.name != "sqlite":
        return ()
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)
    found = dict(_tables(driver))
    if not found:
        return ()
    before = {table: _state(driver, table) for table in found}
    _declare_text(driver, found)
    for table, columns in found.items():
        _numbers_to_text(driver, table, columns)
        _compare(driver, table, columns, before[table])
    return tuple(found)


def _tables(driver: sqlite3.Connection) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The tables of ours that have columns declared as JSON, with these."""
    query = "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name"
    for (table,) in driver.execute(query).fetchall():
        query = "SELECT name, type, pk FROM pragma_table_xinfo(?) WHERE hidden = 0"  # hidden: generated
        columns = driver.execute(query, (table,)).fetchall()
        ours = table in _CORE or {name for name, _, _ in columns} >= _PROVENANCE
        declared = tuple(name for name, type_, _ in columns if type_.upper() == "JSON")
        in_key = any(pk for name, _, pk in columns if name in declared)  # which no stage's table has
        if ours and declared and not in_key:
            yield table, declared


def _declare_text(driver: sqlite3.Connection, found: dict[str, tuple[str, ...]]) -> None:
    [(version,)] = driver.execute("PRAGMA schema_version")
    driver.execute("PRAGMA writable_schema = ON")
    try:
        for table, columns in found.items():
            query = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?"
            [(sql,)] = driver.execute(query, (table,)).fetchall()
            driver.execute(
                "UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?",
                (_retyped(sql, {column.lower() for column in columns}), table),
            )
        # Every other connection reads the schema again, as this one does now.
        driver.execute(f"PRAGMA schema_version = {version + 1}")
    except sqlite3.DatabaseError as error:
        raise MigrationError(
            f"the JSON columns of {', '.join(found)} cannot be declared as TEXT: {error}. Run the migration "
            "with a SQLite that allows PRAGMA writable_schema"
        ) from error
    finally:
        driver.execute("PRAGMA writable_schema = RESET")


def _retyped(sql: str, columns: set[str]) -> str:
    """The CREATE TABLE with the word JSON after each of the columns' names replaced by TEXT."""
    tokens = list(_tokens(sql))
    opening = next(index for index, token in enumerate(tokens) if token.text == "(")
    items = [index + 1 for index, token in enumerate(tokens) if token.text == "," and token.depth == 1]
    for index in reversed([opening + 1, *items]):
        name, type_ = tokens[index], tokens[index + 1]
        if name.name in columns and type_.name == "json":
            sql = sql[: type_.start] + "TEXT" + sql[type_.start + len(type_.text) :]
    return sql


def _tokens(sql: str) -> Iterator[_Token]:
    depth = 0
    for match in _TOKEN.finditer(sql):
        text = match[0]
        if text.isspace() or text.startswith(("--", "/*")):
            continue
        depth -= text == ")"
        yield _Token(text=text, start=match.start(), depth=depth)
        depth += text == "("


def _numbers_to_text(driver: sqlite3.Connection, table: str, columns: tuple[str, ...]) -> None:
    """Store as text what is stored as a number, without any trigger noticing."""
    number = " OR ".join(f"typeof({_quoted(column)}) IN ('integer', 'real')" for column in columns)
    [(any_,)] = driver.execute(f"SELECT EXISTS (SELECT 1 FROM {_quoted(table)} WHERE {number})")  # noqa: S608
    if not any_:
        return
    query = "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger' AND lower(tbl_name) = lower(?)"
    triggers = driver.execute(query, (table,)).fetchall()
    for name, _ in triggers:
        driver.execute(f"DROP TRIGGER {_quoted(name)}")
    driver.create_function("spine_number_text", 1, _number_text, deterministic=True)
    values = ", ".join(f"{_quoted(column)} = spine_number_text({_quoted(column)})" for column in columns)
    driver.execute(f"REINDEX {_quoted(table)}")  # an index on such a column holds what its table has now
    try:
        driver.execute(f"UPDATE {_quoted(table)} SET {values} WHERE {number}")  # noqa: S608
    except sqlite3.IntegrityError as error:
        raise MigrationError(
            f"{table} does not take the text of the numbers in {', '.join(columns)}: {error}. Drop that "
            "constraint, then run the migration again"
        ) from error
    driver.create_function("spine_number_text", 1, None)
    for _, sql in triggers:
        driver.execute(sql)


def _number_text(value: _Stored) -> _Stored:
    """A number as the JSON text that reads as the same number; anything else as it is."""
    if isinstance(value, float) and math.isinf(value):
        return "9e999" if value > 0 else "-9e999"
    return repr(value) if isinstance(value, int | float) else value


@dataclass(frozen=True, kw_only=True)
class _State:
    """What a table is, to be the same afterwards."""

    columns: list[tuple[object, ...]]  # place, name, type, NOT NULL, default, place in the key, hidden
    indexes: list[tuple[object, ...]]
    foreign_keys: list[tuple[object, ...]]
    dependants: list[tuple[object, ...]]  # indexes, triggers and views, as they are defined
    rows: int
    problems: frozenset[str]  # what integrity_check says: SQLite 3.40 has false alarms on such tables


def _state(driver: sqlite3.Connection, table: str) -> _State:
    def asked(query: str) -> list[tuple[object, ...]]:
        return sorted(driver.execute(query).fetchall(), key=repr)

    name = _quoted(table)
    return _State(
        columns=asked(f"PRAGMA table_xinfo({name})"),
        indexes=asked(f"PRAGMA index_list({name})"),
        foreign_keys=asked(f"PRAGMA foreign_key_list({name})"),
        dependants=asked("SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE type <> 'table'"),
        rows=driver.execute(f"SELECT count(*) FROM {name}").fetchone()[0],  # noqa: S608
        problems=frozenset(str(row[0]) for row in driver.execute(f"PRAGMA integrity_check({name})")),
    )


def _compare(driver: sqlite3.Connection, table: str, columns: tuple[str, ...], before: _State) -> None:
    """Refuse a table that is not what it was, but for the columns' types."""
    after = _state(driver, table)
    expected = [
        (place, name, "TEXT" if name in columns else type_, *rest)
        for place, name, type_, *rest in before.columns
    ]
    for what, wanted, found in (
        ("columns", sorted(expected, key=repr), after.columns),
        ("indexes", before.indexes, after.indexes),
        ("foreign keys", before.foreign_keys, after.foreign_keys),
        ("indexes, triggers and views", before.dependants, after.dependants),
        ("number of rows", before.rows, after.rows),
        ("integrity", before.problems | {"ok"}, after.problems | before.problems | {"ok"}),
    ):
        if wanted != found:
            raise MigrationError(
                f"the {what} of {table} would change with its JSON columns: {wanted} would be {found}. "
                "Nothing was changed; drop what was added to the table by hand, and run the migration again"
            )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
