"""What one SELECT can see, and what a column in it means."""

from dataclasses import dataclass
from typing import TypeAlias

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean, near_names
from spine_gen.spec.sql.kinds import Kind

Tables: TypeAlias = dict[str, dict[str, Kind]]  # a table without columns is one whose columns are not known


@dataclass(frozen=True, slots=True)
class Frame:
    """What one SELECT can see: its tables by name, and what the SELECT around it can see."""

    tables: Tables
    merged: frozenset[str]  # columns of JOIN … USING, which belong to no one table
    results: frozenset[str]  # names that the SELECT gives to what it computes
    outer: "Frame | None"
    filled: frozenset[tuple[str, str]] = frozenset()  # table and column, where no row has NULL
    computed: frozenset[tuple[str, str]] = frozenset()  # those that are not exact

    def has(self, name: str) -> bool:
        """Whether a table of the SELECT itself has the column."""
        return any(name in columns for columns in self.tables.values())


@dataclass(frozen=True, slots=True)
class ColumnProblem:
    """Why a column means nothing, or more than one thing."""

    what: str
    help: str | None
    kind: Kind = "unknown"


def name_of(identifier: exp.Expr) -> str:
    """A name as PostgreSQL folds it."""
    text = str(identifier.this)
    return text if identifier.args.get("quoted") else text.lower()


def is_among(named: frozenset[tuple[str, str]], frame: Frame, column: exp.Column) -> bool:
    """Whether a column of the SELECT itself is one of those."""
    name, table = name_of(column.this), column.table.lower()
    return any(
        (alias, name) in named
        for alias, columns in frame.tables.items()
        if table in ("", alias) and name in columns
    )


def find_column(start: Frame, column: exp.Column) -> Kind | ColumnProblem:
    """The kind of a column, looked for from the inner SELECT outwards."""
    name, table = name_of(column.this), column.table.lower()
    seen: dict[str, None] = {}
    frame: Frame | None = start
    while frame is not None:
        tables = {alias: columns for alias, columns in frame.tables.items() if table in ("", alias)}
        having = [alias for alias, columns in tables.items() if name in columns]
        if having:
            kind = tables[having[0]][name]
            if len(having) == 1 or name in frame.merged:
                return kind
            what = f'column "{name}" is in {" and ".join(having)}'
            return ColumnProblem(what, "put the table in front: `table.column`", kind)
        if any(not columns for columns in tables.values()):
            return "unknown"
        seen |= dict.fromkeys(other for columns in tables.values() for other in columns)
        if table and tables:
            break
        frame = frame.outer
    return _missing(start, column, name, tuple(seen))


def _missing(frame: Frame, column: exp.Column, name: str, seen: tuple[str, ...]) -> ColumnProblem:
    if column.table and not seen:
        return ColumnProblem(f'"{column.table}" is not read here', did_you_mean(column.table, frame.tables))
    what = f'there is no column "{name}"' + (f' in "{column.table}"' if column.table else "")
    if name in frame.results and not column.table:
        return ColumnProblem(what, "it names a result of this very SELECT: repeat what it stands for")
    if not frame.tables and not seen:
        return ColumnProblem(what, "this SELECT reads nothing: write FROM and the input")
    advice = did_you_mean(name, seen)
    if not column.table and not near_names(name, seen):
        text = f"a text stands in single quotes: '{column.name}'"
        if column.this.args.get("quoted"):
            what, advice = f'"{name}" is the name of a column, and there is none of that name', text
        elif isinstance(column.parent, exp.EQ | exp.NEQ | exp.In):
            advice = f"{advice}; {text}" if advice else text
    return ColumnProblem(what, advice)
