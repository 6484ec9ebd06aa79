"""What the template of a domain's page (README.md) sees: the whole spec in the words of its readers."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from spine.core.partitions.mapping import is_finer
from spine_gen.plan import naming
from spine_gen.plan.views.examples import ExampleSection, example_section
from spine_gen.plan.views.pipelines import describe, origins
from spine_gen.plan.views.tables import provenance_columns
from spine_gen.spec.expression_facts import FACTS
from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.expression_tree import calls
from spine_gen.spec.language import (
    Anomaly,
    Calendar,
    Check,
    CheckStep,
    ChoiceStep,
    Column,
    Dimension,
    PythonWork,
    SourceWork,
    Spec,
    Stage,
    StageInput,
    StageStep,
    WorkflowSpec,
)
from spine_gen.spec.partition_types import partitions_of

_TYPE_WORDS = {"iso_week": "ISO week", "enum": "one of", "string": "text"}


@dataclass(frozen=True, kw_only=True)
class CalendarLine:
    name: str  # as its library calls it
    library: str
    through: str  # the last day that is written down


@dataclass(frozen=True, kw_only=True)
class DimensionLine:
    name: str
    type: str
    values: tuple[str, ...]
    start: str | None
    end: str | None
    pattern: str | None
    calendar: CalendarLine | None


@dataclass(frozen=True, kw_only=True)
class Edge:
    """An arrow of the diagram, between nodes named after stages."""

    start: str
    end: str
    label: str | None


@dataclass(frozen=True, kw_only=True)
class OtherStage:
    """A stage of another domain, in the diagram."""

    node: str
    name: str
    table: str


@dataclass(frozen=True, kw_only=True)
class ColumnLine:
    name: str
    type: str
    nullable: bool
    in_key: bool
    source_name: str | None
    description: str | None


@dataclass(frozen=True, kw_only=True)
class CheckLine:
    code: str
    looks_for: str
    action: str
    at_most: str | None  # "5% of the rows"


@dataclass(frozen=True, kw_only=True)
class StageSection:
    name: str
    node: str  # in the diagram
    tier: str
    description: str
    module: str  # path in the package
    by: str | None  # its own partitions
    reads: str  # the files' format, or the inputs with their windows
    origin: str | None  # the path of its files, or the database of its query
    named_in: str  # what has the names that its columns are read from
    rows: tuple[str, ...]  # dimension and column, where they hold several partitions
    logic: str | None  # path in the package
    table: str
    current: str
    table_description: str | None
    key: tuple[str, ...]
    columns: tuple[ColumnLine, ...]
    provenance: tuple[str, ...]
    checks: tuple[CheckLine, ...]
    examples: tuple[ExampleSection, ...]


@dataclass(frozen=True, kw_only=True)
class StepLine:
    kind: str
    name: str
    condition: str | None
    require: tuple[str, ...] = ()
    then: str | None = None
    otherwise: str | None = None


@dataclass(frozen=True, kw_only=True)
class FactLine:
    usages: tuple[str, ...]
    meaning: str


@dataclass(frozen=True, kw_only=True)
class WorkflowSection:
    name: str  # as it is registered
    description: str | None
    schedule: str | None
    command: str
    steps: tuple[StepLine, ...]
    facts: tuple[FactLine, ...]  # what its conditions ask for


@dataclass(frozen=True, kw_only=True)
class TestExample:
    """What a test of the first stage imports."""

    module: str
    pipeline: str
    table: str


@dataclass(frozen=True, kw_only=True)
class PageView:
    """README.md."""

    spec_path: str
    domain: str
    description: str | None
    owner: str | None
    dimensions: tuple[DimensionLine, ...]
    stages: tuple[StageSection, ...]
    others: tuple[OtherStage, ...]
    edges: tuple[Edge, ...]
    codes: tuple[Anomaly, ...]
    workflows: tuple[WorkflowSection, ...]
    package: str
    example: TestExample


def page_view(spec: Spec, spec_path: str) -> PageView:
    return PageView(
        spec_path=spec_path,
        domain=spec.domain,
        description=spec.description,
        owner=spec.owner,
        dimensions=tuple(_dimension(dimension) for dimension in spec.partitions),
        stages=tuple(_stage(spec, stage) for stage in spec.stages),
        others=tuple(_elsewhere(spec)),
        edges=tuple(
            Edge(start=_node(item.stage), end=_node(stage.name), label=_how(spec, stage, item))
            for stage in spec.stages
            for item in stage.inputs
        ),
        codes=spec.anomalies,
        workflows=tuple(_workflow(spec, item) for item in spec.workflows),
        package=naming.package(spec.domain),
        example=TestExample(
            module=naming.pipeline_module(spec.stages[0].name),
            pipeline=naming.pipeline_class(spec.stages[0].name),
            table=naming.table_variable(spec.stages[0].table),
        ),
    )


def _dimension(dimension: Dimension) -> DimensionLine:
    calendar = dimension.calendar
    return DimensionLine(
        name=dimension.name,
        type=_TYPE_WORDS.get(dimension.type, dimension.type),
        values=dimension.values,
        start=dimension.start,
        end=dimension.end,
        pattern=dimension.pattern,
        calendar=None if calendar is None else _calendar(calendar, dimension.end),
    )


def _calendar(calendar: Calendar, end: str | None) -> CalendarLine:
    through = calendar.through or end
    assert through is not None
    if calendar.exchange is not None:
        return CalendarLine(name=calendar.exchange, library="exchange_calendars", through=through)
    assert calendar.holidays is not None
    return CalendarLine(name=calendar.holidays, library="holidays", through=through)


def _node(stage: str) -> str:
    """A node's id: `end` alone, say, would be a word of Mermaid's."""
    return f"stage_{re.sub('[^0-9A-Za-z_]', '_', stage)}"


def _elsewhere(spec: Spec) -> Iterator[OtherStage]:
    """The stages of other domains that are read, each once."""
    items = {item.stage: item for stage in spec.stages for item in stage.inputs}
    for name, item in items.items():
        if spec.home(item) is not spec:
            yield OtherStage(node=_node(name), name=name, table=spec.read(item).table.name)


def _how(spec: Spec, stage: Stage, item: StageInput) -> str | None:
    """Which partitions of an input are read, in few words; None for the same one."""
    of, own = partitions_of(spec.home(item), spec.read(item)), partitions_of(spec, stage)
    words = ["latest"] if item.latest else []
    if is_finer(of, own) and not item.latest:
        words.append("those there are" if item.partial else "all")
    if item.window > 1:
        words.append(f"last {item.window}")
    return ", ".join((*words, *(["optional"] if item.optional else []))) or None


def _stage(spec: Spec, stage: Stage) -> StageSection:
    work = stage.work
    return StageSection(
        name=stage.name,
        node=_node(stage.name),
        tier=stage.tier,
        description=describe(stage),
        module=naming.pipeline_path(stage),
        by=" and ".join(stage.by) or None,
        reads=_reads(spec, stage),
        origin=_origin(stage),
        named_in="In the file" if stage.source is None or stage.source.path else "In the query",
        rows=tuple(f"{one.dimension}: {one.column}" for one in stage.source.rows) if stage.source else (),
        logic=naming.logic_path(stage) if isinstance(work, PythonWork) else None,
        table=stage.table.name,
        current=naming.current_view(stage.table),
        table_description=stage.table.description,
        key=stage.table.key,
        columns=tuple(_column(stage, column) for column in stage.table.columns),
        provenance=provenance_columns(stage),
        checks=tuple(map(_check, stage.checks)),
        examples=tuple(example_section(spec, stage, example) for example in stage.examples),
    )


def _reads(spec: Spec, stage: Stage) -> str:
    how = ((item.stage, _how(spec, stage, item)) for item in stage.inputs)
    inputs = ", ".join(f"{name} ({words})" if words else name for name, words in how)
    if not isinstance(stage.work, SourceWork):
        return inputs
    looked_into = f"; the checks look into {inputs}" if inputs else ""
    return f"{origins(stage.work)}{looked_into}"


def _origin(stage: Stage) -> str | None:
    if stage.source is None:
        return None
    return stage.source.path or f"sql:{stage.source.database}"


def _check(check: Check) -> CheckLine:
    return CheckLine(
        code=check.code, looks_for=check.looks_for, action=check.effect, at_most=_share(check.max_rate)
    )


def _share(rate: float | None) -> str | None:
    """A check's limit in percent, with the digits that the spec gives it."""
    return None if rate is None else f"{(Decimal(repr(rate)) * 100).normalize():f}% of the rows"


