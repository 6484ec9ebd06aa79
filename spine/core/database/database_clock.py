"""The database's own clock in SQL: the one clock that every machine which writes to it shares."""

from typing import Any

from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement

from spine.core.types import UtcTimestamp


class database_now(FunctionElement[Any]):
    """The time now, in microseconds on PostgreSQL, in milliseconds on SQLite; it goes on in a transaction."""

    type = UtcTimestamp()
    inherit_cache = True


class just_after(FunctionElement[Any]):
    """The next instant that the database can tell from the given one."""

    type = UtcTimestamp()
    inherit_cache = True

    def __init__(self, instant: ColumnElement[Any]) -> None:
        super().__init__(instant)


class later_of(FunctionElement[Any]):
    """The later of two instants, or the one that is not NULL."""

    type = UtcTimestamp()
    inherit_cache = True


@compiles(database_now, "sqlite")
def _now_on_sqlite(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "strftime('%Y-%m-%d %H:%M:%f000', 'now')"


@compiles(database_now, "postgresql")
def _now_on_postgresql(_element: database_now, _compiler: SQLCompiler, **_options: Any) -> str:
    return "clock_timestamp()"


@compiles(just_after, "sqlite")
def _after_on_sqlite(element: just_after, compiler: SQLCompiler, **options: Any) -> str:
    return (
        f"strftime('%Y-%m-%d %H:%M:%f000', {compiler.process(element.clauses, **options)}, '+0.001 seconds')"
    )


@compiles(just_after, "postgresql")
def _after_on_postgresql(element: just_after, compiler: SQLCompiler, **options: Any) -> str:
    return f"({compiler.process(element.clauses, **options)} + interval '1 microsecond')"


@compiles(later_of, "sqlite")
def _later_on_sqlite(element: later_of, compiler: SQLCompiler, **options: Any) -> str:
    one, other = (compiler.process(clause, **options) for clause in element.clauses)
    return f"coalesce(max({one}, {other}), {one}, {other})"


@compiles(later_of, "postgresql")
def _later_on_postgresql(element: later_of, compiler: SQLCompiler, **options: Any) -> str:
    return f"greatest({compiler.process(element.clauses, **options)})"
