"""The typed, frozen model of one valid domain spec: what every later phase reads.

It holds meaning, not places: positions in the YAML belong to the located document.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Severity = Literal["INFO", "WARNING", "ERROR"]
Action = Literal["record", "drop", "fail"]
Dialect = Literal["sqlite", "postgresql"]
SourceFormat = Literal["csv", "parquet", "ndjson"]
ColumnType = Literal["string", "integer", "float", "decimal", "boolean", "date", "timestamp", "json"]
PartitionType = Literal["date", "iso_week", "month", "quarter", "year", "enum", "string"]

TEMPORAL_TYPES: frozenset[PartitionType] = frozenset({"date", "iso_week", "month", "quarter", "year"})


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Dimension(_Frozen):
    """One dimension of the partition key; which fields are set depends on the type."""

    name: str
    type: PartitionType
    start: str | None = None  # temporal types: first partition, as a canonical key
    end: str | None = None  # temporal types: last partition
    values: tuple[str, ...] = ()  # enum: every value, in the declared order
    pattern: str | None = None  # string: a regular expression the whole value must match

    @property
    def temporal(self) -> bool:
        return self.type in TEMPORAL_TYPES


class Anomaly(_Frozen):
    """A declared anomaly code."""

    code: str
    severity: Severity
    description: str


class Column(_Frozen):
    """One declared column of a stage's table."""

    name: str
    type: ColumnType
    precision: int | None = None  # decimal only: digits in all
    scale: int | None = None  # decimal only: digits after the point
    nullable: bool = False
    source_name: str | None = None  # `from`: its name in the source file, where it differs
    description: str | None = None

    @property
    def read_from(self) -> str:
        """Its name in the source file."""
        return self.source_name or self.name


class Table(_Frozen):
    """The table that a stage writes; `key` is unique within one capture, and may be empty (one row)."""

    name: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    description: str | None = None


class StageInput(_Frozen):
    """Another stage that this one reads: its current partition, or a window that ends with it."""

    stage: str
    window: int = 1


class Check(_Frozen):
    """A condition that makes a row an anomaly."""

    code: str
    when: str
    action: Action
    max_rate: float | None = None  # share of the stage's rows, 0 to 1, past which the stage fails


class SourceWork(_Frozen):
    """Read a file."""

    kind: Literal["source"] = "source"
    format: SourceFormat
    path: str
    delimiter: str = ","  # csv only
    quote: str = '"'  # csv only
    # csv and ndjson: is a missing newline at the end a truncation?
    final_newline: Literal["required", "optional"] = "required"
    malformed: str | None = None  # anomaly code for lines that do not parse; without one they fail the stage


class SqlWork(_Frozen):
    """One SELECT over the inputs, run in the target database; one text for both dialects, or one each."""

    kind: Literal["sql"] = "sql"
    sqlite: str
    postgresql: str


class PythonWork(_Frozen):
    """A function that a person writes in ``logic/``."""

    kind: Literal["python"] = "python"
    function: str


class Stage(_Frozen):
    """One stage: what it reads, what kind of work it does, and the table it writes."""

    name: str
    tier: str
    work: Annotated[SourceWork | SqlWork | PythonWork, Field(discriminator="kind")]
    table: Table
    inputs: tuple[StageInput, ...] = ()
    checks: tuple[Check, ...] = ()
    description: str | None = None


class CheckStep(_Frozen):
    """A lambda step: either context keys that must be there, or a condition that must hold."""

    kind: Literal["check"] = "check"
    name: str
    require: tuple[str, ...] = ()
    expect: str | None = None


class StageStep(_Frozen):
    """A pipeline step: run one stage."""

    kind: Literal["stage"] = "stage"
    stage: str


class ChoiceStep(_Frozen):
    """A choice step: `then` and `otherwise` are a later step's name, "end", or None for the next step."""

    kind: Literal["choice"] = "choice"
    name: str
    condition: str
    then: str | None = None
    otherwise: str | None = None


class WorkflowSpec(_Frozen):
    """Steps in order, over one partition."""

    name: str
    steps: tuple[Annotated[CheckStep | StageStep | ChoiceStep, Field(discriminator="kind")], ...]
    description: str | None = None
    schedule: str | None = None  # five-field cron expression


class Spec(_Frozen):
    """One domain."""

    version: Literal[1] = 1
    domain: str
    description: str
    owner: str | None = None
    partitions: tuple[Dimension, ...]
    tiers: tuple[str, ...]
    anomalies: tuple[Anomaly, ...] = ()
    stages: tuple[Stage, ...]
    workflows: tuple[WorkflowSpec, ...] = ()

    def stage(self, name: str) -> Stage:
        """The stage of that name; KeyError if there is none."""
        for stage in self.stages:
            if stage.name == name:
                return stage
        raise KeyError(name)