def _column(stage: Stage, column: Column) -> ColumnLine:
    decimal = f"decimal({column.precision}, {column.scale})"
    return ColumnLine(
        name=column.name,
        type=decimal if column.type == "decimal" else column.type,
        nullable=column.nullable,
        in_key=column.name in stage.table.key,
        source_name=stage.fields[column.name] if isinstance(stage.work, SourceWork) else None,
        description=column.description,
    )


def _workflow(spec: Spec, item: WorkflowSpec) -> WorkflowSection:
    return WorkflowSection(
        name=naming.workflow(spec, item),
        description=item.description,
        schedule=item.schedule,
        command=f"spine run {naming.workflow(spec, item)} --partition KEY",
        steps=tuple(_step(step) for step in item.steps),
        facts=tuple(_facts(item)),
    )


def _facts(item: WorkflowSpec) -> Iterator[FactLine]:
    conditions = [
        step.expect if isinstance(step, CheckStep) else step.condition
        for step in item.steps
        if not isinstance(step, StageStep)
    ]
    asked = {call.function for text in conditions if text for call in calls(parse_expression(text))}
    for name, fact in FACTS.items():
        if name in asked:
            yield FactLine(usages=tuple(fact.usage.split(" or ")), meaning=fact.meaning)


def _step(step: CheckStep | StageStep | ChoiceStep) -> StepLine:
    match step:
        case StageStep():
            return StepLine(kind="stage", name=step.name, condition=None)
        case CheckStep():
            return StepLine(kind="check", name=step.name, condition=step.expect, require=step.require)
        case ChoiceStep():
            return StepLine(
                kind="choice",
                name=step.name,
                condition=step.condition,
                then=step.then or "the next step",
                otherwise=step.otherwise or "the next step",
            )
