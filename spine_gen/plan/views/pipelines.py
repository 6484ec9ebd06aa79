"""What the templates of a stage see: its pipeline and, for a python stage, the stub of its function."""

from dataclasses import dataclass

from spine_gen.plan import naming
from spine_gen.plan.imports import Import, import_block
from spine_gen.plan.views.check_code import check_call, differing
from spine_gen.plan.views.inputs import InputView, input_constants, input_imports, inputs_of
from spine_gen.plan.views.source_code import Call, Code, keywords
from spine_gen.spec.language import (
    Column,
    PythonWork,
    SourceFormat,
    SourceWork,
    Spec,
    SqlText,
    Stage,
)
from spine_gen.spec.node import given_fields
from spine_gen.spec.sql_reports import report_of_select

_SOURCE_CLASSES: dict[SourceFormat, str] = {
    "csv": "CsvSource",
    "parquet": "ParquetSource",
    "ndjson": "NdjsonSource",
    "json": "JsonSource",
    "xlsx": "XlsxSource",
    "sql": "SqlSource",
}
FORMAT_WORDS: dict[SourceFormat, str] = {
    "csv": "CSV",
    "parquet": "Parquet",
    "ndjson": "NDJSON",
    "json": "JSON",
    "xlsx": "Excel",
    "sql": "SQL",
}
# In the order of the class; of a source's keys all but those that have a place of their own.
_PLACED = ("format", "path", "database", "query", "files", "rows", "malformed")


@dataclass(frozen=True, kw_only=True)
class SourceView:
    type: str  # the class in spine
    place: tuple[tuple[str, str], ...]  # its path, or its database
    query: str | None
    options: tuple[tuple[str, object], ...]  # those that differ from the class's defaults
    columns: tuple[tuple[str, str | Call], ...]  # column → its name in the file, or FileColumn(…)
    malformed: str | None  # the name in anomalies.py


@dataclass(frozen=True, kw_only=True)
class PipelineView:
    """pipelines/<stage>.py: exactly one of source, sql and function is set."""

    spec_path: str
    domain: str
    pipeline: str
    name: str  # the class
    description: str
    makes: Call  # Stage(…), what the pipeline says of itself
    stage: str
    tier: str
    table: str
    partitions: str  # the name in domain.py
    inputs: tuple[InputView, ...]
    checks: tuple[Call, ...]
    source: SourceView | None
    sql: str | tuple[tuple[str, str], ...] | None  # one text, or (dialect, text) pairs
    select: Call  # how it is run
    function: str | None
    imports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class LogicView:
    """logic/<function>.py, as it is first written."""

    spec_path: str
    description: str
    function: str
    gives: str  # the type of what the function returns
    inputs: tuple[InputView, ...]
    contract: tuple[str, ...]  # paragraphs that say what the function gets and gives
    unwritten: str  # the error until it is written
    imports: tuple[str, ...]


def pipeline_view(spec: Spec, stage: Stage, spec_path: str) -> PipelineView:
    work = stage.work
    return PipelineView(
        spec_path=spec_path,
        domain=spec.domain,
        pipeline=naming.pipeline(spec, stage.name),
        name=naming.pipeline_class(stage.name),
        description=describe(stage),
        makes=_makes(spec, stage),
        stage=stage.name,
        tier=stage.tier,
        table=naming.table_variable(stage.table),
        partitions=naming.partitions_constant(spec, stage),
        inputs=inputs_of(spec, stage),
        checks=tuple(check_call(spec, check, stage) for check in stage.checks),
        source=_source_view(stage, work) if isinstance(work, SourceWork) else None,
        sql=_sql(spec, stage, work) if isinstance(work, SqlText) else None,
        select=_select(stage),
        function=naming.logic_function(work.function) if isinstance(work, PythonWork) else None,
        imports=import_block(_pipeline_imports(spec, stage)),
    )


def logic_view(spec: Spec, stage: Stage, spec_path: str) -> LogicView:
    assert isinstance(stage.work, PythonWork)
    function = stage.work.function
    inputs = inputs_of(spec, stage)
    row = naming.row_class(stage.table)
    used = {Import("spine", "Capture")}
    if stage.rows == "arrow":
        gives, give = "ArrowStream", "Return, as Arrow,"
        used |= {Import("spine", "ArrowStream"), *(Import("spine", "ArrowRows") for _ in inputs)}
    else:
        gives, give = f"Iterator[{row}]", "Yield"
        used |= {Import("collections.abc", "Iterator"), Import("..rows", row)}
        used |= {Import("spine", "InputRows") for _ in inputs} | {item.row_import for item in inputs}
    return LogicView(
        spec_path=spec_path,
        description=describe(stage),
        function=function,
        gives=gives,
        inputs=inputs,
        contract=(
            f"{give} the rows of {stage.table.name} for `capture.partition`.",
            *(item.contract for item in inputs),
        ),
        unwritten=f"{spec.domain}: {naming.logic_path(stage)} is still to be written",
        imports=import_block(used),
    )


