"""Stages: what one reads, its work, and examples of it."""

from dataclasses import dataclass

from spine_gen.source import Span
from spine_gen.spec.language.checks import Check, DraftCheck
from spine_gen.spec.language.sources import DraftSource, SourceWork
from spine_gen.spec.language.sql_texts import DraftSqlText, SqlText
from spine_gen.spec.language.tables import DraftTable, Table
from spine_gen.spec.node import (
    AsWritten,
    Filled,
    Flag,
    Given,
    Located,
    Maybe,
    MaybeData,
    MaybePart,
    Name,
    Nodes,
    Part,
    Valid,
    Values,
    Word,
    Written,
    field,
    node,
)


@node
class _Input:
    """Another stage that this one reads, of this domain or as `domain/STAGE`: those of its partitions
    that this one's partition asks for.
    """

    stage: Name
    alias: Maybe[str] = field(key="as", default=None)  # what SQL and logic call it
    window: Given[int] = field(default=1)
    latest: Flag = field(default=False)
    partial: Flag = field(default=False)
    optional: Flag = field(default=False)


class DraftInput(_Input, Written):
    @property
    def place(self) -> tuple[str, str]:
        """The other domain, "" for this one, and the stage."""
        domain, _, stage = self.stage.value.rpartition("/")
        return domain, stage

    @property
    def named(self) -> Word:
        """What SQL and logic call it."""
        if self.alias is not None:
            return self.alias
        word = self.stage
        return Located(word.value.rpartition("/")[2], word.node)


class StageInput(_Input, Valid):
    @property
    def place(self) -> tuple[str, str]:
        """The other domain, "" for this one, and the stage."""
        domain, _, stage = self.stage.rpartition("/")
        return domain, stage

    @property
    def named(self) -> str:
        """What SQL and logic call it."""
        return self.alias or self.stage.rpartition("/")[2]


@dataclass(frozen=True, kw_only=True)
class PythonWork:
    """A function that a person writes in ``logic/``."""

    function: str


@node
class _Example:
    """What a stage makes of given rows: a test, which stands beside what it explains."""

    name: Name
    description: Maybe[Filled] = field(default=None)
    partition: Maybe[AsWritten] = field(default=None)  # where the domain's example key does not do
    given: MaybeData = field(default=None)  # a file's text; or by input its rows, or those by partition
    expect: MaybeData = field(default=None)  # rows
    anomalies: MaybeData = field(default=None)  # how many by code
    fails: Maybe[Filled] = field(default=None)  # a part of the reason


class DraftExample(_Example, Written): ...


class Example(_Example, Valid): ...


@node
class _Stage:
    """One stage: what it reads, what kind of work it does, and the table it writes."""

    name: Name
    tier: Given[str]
    renamed_from: Maybe[str] = field(default=None)
    description: Maybe[Filled] = field(default=None)
    by: Values[str] = field(
        default=(), alone=True
    )  # where not by the domain's partitions: dimensions, or grains
    inputs: Nodes[DraftInput, StageInput] = field(default=())
    source: MaybePart[DraftSource, SourceWork] = field(default=None)  # of these three
    sql: MaybePart[DraftSqlText, SqlText] = field(default=None)
    python: Maybe[str] = field(default=None)  # there is exactly one
    table: Part[DraftTable, Table]
    checks: Nodes[DraftCheck, Check] = field(default=())
    examples: Nodes[DraftExample, Example] = field(default=())


class DraftStage(_Stage, Written):
    @property
    def kind_key(self) -> Span | None:
        """The word `source`, `sql` or `python`, where there is one of them."""
        found = [self.keys[kind] for kind in ("source", "sql", "python") if kind in self.keys]
        return found[0].span if len(found) == 1 else None

    @property
    def inputs_key(self) -> Span | None:
        """The word `inputs`."""
        return self.keys["inputs"].span if "inputs" in self.keys else None


class Stage(_Stage, Valid):
    @property
    def fields(self) -> dict[str, str]:
        """By column its name in the source file; without a header its place in the line, from 1."""
        columns = self.table.columns
        given = {
            column.name: column.source.name for column in columns if column.source and column.source.name
        }
        if self.source is None or self.source.header:
            return {column.name: given.get(column.name, column.name) for column in columns}
        places, before = dict[str, str](), 0
        for column in columns:
            place = given.get(column.name, "")
            before = int(place) if place.isdecimal() else before + 1
            places[column.name] = place or str(before)
        return places

    @property
    def work(self) -> SourceWork | SqlText | PythonWork:
        if self.python is not None:
            return PythonWork(function=self.python)
        work = self.source or self.sql
        assert work is not None
        return work
