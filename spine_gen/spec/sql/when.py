"""`when`: a condition on one row, which may look into inputs, for every engine or for one database."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from sqlglot import exp

from spine_gen.spec.sql.columns import Frame
from spine_gen.spec.sql.frames import UNKNOWN_TABLE
from spine_gen.spec.sql.looking import looks_at_row, report_inner
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
    UNKNOWN_TABLE: UNKNOWN_COLUMN,
}
Inputs: TypeAlias = tuple[tuple[str, ColumnTuple], ...]
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql", "duckdb")


@dataclass(frozen=True, slots=True, kw_only=True)
class WhenReport:
    """What a condition is and what is wrong with it."""

    problems: tuple[TextProblem, ...]
    text: str
    tables_read: frozenset[str] = frozenset()  # the inputs that it looks into
    tree: exp.Expr | None = None  # None where something is wrong, or the text is for one database

    def texts(self, engines: Iterable[Engine] = _ENGINES) -> Mapping[Engine, str]:
        """As each of the engines is asked; empty where there is no tree."""
        tree = self.tree
        return {engine: written(tree, self.text, engine, pretty=False) for engine in engines if tree}


@lru_cache(maxsize=512)
def when_report(
    text: str, dialect: str | None, columns: ColumnTuple, inputs: Inputs = (), *, open: bool = False
) -> WhenReport:
    """A condition over a table's columns; dialect None means that every engine must answer it alike.

    It may look into the `inputs` by IN and EXISTS; `open` means that there are some of unknown names.
    """

    def judge(other: str) -> WhenReport:
        return when_as_it_stands(other, dialect, columns, inputs, open=open)

    report = judge(text)
    lexis = when_lexis(dialect, looking=bool(inputs) or open)
    slip = report.problems and slip_in(text, report.problems, lexis, lambda other: judge(other).problems)
    return replace(report, problems=(slip,)) if slip else report


def when_as_it_stands(
    text: str, dialect: str | None, columns: ColumnTuple, inputs: Inputs = (), *, open: bool = False
) -> WhenReport:
    """The same without a search for the slip that was meant."""
    try:
        statements = parse_sql(text, dialect, when_lexis(dialect, looking=bool(inputs) or open))
    except SqlStop as stop:
        return WhenReport(problems=(stop.problem,), text=text)
    whole = TextProblem(
        code=SYNTAX, what="no condition", start=0, end=len(text), help="write one, such as `volume < 0`"
    )
    if len(statements) != 1:
        return WhenReport(problems=(whole,), text=text)
    tables = {name: kinds_of(of_input) for name, of_input in inputs}
    query = Query(text, tables, dialect=dialect, open=open)
    kinds = kinds_of(columns)
    values = Values(query, Frame({"": kinds}, frozenset(), frozenset(), None), {})
    values.condition(statements[0])
    if not query.problems:
        report_inner(statements[0], query)
    found = [replace(problem, code=CODES[problem.code]) for problem in query.problems]
    if not found and not values.columns_read and not looks_at_row(statements[0], query):
        what, advice = "the condition is the same for every row", "compare a column of the table"
        found.append(replace(whole, code=NO_COLUMN, what=what, help=advice))
    tree = None if found or dialect is not None else statements[0]
    read = frozenset(query.tables_read)
    return WhenReport(problems=tuple(found), text=text, tables_read=read, tree=tree)