def describe(stage: Stage) -> str:
    """A stage's own description, or one made of what it declares."""
    if stage.description:
        return stage.description
    if isinstance(stage.work, SourceWork):
        return f"Load {stage.table.name} from {origins(stage.work)}."
    if not stage.inputs:
        return f"Make {stage.table.name}."
    return f"Make {stage.table.name} from {', '.join(item.stage for item in stage.inputs)}."


def origins(work: SourceWork) -> str:
    """What a source reads, in words."""
    return f"{FORMAT_WORDS[work.format]} files" if work.path else f"the database {work.database}"


def _source_view(stage: Stage, work: SourceWork) -> SourceView:
    given = given_fields(work)
    most = work.malformed.max_rate if work.malformed else None
    at_least = (("at_least", work.files.at_least),) if work.files and work.files.at_least > 1 else ()
    rows = (("rows", {one.dimension: one.column for one in work.rows}),) if work.rows else ()
    rate = () if most is None else (("max_malformed_rate", most),)
    return SourceView(
        type=_SOURCE_CLASSES[work.format],
        place=tuple((name, given[name]) for name in ("path", "database") if name in given),
        query=work.query,
        options=at_least
        + rows
        + tuple((name, value) for name, value in given.items() if name not in _PLACED)
        + rate,
        columns=_in_file(stage),
        malformed=naming.code_constant(work.malformed.code) if work.malformed else None,
    )


def _in_file(stage: Stage) -> tuple[tuple[str, str | Call], ...]:
    fields = stage.fields
    return tuple((column.name, _file_column(column, fields[column.name])) for column in stage.table.columns)


def _file_column(column: Column, field: str) -> str | Call:
    spelled = {} if column.source is None else given_fields(column.source)
    spelled.pop("name", None)
    return Call(name="FileColumn", arguments=keywords(name=field, **spelled)) if spelled else field


def _sql(spec: Spec, stage: Stage, work: SqlText) -> str | tuple[tuple[str, str], ...]:
    if work.sqlite != work.postgresql:
        return (("sqlite", work.sqlite), ("postgresql", work.postgresql))
    return differing(work.sqlite, report_of_select(spec, stage, work.sqlite).texts())


def _select(stage: Stage) -> Call:
    return Call(name="capture.select", arguments=((None, Code("SQL")), ("inputs", input_constants(stage))))


def _makes(spec: Spec, stage: Stage) -> Call:
    work = stage.work
    return Call(
        name="Stage",
        arguments=(
            *((None, Code(name)) for name in ("DOMAIN", "STAGE", "TIER")),
            *keywords(
                partitions=Code(naming.partitions_constant(spec, stage)),
                table=Code("TABLE"),
                inputs=input_constants(stage) or None,
                source=Code("SOURCE") if isinstance(work, SourceWork) else None,
                sql=Code("SQL") if isinstance(work, SqlText) else None,
                logic=Code(naming.logic_function(work.function)) if isinstance(work, PythonWork) else None,
                rows=stage.rows if stage.rows != "tuples" else None,
                checks=Code("CHECKS") if stage.checks else None,
            ),
        ),
    )


def _pipeline_imports(spec: Spec, stage: Stage) -> set[Import]:
    work = stage.work
    always = ("Context", "Pipeline", "Stage", "StageResult", "register_pipeline")
    used = {Import("spine", name) for name in always}
    used |= {Import("..", "tables"), Import("..domain", "DOMAIN")}
    used.add(Import("..domain", naming.partitions_constant(spec, stage)))
    used |= {each for item in stage.inputs for each in input_imports(spec, stage, item)}
    if stage.checks:
        used.add(Import("spine", "Check"))
    if stage.inputs:
        used.add(Import("spine", "Input"))
    if stage.checks or (isinstance(work, SourceWork) and work.malformed):
        used.add(Import("..", "anomalies", "codes"))
    if isinstance(work, SourceWork):
        used.add(Import("spine", _SOURCE_CLASSES[work.format]))
        if any(isinstance(there, Call) for _, there in _in_file(stage)):
            used.add(Import("spine", "FileColumn"))
    if isinstance(work, PythonWork):
        if work.rows == "tuples":
            used |= {item.row_import for item in inputs_of(spec, stage)}
        local = naming.logic_function(work.function)
        alias = local if local != work.function else None
        used.add(Import(f"..logic.{naming.logic_module(work.function)}", work.function, alias))
    return used
