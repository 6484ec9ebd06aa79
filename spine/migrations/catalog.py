"""What a database says of its tables and views: columns, constraints, indexes, triggers and texts.

Only reads; PostgreSQL's catalog may be read by whoever may connect. Both databases are put in the same words,
so that what one of them has can be held against what revisions made in the other.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from spine.core.sql_tokens import sql_tokens

_PRIMARY_KEY = "PRIMARY KEY"
_INVALID = "INVALID"
_AS = re.compile(r"\bAS\b", re.IGNORECASE)
_OF_TYPES = frozenset({"varying", "with", "time", "zone"})  # words of a type's name beside its first

_PG_RELATIONS = """
    SELECT c.relname, c.relkind = 'v', CASE c.relkind WHEN 'v' THEN pg_get_viewdef(c.oid) END
    FROM pg_class AS c
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p', 'v')"""
_PG_COLUMNS = """
    SELECT c.relname, a.attname, a.attnotnull, upper(format_type(a.atttypid, a.atttypmod))
        || CASE WHEN a.attcollation <> t.typcollation THEN ' COLLATE ' || quote_ident(o.collname) ELSE '' END
    FROM pg_class AS c
    JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    JOIN pg_type AS t ON t.oid = a.atttypid
    LEFT JOIN pg_collation AS o ON o.oid = a.attcollation
    WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
    ORDER BY c.relname, a.attnum"""
_PG_CONSTRAINTS = """
    SELECT c.relname, pg_get_constraintdef(s.oid)
    FROM pg_constraint AS s
    JOIN pg_class AS c ON c.oid = s.conrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND s.contype IN ('p', 'u', 'f', 'c', 'x')
    ORDER BY s.conname"""
_PG_INDEXES = """
    SELECT c.relname, n.relname, i.indisunique, pg_get_indexdef(n.oid), i.indisvalid
    FROM pg_index AS i
    JOIN pg_class AS c ON c.oid = i.indrelid
    JOIN pg_class AS n ON n.oid = i.indexrelid
    WHERE c.relnamespace = current_schema()::regnamespace
        AND NOT EXISTS (SELECT 1 FROM pg_constraint AS s WHERE s.conindid = n.oid AND s.conrelid = c.oid)
    ORDER BY n.relname"""
_PG_TRIGGERS = """
    SELECT c.relname, t.tgname
    FROM pg_trigger AS t
    JOIN pg_class AS c ON c.oid = t.tgrelid
    WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal
    ORDER BY t.tgname"""

_SQLITE_RELATIONS = "SELECT name, type = 'view', sql FROM sqlite_schema WHERE type IN ('table', 'view')"
_SQLITE_COLUMNS = 'SELECT name, "notnull", type, pk FROM pragma_table_xinfo(?)'
_SQLITE_FOREIGN_KEYS = 'SELECT id, "from", "table", "to" FROM pragma_foreign_key_list(?) ORDER BY id, seq'
_SQLITE_UNIQUE = "SELECT name FROM pragma_index_list(?) WHERE origin = 'u' ORDER BY name"
_SQLITE_INDEX_COLUMNS = "SELECT name FROM pragma_index_info(?) ORDER BY seqno"
_SQLITE_INDEXES = """
    SELECT s.name, l."unique", s.sql FROM pragma_index_list(?) AS l JOIN sqlite_schema AS s ON s.name = l.name
    WHERE l.origin = 'c' ORDER BY s.name"""
_SQLITE_TEXT = "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ?"
_SQLITE_TRIGGERS = "SELECT name FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? ORDER BY name"


class ColumnFound(NamedTuple):
    """One column of a table."""

    type: str
    required: bool


@dataclass(frozen=True, kw_only=True)
class TableFound:
    """One table, with what stands beside it."""

    columns: Mapping[str, ColumnFound]
    constraints: tuple[str, ...]  # PRIMARY KEY (capture_id, symbol), and the like
    indexes: Mapping[str, str]  # by name, those of no constraint: UNIQUE number
    triggers: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Catalog:
    """The tables and views of one database, or of the schema that is searched first."""

    tables: Mapping[str, TableFound]
    views: Mapping[str, str]  # by name, the text as `in_same_words` gives it


def read_catalog(connection: sa.Connection) -> Catalog:
    """All tables and views there."""
    if connection.dialect.name == "sqlite":
        return _of_sqlite(connection)
    return _of_postgresql(connection)


