"""The spec language: each node declared once, in both of its forms.

The draft is what the rules read, so that one broken part of a spec neither hides the problems of the others
nor causes new ones; the valid form is what every later phase reads. What the JSON Schema says beyond this
(limits, forms of names, which keys go together) it says alone; a test compares all that both say. A new key
is declared here and in the schema, and is then there for whoever uses it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from spine_gen.diagnostics import Diagnostic
from spine_gen.source import Span
from spine_gen.spec.finding import finding
from spine_gen.spec.node import (
    AsWritten,
    Filled,
    Flag,
    Given,
    Maybe,
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
from spine_gen.spec.text_problem import TextProblem

Severity = Literal["INFO", "WARNING", "ERROR"]
Action = Literal["record", "drop", "fail"]
SourceFormat = Literal["csv", "parquet", "ndjson"]
ColumnType = Literal["string", "integer", "float", "decimal", "boolean", "date", "timestamp", "json"]
TemporalType = Literal["date", "iso_week", "month", "quarter", "year"]
PartitionType = Literal[TemporalType, "enum", "string"]


@node
class _Dimension:
    """One dimension of the partition key; which fields are set depends on the type."""

    name: Name
    type: Given[PartitionType]
    start: Maybe[AsWritten] = field(default=None)  # temporal types: first partition, as a canonical key
    end: Maybe[AsWritten] = field(default=None)  # temporal types: last partition
    values: Values[AsWritten] = field(default=())  # enum: every value, in the declared order
    pattern: Maybe[Filled] = field(default=None)  # string: a regular expression the whole value must match


class DraftDimension(_Dimension, Written): ...


class Dimension(_Dimension, Valid):
    @property
    def temporal(self) -> bool:
        return self.type in get_args(TemporalType)


@node
class _Anomaly:
    """A declared anomaly code."""

    code: Name
    severity: Given[Severity]
    description: Maybe[Filled] = field(default=None)


class DraftAnomaly(_Anomaly, Written): ...


class Anomaly(_Anomaly, Valid): ...


@node
class _Column:
    """One declared column of a stage's table."""

    name: Name
    type: Given[ColumnType]
    precision: Maybe[int] = field(default=None)  # decimal only: digits in all
    scale: Maybe[int] = field(default=None)  # decimal only: digits after the point
    nullable: Flag = field(default=False)
    source_name: Maybe[Filled] = field(key="from", default=None)  # in the source file, where it differs
    description: Maybe[Filled] = field(default=None)


class DraftColumn(_Column, Written): ...


class Column(_Column, Valid):
    @property
    def read_from(self) -> str:
        """Its name in the source file."""
        return self.source_name or self.name


@node
class _Table:
    """The table that a stage writes; `key` is unique within one capture, and may be empty (one row)."""

    name: Given[str]
    description: Maybe[Filled] = field(default=None)
    key: Values[str]
    columns: Nodes[DraftColumn, Column]


class DraftTable(_Table, Written):
    @property
    def columns_key(self) -> Span:
        """The word `columns`, or the table's place where it is missing."""
        return self.keys.get("columns", self.head).span

    def column(self, name: str) -> DraftColumn | None:
        return next((column for column in self.columns if column.name.value == name), None)


class Table(_Table, Valid): ...


@node
class _Input:
    """Another stage that this one reads: its current partition, or a window that ends with it."""

    stage: Name
    window: Given[int] = field(default=1)


class DraftInput(_Input, Written): ...


class StageInput(_Input, Valid): ...


@node
class _Check:
    """A condition that makes a row an anomaly."""

    code: Given[str]
    when: Given[Filled]
    action: Given[Action]
    max_rate: Maybe[float] = field(default=None)  # share of the stage's rows past which the stage fails


class DraftCheck(_Check, Written): ...


class Check(_Check, Valid): ...


@node
class _Source:
    """Read a file."""

    format: Given[SourceFormat]
    path: Given[Filled]
    delimiter: Given[Filled] = field(default=",")  # csv only
    quote: Given[Filled] = field(default='"')  # csv only
    # csv and ndjson: is a missing newline at the end a truncation?
    final_newline: Given[Literal["required", "optional"]] = field(default="required")
    malformed: Maybe[str] = field(default=None)  # code for what does not parse, else it fails the stage


class DraftSource(_Source, Written): ...


class SourceWork(_Source, Valid): ...


@node
class _Sql:
    """One SELECT over the inputs, run in the target database; one text for both dialects, or one each."""

    sqlite: Given[Filled]
    postgresql: Given[Filled]


class DraftSql(_Sql, Written):
    TEXT_FOR = ("sqlite", "postgresql")  # what a text in place of the mapping stands for

    @property
    def portable(self) -> bool:
        """Whether one text serves both databases."""
        return self.sqlite is not None and self.sqlite is self.postgresql


class SqlWork(_Sql, Valid): ...


