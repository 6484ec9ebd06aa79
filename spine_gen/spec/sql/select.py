"""A `sql` stage's text: exactly one SELECT over the declared inputs, whose columns are the table's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TypeAlias

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean, near_names
from spine_gen.spec.sql.kinds import Kind, comparable, kind_in_words
from spine_gen.spec.sql.operations.operation import Engine
from spine_gen.spec.sql.parsing import SqlStop, parse_sql, place_of
from spine_gen.spec.sql.query import Query
from spine_gen.spec.sql.reading import Result
from spine_gen.spec.sql.select_lexis import SYNTAX, select_lexis
from spine_gen.spec.sql.slips import slip_in
from spine_gen.spec.sql.writing import written
from spine_gen.spec.text_problem import TextProblem

NOT_ONE, OUTPUT, OUTPUT_TYPES = "SG361", "SG365", "SG366"
# Of each column the name, the kind, and whether it may have NULL, where that is known.
ColumnTuple: TypeAlias = tuple[tuple[str, Kind] | tuple[str, Kind, bool], ...]
_ENGINES: tuple[Engine, ...] = ("sqlite", "postgresql")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectReport:
    """What a SELECT is and what is wrong with it."""

    problems: tuple[TextProblem, ...]
    tables_read: frozenset[str] | None  # None where that cannot be told
    text: str
    tree: exp.Expr | None = None  # None where something is wrong, or the text is for one database

    def texts(self) -> Mapping[Engine, str]:
        """As each database is asked; empty where there is no tree."""
        tree = self.tree
        return {engine: written(tree, self.text, engine, pretty=True) for engine in _ENGINES if tree}


@lru_cache(maxsize=128)
def select_report(
    text: str,
    dialect: str | None,
    inputs: tuple[tuple[str, ColumnTuple], ...],
    table: ColumnTuple,
    *,
    open: bool = False,
) -> SelectReport:
    """Everything wrong with a stage's SELECT; dialect None means that both databases must read it alike.

    `inputs` are the columns of each input stage, `table` those the result has to have. An input without
    columns is one whose columns are not known; `open` means that there are inputs whose names are not known.
    """
    text = text.rstrip().removesuffix(";")

    def judge(other: str) -> SelectReport:
        return select_as_it_stands(other, dialect, inputs, table, open=open)

    report = judge(text)
    slip = report.problems and slip_in(
        text, report.problems, select_lexis(dialect), lambda other: judge(other).problems
    )
    return replace(report, problems=(slip,), tables_read=None) if slip else report


def select_as_it_stands(
    text: str,
    dialect: str | None,
    inputs: tuple[tuple[str, ColumnTuple], ...],
    table: ColumnTuple,
    *,
    open: bool,
) -> SelectReport:
    """The same without a search for the slip that was meant."""
    try:
        statements = parse_sql(text, dialect, select_lexis(dialect))
        select = _one_select(statements, text)
        query = Query(
            text,
            {name: kinds_of(columns) for name, columns in inputs},
            dialect=dialect,
            open=open,
            filled={name.lower(): _filled(columns) for name, columns in inputs},
        )
        result = query.run(select)
    except SqlStop as stop:
        return SelectReport(problems=(stop.problem,), tables_read=None, text=text)
    problems = list(query.problems) or _output_problems(result, kinds_of(table), text)
    if isinstance(select, exp.Select) and not select.args.get("limit"):
        _mark_stored(result, kinds_of(table))
    return SelectReport(
        problems=tuple(problems),
        tables_read=frozenset(query.tables_read),
        text=text,
        tree=None if problems or dialect is not None else select,
    )


def _mark_stored(result: Result, table: dict[str, Kind]) -> None:
    """The values that are stored as integers as they are: of each row, so that each has to be one."""
    for column in result.columns:
        if table.get(column.name or "") == "integer":
            value = column.node
            while isinstance(value, exp.Alias | exp.Paren | exp.Coalesce):
                value = value.this
            value.meta["stored"] = True


def kinds_of(columns: ColumnTuple) -> dict[str, Kind]:
    """The kind of each column."""
    return {column[0]: column[1] for column in columns}


def _filled(columns: ColumnTuple) -> frozenset[str]:
    return frozenset(column[0] for column in columns if len(column) == 3 and not column[2])


def _one_select(statements: list[exp.Expr], text: str) -> exp.Expr:
    if len(statements) == 1 and isinstance(statements[0], exp.Select | exp.SetOperation):
        if all(select.expressions for select in statements[0].find_all(exp.Select)):
            return statements[0]
        what, advice = "a SELECT that selects nothing", "name the columns"
        raise SqlStop(TextProblem(code=SYNTAX, what=what, start=0, end=len(text), help=advice))
    what = "the text is no SELECT" if len(statements) <= 1 else f"{len(statements)} statements"
    raise SqlStop(
        TextProblem(code=NOT_ONE, what=what, start=0, end=len(text), help="write exactly one SELECT")
    )


def _output_problems(result: Result, table: dict[str, Kind], text: str) -> list[TextProblem]:
    """Where the result's columns are not the table's, in name or in type."""
    problems: list[TextProblem] = []
    if not table:
        return problems  # nothing is known of it
    seen: set[str] = set()
    for column in result.columns:
        code, (start, end) = OUTPUT, place_of(column.node, text)
        if column.name is None:
            what, advice = "this column has no name", "give it one of the table's: `… AS name`"
        elif column.name in seen:
            what, advice = f'column "{column.name}" is selected twice', "remove one of the two"
        elif column.name not in table:
            what = f'the table has no column "{column.name}"'
            free = [name for name in table if name not in {other.name for other in result.columns}]
            advice = did_you_mean(column.name, free, otherwise="add it to the table, or remove it here") or ""
        elif not assignable(column.kind, table[column.name]):
            given, wanted = kind_in_words(column.kind), kind_in_words(table[column.name])
            what = f'column "{column.name}" is {wanted}, and this is {given}'
            code, advice = OUTPUT_TYPES, "change the column's type, or CAST the value"
            seen.add(column.name)
        else:
            seen.add(column.name)
            continue
        problems.append(TextProblem(code=code, what=what, start=start, end=end, help=advice))
    return [*problems, *_missing(result, table, text)]


def _missing(result: Result, table: dict[str, Kind], text: str) -> list[TextProblem]:
    """The table's columns that the last SELECT, which gives the result, does not have."""
    given = {column.name for column in result.columns}
    strange = [column.name for column in result.columns if column.name and column.name not in table]
    free = [name for name in table if name not in given]
    given |= {name for written in strange for name in near_names(written, free)[:1]}  # already suggested
    missing = [f'"{name}"' for name in table if name not in given]
    if not missing:
        return []
    which = f"column {missing[0]} is" if len(missing) == 1 else f"columns {', '.join(missing)} are"
    at = max(text.upper().rfind("SELECT", 0, place_of(result.columns[0].node, text)[0] + 1), 0)
    what = f"the table's {which} not selected"
    them = "it" if len(missing) == 1 else "them"
    advice = f"add {them} to the list, or remove {them} from the table"
    return [TextProblem(code=OUTPUT, what=what, start=at, end=at + len("SELECT"), help=advice)]


def assignable(given: Kind, column: Kind) -> bool:
    """Whether every database stores such a value in such a column without changing or refusing it."""
    if given in ("unknown", "null") or column == "unknown":
        return True
    if given == "condition":
        return column == "boolean"
    if column == "integer":
        return given in ("integer", "total")
    if column == "json":
        return given == "json"
    return comparable(given, column)