def in_same_words(sql: str) -> str:
    """The text without what PostgreSQL puts in and takes out: brackets, casts, AS, quotes and white space."""
    words: list[str] = []
    tokens = iter(sql_tokens(sql))
    in_type = False
    for token in tokens:
        if token == "::":
            next(tokens, None)
            in_type = True
        elif not (in_type and token in _OF_TYPES):
            in_type = False
            if token not in ("(", ")", "as"):
                words.append(token[1:-1] if token.startswith('"') else token)
    return " ".join(words).replace(" . ", ".").replace(" , ", ", ")


def _of_sqlite(connection: sa.Connection) -> Catalog:
    tables, views = {}, {}
    for name, is_view, sql in _rows(connection, _SQLITE_RELATIONS):
        if is_view:
            views[name] = in_same_words(_AS.split(sql, maxsplit=1)[1])
        else:
            tables[name] = read_sqlite_table(connection, name)
    return Catalog(tables=tables, views=views)


def read_sqlite_table(connection: sa.Connection, table: str) -> TableFound:
    """One of SQLite's tables, which is there."""
    columns = _rows(connection, _SQLITE_COLUMNS, table)
    key = [name for name, _, _, place in sorted(columns, key=lambda column: column[3]) if place]
    indexes = _rows(connection, _SQLITE_INDEXES, table)
    return TableFound(
        columns={
            name: ColumnFound(type_, bool(required or place)) for name, required, type_, place in columns
        },
        constraints=(
            *([_listed(_PRIMARY_KEY, key)] if key else []),
            *_sqlite_foreign_keys(connection, table),
            *(
                _listed("UNIQUE", [column for (column,) in _rows(connection, _SQLITE_INDEX_COLUMNS, index)])
                for (index,) in _rows(connection, _SQLITE_UNIQUE, table)
            ),
            *_sqlite_checks(connection, table),
        ),
        indexes={name: _index(sql[sql.index("(") :], unique=unique) for name, unique, sql in indexes},
        triggers=tuple(name for (name,) in _rows(connection, _SQLITE_TRIGGERS, table)),
    )


def _sqlite_foreign_keys(connection: sa.Connection, table: str) -> Iterator[str]:
    found: dict[int, tuple[str, list[str], list[str]]] = {}
    for number, column, other, others in _rows(connection, _SQLITE_FOREIGN_KEYS, table):
        _, mine, theirs = found.setdefault(number, (other, [], []))
        mine.append(column)
        theirs.append(others)
    for other, mine, theirs in found.values():
        yield f"{_listed('FOREIGN KEY', mine)} REFERENCES {other}({', '.join(theirs)})"


def _sqlite_checks(connection: sa.Connection, table: str) -> Iterator[str]:
    """The conditions that the table's text has, of which SQLite tells nothing else."""
    ((sql,),) = _rows(connection, _SQLITE_TEXT, table)
    tokens = iter(sql_tokens(sql, "sqlite"))
    for token in tokens:
        if token == "check":
            condition: list[str] = []
            depth = 0
            for part in tokens:
                depth += {"(": 1, ")": -1}.get(part, 0)
                condition.append(part)
                if depth == 0:
                    break
            yield f"CHECK {' '.join(condition)}"


def _of_postgresql(connection: sa.Connection) -> Catalog:
    columns, constraints, indexes, triggers = (
        _by_table(_rows(connection, query))
        for query in (_PG_COLUMNS, _PG_CONSTRAINTS, _PG_INDEXES, _PG_TRIGGERS)
    )
    relations = _rows(connection, _PG_RELATIONS)
    return Catalog(
        tables={
            table: TableFound(
                columns={
                    name: ColumnFound(type_, required) for name, required, type_ in columns.get(table, ())
                },
                constraints=tuple(text.replace('"', "") for (text,) in constraints.get(table, ())),
                indexes={
                    name: _index(text.partition(" USING ")[2].removeprefix("btree "), unique=unique)
                    if valid
                    else _INVALID
                    for name, unique, text, valid in indexes.get(table, ())
                },
                triggers=tuple(name for (name,) in triggers.get(table, ())),
            )
            for table, is_view, _ in relations
            if not is_view
        },
        views={view: in_same_words(text) for view, is_view, text in relations if is_view},
    )


def _by_table(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[tuple[Any, ...]]]:
    found: dict[str, list[tuple[Any, ...]]] = {}
    for table, *rest in rows:
        found.setdefault(table, []).append(tuple(rest))
    return found


def _index(text: str, *, unique: bool) -> str:
    return ("UNIQUE " if unique else "") + in_same_words(text)


def _listed(what: str, columns: Iterable[str]) -> str:
    return f"{what} ({', '.join(columns)})"


def _rows(connection: sa.Connection, query: str, *values: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in connection.exec_driver_sql(query, values)]
