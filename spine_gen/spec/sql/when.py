"""`when`: a condition on one row, with the same answer on SQLite, PostgreSQL and DuckDB."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from spine_gen.spec.sql.columns import Frame
from spine_gen.spec.sql.lexis import check_lexis
from spine_gen.spec.sql.operations import operation
from spine_gen.spec.sql.operations.operation import Engine
from spine_gen.spec.sql.parsing import parse_sql
from spine_gen.spec.sql.problem import SqlProblem, SqlStop
from spine_gen.spec.sql.query import Query
from spine_gen.spec.sql.select import ColumnTuple, kinds_of
from spine_gen.spec.sql.values import Values
from spine_gen.spec.sql.when_lexis import NOT_PORTABLE, SYNTAX, WHEN_LEXIS
from spine_gen.spec.sql.writing import written

UNKNOWN_COLUMN, TYPES, NO_COLUMN = "SG352", "SG353", "SG354"
_CODES = {
    operation.REFUSED: NOT_PORTABLE,
    operation.NOT_PORTABLE: NOT_PORTABLE,
    operation.UNKNOWN_COLUMN: UNKNOWN_COLUMN,
    operation.TYPES: TYPES,
}
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql", "duckdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhenReport:
    """What is wrong with a condition; where nothing is, how each engine is asked."""

    problems: tuple[SqlProblem, ...]
    texts: Mapping[Engine, str]


@lru_cache(maxsize=512)
def when_report(text: str, columns: ColumnTuple) -> WhenReport:
    """A condition over a table's columns."""
    if problems := check_lexis(text, WHEN_LEXIS):
        return WhenReport(problems=tuple(problems), texts={})
    try:
        statements = parse_sql(text, "postgres", SYNTAX)
    except SqlStop as stop:
        return WhenReport(problems=(stop.problem,), texts={})
    whole = SqlProblem(
        code=SYNTAX, what="no condition", start=0, end=len(text), help="write one, such as `volume < 0`"
    )
    if len(statements) != 1:
        return WhenReport(problems=(whole,), texts={})
    query = Query(text, {}, dialect=None)
    kinds = kinds_of(columns)
    values = Values(query, Frame({"": kinds}, frozenset(), frozenset(), None), {})
    values.condition(statements[0])
    found = [replace(problem, code=_CODES[problem.code]) for problem in query.problems]
    if not found and not values.columns_read:
        what, advice = "the condition is the same for every row", "compare a column of the table"
        found.append(replace(whole, code=NO_COLUMN, what=what, help=advice))
    texts = (
        {} if found else {engine: written(statements[0], text, engine, pretty=False) for engine in _ENGINES}
    )
    return WhenReport(problems=tuple(found), texts=texts)
