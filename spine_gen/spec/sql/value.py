"""An expression over one row whose value a column holds, for both databases or for one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from sqlglot import exp

from spine_gen.spec.sql.columns import Frame
from spine_gen.spec.sql.kinds import Kind, is_date, kind_in_words
from spine_gen.spec.sql.operations.operation import Engine
from spine_gen.spec.sql.parsing import SqlStop, parse_sql
from spine_gen.spec.sql.query import Query
from spine_gen.spec.sql.select import ColumnTuple, assignable, kinds_of
from spine_gen.spec.sql.values import Values
from spine_gen.spec.sql.when_lexis import when_lexis
from spine_gen.spec.sql.writing import written
from spine_gen.spec.text_problem import TextProblem

UNREADABLE, MISFIT = "SG356", "SG346"
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")
_UNLISTED = "say it of one row otherwise, or fill the column by `spine-gen step`"
_ADVICE = {
    "SELECT": "it looks at one row: fill the column by `spine-gen step`",
    **dict.fromkeys(("CURRENT_DATE", "CURRENT_TIMESTAMP", "CURRENT_TIME"), "write the day or instant itself"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueReport:
    """What an expression is and what is wrong with it."""

    problems: tuple[TextProblem, ...]
    text: str
    tree: exp.Expr | None = None  # None where something is wrong, or the text is for one database

    def texts(self) -> Mapping[Engine, str]:
        """As each database is asked; empty where there is no tree."""
        tree = self.tree
        return {engine: written(tree, self.text, engine, pretty=False) for engine in _ENGINES if tree}


@lru_cache(maxsize=128)
def value_report(text: str, dialect: str | None, columns: ColumnTuple, wanted: Kind) -> ValueReport:
    """An expression over those columns for a column of that kind; dialect None: both must read it alike.

    It may say what a check's condition may say.
    """
    lexis = replace(
        when_lexis(dialect),
        advice=_ADVICE,
        unlisted=_UNLISTED,
        syntax_code=UNREADABLE,
        refused_code=UNREADABLE,
    )
    try:
        statements = parse_sql(text, dialect, lexis)
    except SqlStop as stop:
        return ValueReport(problems=(stop.problem,), text=text)
    whole = TextProblem(code=UNREADABLE, what="no expression", start=0, end=len(text), help="write one value")
    if len(statements) != 1:
        return ValueReport(problems=(whole,), text=text)
    query = Query(text, {}, dialect=dialect)
    values = Values(query, Frame({"": kinds_of(columns)}, frozenset(), frozenset(), None), {})
    kind = values.kind(statements[0])
    found = [replace(problem, code=UNREADABLE) for problem in query.problems]
    if not found and (problem := _misfit(statements[0], kind, wanted)):
        what, advice = problem
        found.append(replace(whole, code=MISFIT, what=what, help=advice))
    tree = None if found or dialect is not None else statements[0]
    return ValueReport(problems=tuple(found), text=text, tree=tree)


def _misfit(value: exp.Expr, kind: Kind, wanted: Kind) -> tuple[str, str] | None:
    """Why the column cannot hold what the expression gives, and what to do."""
    plain = value.unnest()
    if kind == "null":
        return "NULL fills nothing", "write a value"
    if not assignable(kind, wanted):
        given, column = kind_in_words(kind), kind_in_words(wanted)
        return f"the column is {column}, and this is {given}", "change the column's type, or CAST the value"
    if (kind, wanted) == ("literal", "date") and not (isinstance(plain, exp.Literal) and is_date(plain.this)):
        return "this text is no date", "write CAST('2025-12-31' AS DATE)"
    return None
