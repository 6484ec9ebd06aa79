"""`having`: a condition on aggregates over all rows of a stage, for both databases or for one."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache

from sqlglot import exp

from spine_gen.spec.sql.columns import Frame
from spine_gen.spec.sql.grouping import aggregates, misplaced, ungrouped
from spine_gen.spec.sql.lexis import Lexis
from spine_gen.spec.sql.operations import rows_of_windows
from spine_gen.spec.sql.operations.operation import Engine
from spine_gen.spec.sql.parsing import SqlStop, parse_sql
from spine_gen.spec.sql.query import Query
from spine_gen.spec.sql.select import ColumnTuple, kinds_of
from spine_gen.spec.sql.select_lexis import CLAUSES, select_lexis
from spine_gen.spec.sql.slips import slip_in
from spine_gen.spec.sql.values import Values
from spine_gen.spec.sql.when import CODES
from spine_gen.spec.sql.when_lexis import NOT_PORTABLE, SYNTAX
from spine_gen.spec.sql.writing import written
from spine_gen.spec.text_problem import TextProblem

NOT_OF_ALL = "SG359"
_PREVIOUS = "PREVIOUS"
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
# Of a SELECT's clauses, what stands within a value: COUNT(DISTINCT …) FILTER (WHERE …), CAST(… AS …).
_WITHIN = frozenset("AS DISTINCT FROM FILTER WHERE GROUP ORDER BY ASC DESC NULLS FIRST LAST".split())  # noqa: SIM905
_OF_WINDOWS = frozenset(word for one in rows_of_windows.OPERATIONS for word in one.functions.split())
_ONE_VALUE = "it says one thing of all rows: compute the rest in a sql stage"
_ADVICE = {
    ".": "name the column alone: there is only one table",
    **dict.fromkeys(sorted({"SELECT", "EXISTS", "OVER"} | _OF_WINDOWS), _ONE_VALUE),
    "HAVING": "write only what stands behind it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class HavingReport:
    """What a condition is and what is wrong with it."""

    problems: tuple[TextProblem, ...]
    text: str
    tree: exp.Expr | None = None  # None where something is wrong, or the text is for one database
    previous: tuple[int, int] | None = None  # where it compares with the partition before, if it does

    def texts(self) -> Mapping[Engine, str]:
        """As each database is asked; empty where there is no tree."""
        tree = self.tree
        return {engine: written(tree, self.text, engine, pretty=False) for engine in _ENGINES if tree}


@lru_cache(maxsize=128)
def having_report(text: str, dialect: str | None, columns: ColumnTuple) -> HavingReport:
    """A condition over all rows with those columns; dialect None means that both databases answer it alike.

    PREVIOUS(aggregate) is the aggregate over the rows of the partition before.
    """
    report = _as_it_stands(text, dialect, columns)
    lexis = _lexis(dialect)
    slip = report.problems and slip_in(
        text, report.problems, lexis, lambda other: _as_it_stands(other, dialect, columns).problems
    )
    return replace(report, problems=(slip,)) if slip else report


def _as_it_stands(text: str, dialect: str | None, columns: ColumnTuple) -> HavingReport:
    """The same without a search for the slip that was meant."""
    try:
        statements = parse_sql(text, dialect, _lexis(dialect))
    except SqlStop as stop:
        return HavingReport(problems=(stop.problem,), text=text)
    if len(statements) != 1:
        what, advice = "no condition", "write one, such as `COUNT(*) < 100`"
        whole = TextProblem(code=SYNTAX, what=what, start=0, end=len(text), help=advice)
        return HavingReport(problems=(whole,), text=text)
    tree = _opened(statements[0])
    query = Query(text, {}, dialect=dialect)
    values = Values(query, Frame({"": kinds_of(columns)}, frozenset(), frozenset(), None), {})
    values.condition(tree)
    _look_at_all_rows(tree, query)
    found = tuple(replace(one, code=CODES.get(one.code, one.code)) for one in query.problems)
    at = text.upper().find(_PREVIOUS)
    compares = any(_earlier(tree))
    return HavingReport(
        problems=found,
        text=text,
        tree=None if found or dialect is not None else _closed(tree),
        previous=(at, at + len(_PREVIOUS)) if compares else None,
    )


def _look_at_all_rows(tree: exp.Expr, query: Query) -> None:
    """Report what is not made of aggregates, and aggregates where none can be."""
    if query.problems:
        return
    select = exp.Select(having=exp.Having(this=tree.copy()))
    for wrong in misplaced(select, []):
        query.report(NOT_OF_ALL, wrong.node, wrong.what, "write one aggregate without the other")
    for column in ungrouped(select, []):
        what = f'"{column.name}" has another value in every row'
        query.report(NOT_OF_ALL, column, what, "put it into COUNT, SUM, AVG, MIN or MAX")
    if query.problems:
        return
    if not aggregates(tree):
        advice = "write COUNT(*), SUM(…), MAX(…) or the like"
        query.report(NOT_OF_ALL, tree, "nothing is aggregated here", advice)
    for previous in _earlier(tree):
        if any(_earlier(previous.this)) or not aggregates(previous.this):
            advice = "write it around one aggregate: PREVIOUS(COUNT(*))"
            query.report(NOT_OF_ALL, previous, "PREVIOUS is not of an aggregate", advice)


def _opened(tree: exp.Expr) -> exp.Expr:
    """The condition with a mark on what is of the partition before: the same values of other rows."""
    for call in list(tree.find_all(exp.Anonymous)):
        if call.name.upper() == _PREVIOUS and len(call.expressions) == 1:
            marked = exp.Paren(this=call.expressions[0])
            marked.meta["previous"] = True
            if call is tree:
                return marked
            call.replace(marked)
    return tree


def _closed(tree: exp.Expr) -> exp.Expr:
    """The condition with PREVIOUS(…) for each mark, as the runtime looks for it."""
    for marked in list(_earlier(tree)):
        call = exp.Anonymous(this=_PREVIOUS, expressions=[marked.this.copy()])
        call.meta.update(marked.meta)
        if marked is tree:
            return call
        marked.replace(call)
    return tree


def _earlier(tree: exp.Expr) -> Iterator[exp.Expr]:
    return (one for one in tree.find_all(exp.Paren) if one.meta.get("previous"))


@cache
def _lexis(dialect: str | None) -> Lexis:
    """For a text of one database, or (None) for one that both must answer alike."""
    own = select_lexis(dialect)
    return replace(
        own,
        signs=own.signs - {"."},
        keywords=own.keywords - (CLAUSES - _WITHIN),
        functions=own.functions - _OF_WINDOWS | {_PREVIOUS},
        advice=own.advice | _ADVICE,
        unlisted="compute it as a column of a sql or python stage",
        comments=False,
        max_tokens=400,
        syntax_code=SYNTAX,
        refused_code=NOT_PORTABLE,
    )
