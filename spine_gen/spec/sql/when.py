"""`when`: a condition on one row, for every engine or for one database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlglot import exp

from spine_gen.spec.sql.columns import Frame
from spine_gen.spec.sql.operations import operation
from spine_gen.spec.sql.operations.operation import Engine
from spine_gen.spec.sql.parsing import SqlStop, parse_sql
from spine_gen.spec.sql.query import Query
from spine_gen.spec.sql.select import ColumnTuple, kinds_of
from spine_gen.spec.sql.slips import slip_in
from spine_gen.spec.sql.values import Values
from spine_gen.spec.sql.when_lexis import NOT_PORTABLE, SYNTAX, when_lexis
from spine_gen.spec.sql.writing import written
from spine_gen.spec.text_problem import TextProblem

UNKNOWN_COLUMN, TYPES, NO_COLUMN = "SG352", "SG353", "SG354"
CODES = {
    operation.REFUSED: NOT_PORTABLE,
    operation.NOT_PORTABLE: NOT_PORTABLE,
    operation.UNKNOWN_COLUMN: UNKNOWN_COLUMN,
    operation.TYPES: TYPES,
}
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql", "duckdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhenReport:
    """What a condition is and what is wrong with it."""

    problems: tuple[TextProblem, ...]
    text: str
    tree: exp.Expr | None = None  # None where something is wrong, or the text is for one database

    def texts(self, engines: Iterable[Engine] = _ENGINES) -> Mapping[Engine, str]:
        """As each of the engines is asked; empty where there is no tree."""
        tree = self.tree
        return {engine: written(tree, self.text, engine, pretty=False) for engine in engines if tree}


@lru_cache(maxsize=512)
def when_report(text: str, dialect: str | None, columns: ColumnTuple) -> WhenReport:
    """A condition over a table's columns; dialect None means that every engine must answer it alike."""
    report = when_as_it_stands(text, dialect, columns)
    lexis = when_lexis(dialect)
    slip = report.problems and slip_in(
        text, report.problems, lexis, lambda other: when_as_it_stands(other, dialect, columns).problems
    )
    return replace(report, problems=(slip,)) if slip else report


def when_as_it_stands(text: str, dialect: str | None, columns: ColumnTuple) -> WhenReport:
    """The same without a search for the slip that was meant."""
    try:
        statements = parse_sql(text, dialect, when_lexis(dialect))
    except SqlStop as stop:
        return WhenReport(problems=(stop.problem,), text=text)
    whole = TextProblem(
        code=SYNTAX, what="no condition", start=0, end=len(text), help="write one, such as `volume < 0`"
    )
    if len(statements) != 1:
        return WhenReport(problems=(whole,), text=text)
    query = Query(text, {}, dialect=dialect)
    kinds = kinds_of(columns)
    values = Values(query, Frame({"": kinds}, frozenset(), frozenset(), None), {})
    values.condition(statements[0])
    found = [replace(problem, code=CODES[problem.code]) for problem in query.problems]
    if not found and not values.columns_read:
        what, advice = "the condition is the same for every row", "compare a column of the table"
        found.append(replace(whole, code=NO_COLUMN, what=what, help=advice))
    tree = None if found or dialect is not None else statements[0]
    return WhenReport(problems=tuple(found), text=text, tree=tree)