@dataclass(frozen=True, kw_only=True)
class PythonWork:
    """A function that a person writes in ``logic/``."""

    function: str


@node
class _Stage:
    """One stage: what it reads, what kind of work it does, and the table it writes."""

    name: Name
    tier: Given[str]
    description: Maybe[Filled] = field(default=None)
    inputs: Nodes[DraftInput, StageInput] = field(default=())
    source: MaybePart[DraftSource, SourceWork] = field(default=None)  # of these three
    sql: MaybePart[DraftSql, SqlWork] = field(default=None)
    python: Maybe[str] = field(default=None)  # there is exactly one
    table: Part[DraftTable, Table]
    checks: Nodes[DraftCheck, Check] = field(default=())


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
    def work(self) -> SourceWork | SqlWork | PythonWork:
        if self.python is not None:
            return PythonWork(function=self.python)
        work = self.source or self.sql
        assert work is not None
        return work


@node
class _CheckStep:
    """A lambda step: either context keys that must be there, or a condition that must hold."""

    name: Name = field(key="check")
    require: Values[str] = field(default=())
    expect: Maybe[Filled] = field(default=None)


class DraftCheckStep(_CheckStep, Written): ...


class CheckStep(_CheckStep, Valid): ...


@node
class _StageStep:
    """A pipeline step: run one stage, whose name is the step's."""

    name: Name = field(key="stage")


class DraftStageStep(_StageStep, Written): ...


class StageStep(_StageStep, Valid): ...


@node
class _ChoiceStep:
    """A choice step: `then` and `otherwise` are a later step's name, "end", or None for the next step."""

    name: Name = field(key="choice")
    condition: Given[Filled] = field(key="if")
    then: Maybe[str] = field(default=None)
    otherwise: Maybe[str] = field(key="else", default=None)


class DraftChoiceStep(_ChoiceStep, Written): ...


class ChoiceStep(_ChoiceStep, Valid): ...


DraftStep: TypeAlias = DraftCheckStep | DraftStageStep | DraftChoiceStep
Step: TypeAlias = CheckStep | StageStep | ChoiceStep


@node
class _Workflow:
    """Steps in order, over one partition."""

    name: Name
    description: Maybe[Filled] = field(default=None)
    schedule: Maybe[str] = field(default=None)  # five-field cron expression
    steps: Nodes[DraftStep, Step]


class DraftWorkflow(_Workflow, Written):
    @property
    def steps_known(self) -> bool:
        """False where a step is misshapen: then none that is referred to is missing."""
        return "steps" not in self.partly


class WorkflowSpec(_Workflow, Valid): ...


@node
class _Acknowledgement:
    """A warning that is meant to be there; `at` are the keys that lead to it, parted by dots."""

    code: Given[Filled]
    at: Maybe[Filled] = field(default=None)  # everywhere, where it is left out
    reason: Given[Filled]


class DraftAcknowledgement(_Acknowledgement, Written): ...


class Acknowledgement(_Acknowledgement, Valid): ...


@node
class _Spec:
    """One domain."""

    version: Given[Literal[1]] = field(key="spine")
    domain: Given[str]
    description: Maybe[Filled] = field(default=None)
    owner: Maybe[Filled] = field(default=None)
    partitions: Nodes[DraftDimension, Dimension]
    tiers: Values[str]
    anomalies: Nodes[DraftAnomaly, Anomaly] = field(default=())
    stages: Nodes[DraftStage, Stage]
    workflows: Nodes[DraftWorkflow, WorkflowSpec] = field(default=())
    acknowledgements: Nodes[DraftAcknowledgement, Acknowledgement] = field(key="acknowledge", default=())


class Draft(_Spec, Written):
    path: str

    @property
    def tiers_known(self) -> bool:
        """False where one is misshapen: then no tier is undeclared."""
        return "tiers" not in self.partly

    @property
    def anomalies_known(self) -> bool:
        """False where `anomalies` is misshapen: then no code is undefined."""
        return "anomalies" not in self.partly

    def stage(self, name: str) -> DraftStage | None:
        return next((stage for stage in self.stages if stage.name.value == name), None)

    def finding(
        self,
        code: str,
        span: Span,
        headline: str,
        *,
        label: str | None = None,
        also: Iterable[tuple[Span, str]] = (),
        help: str | None = None,
    ) -> Diagnostic:
        """A diagnostic in this file, with the code's own severity."""
        return finding(self.path, code, span, headline, label=label, also=also, help=help)

    def problem(self, code: str, word: Word, problem: TextProblem, of: str) -> Diagnostic:
        """What is wrong with a text of this file, which is the `of` of something."""
        span = word.within(problem.start, problem.end)
        return self.finding(code, span, f"{of}: {problem.what}", help=problem.help)


class Spec(_Spec, Valid):
    def stage(self, name: str) -> Stage:
        """The stage of that name; KeyError if there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)
