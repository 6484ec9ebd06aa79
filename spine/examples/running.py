"""Run an example: fill the inputs as complete captures, run the stage's pipeline, compare what came of it."""

import string
import tempfile
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from spine.core.addresses import is_address
from spine.core.capture_records import of_stage
from spine.core.data_root import DataRoot
from spine.core.database.backend import DialectName
from spine.core.database.database import Database
from spine.core.partitions.partitioning import Partition
from spine.core.tables import NUMBER_OF_ANOMALIES, core_anomalies, core_manifest
from spine.core.tracking import Tracking
from spine.data.inputs.declared import Input
from spine.data.sources.declared import SqlSource
from spine.data.stage import Stage
from spine.data.tables.target import PROVENANCE, Kind, data_columns, data_key
from spine.errors import ExampleError, SpineError
from spine.orchestration.homes import workflow_of
from spine.orchestration.result import WorkflowResult
from spine.orchestration.runner import WorkflowRunner
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages

from .databases import fresh_database
from .difference import Difference, anomaly_differences, row_differences
from .example import Example, Row

_SIGNS = string.digits[1:] + string.ascii_lowercase  # in place of a pattern's * and ?, in name order
_EMPTY: Mapping[Kind, Any] = {  # what a column has that a given row leaves out, and that may not be NULL
    "string": "",
    "integer": 0,
    "float": 0.0,
    "decimal": Decimal(0),
    "boolean": False,
    "date": date(1970, 1, 1),
    "timestamp": datetime(1970, 1, 1, tzinfo=UTC),
    "json": {},
}


@dataclass(frozen=True, kw_only=True)
class ExampleResult:
    """What came of an example on one kind of database."""

    example: Example
    database: DialectName
    seconds: float
    differences: tuple[Difference, ...]  # none where it passed
    error: Exception | None  # what ended the stage, expected or not

    @property
    def passed(self) -> bool:
        """Whether the stage made what is expected."""
        return not self.differences


def run_example(example: Example, registry: Registry, database_url: str | None = None) -> ExampleResult:
    """Run it in a fresh database: in PostgreSQL where the URL is of one, else a SQLite file.

    Raises ExampleError where it does not fit the stages that are registered, DatabaseError where there is no
    database to be had.
    """
    begun = time.monotonic()
    name, makes = _pipeline_of(example, registry)
    partition = makes.partitions.parse(example.partition)
    tables = {table.name: table for table in (makes.table, *(given.table for given in makes.inputs))}
    with (
        fresh_database(database_url, tables.values()) as database,
        tempfile.TemporaryDirectory(prefix="spine-example-") as folder,
    ):
        data_root = replace(DataRoot.of(folder), from_archive=True)  # an example fetches nothing
        _write_file(example, makes, partition, data_root)
        for given in makes.inputs:
            for key, rows in _given(example, makes, given, partition).items():
                _fill(database, given.domain or makes.domain, given, key, rows)
        runner = WorkflowRunner(database, registry=registry, data_root=data_root)
        result = runner.run(workflow_of(name, registry), {"partition_key": partition.key})
        differences = tuple(_differences(example, makes, result, database))
        dialect = database.dialect
    return ExampleResult(
        example=example,
        database=dialect,
        seconds=time.monotonic() - begun,
        differences=differences,
        error=result.error,
    )


def _pipeline_of(example: Example, registry: Registry) -> tuple[str, Stage]:
    """The pipeline's name, and what it declares."""
    declared = DeclaredStages(registry)
    for makes in declared:
        if (makes.domain, makes.stage) == (example.domain, example.stage):
            name = declared.pipeline(makes.stage_key)
            assert name is not None
            return name, makes
    raise ExampleError(
        f"{example}: no pipeline that makes {example.stage} is registered; build the spec again"
    )


def _given(example: Example, makes: Stage, given: Input, partition: Partition) -> Mapping[str, Sequence[Row]]:
    """The rows of an input by partition; of several that must be there, those not given have none."""
    rows = (example.given or {}).get(given.named, {})
    if not rows or example.fails is not None:
        return rows
    required = given.required(given.asked(makes.domain, partition), partition)
    return {place.partition_key: () for place in required} | dict(rows)


def _write_file(example: Example, makes: Stage, partition: Partition, data_root: DataRoot) -> None:
    """The given text where the source's path leads; of a pattern, several to files that it matches.

    What would be fetched is in the archive, as if it had been.
    """
    source = makes.source
    if example.file is None or source is None or isinstance(source, SqlSource):
        return
    texts = (example.file,) if isinstance(example.file, str) else example.file
    encoding = getattr(source, "encoding", "utf-8")
    for sign, text in zip(_SIGNS, texts, strict=False):
        try:
            content = text.encode(encoding)
        except UnicodeEncodeError as error:
            raise ExampleError(
                f"{example}: the file cannot be written in {encoding}: {error.reason} at character "
                f"{error.start}"
            ) from error
        if is_address(source.path):
            from spine.data.remote.remote_files import archive_as  # noqa: PLC0415 - few need it

            archive_as(content, source.path, partition, data_root, sign)
            continue
        path = data_root.folder / partition.expand(source.path.replace("*", sign).replace("?", sign))
        if not path.resolve().is_relative_to(data_root.folder.resolve()):
            return  # the stage refuses to read it, and says so
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _fill(database: Database, domain: str, given: Input, key: str, rows: Sequence[Row]) -> None:
    """One partition of an input, as a complete capture that has those rows."""
    manifest = Tracking(database).manifest
    capture_id = manifest.record_start(domain, key, given.stage, given.tier)
    own = {name: capture_id for name in PROVENANCE if name in given.table.columns} | {"partition_key": key}
    empty = {
        column.name: None if column.nullable else _EMPTY[column.kind] for column in data_columns(given.table)
    }
    if rows:
        with database.write() as connection:
            connection.execute(given.table.insert(), [{**empty, **row, **own} for row in rows])
    manifest.record_complete(capture_id, len(rows))


def _differences(
    example: Example, makes: Stage, result: WorkflowResult, database: Database
) -> Iterator[Difference]:
    reason = None if result.error is None else _reason_of(result.error)
    if (reason is None) != (example.fails is None) or (example.fails or "") not in (reason or ""):
        yield Difference(what="failure", expected=example.fails, found=reason)
    with database.read() as connection:
        if example.expect is not None and reason is None:
            capture_id = result.step(makes.stage).capture_id
            columns = [makes.table.columns[column.name] for column in data_columns(makes.table)]
            made = sa.select(*columns).where(makes.table.c.capture_id == capture_id)
            found = [dict(row._mapping) for row in connection.execute(made)]
            yield from row_differences(example.expect, found, data_key(makes.table))
        if example.anomalies is not None:
            yield from anomaly_differences(example.anomalies, _anomalies(connection, makes))


def _anomalies(connection: sa.Connection, makes: Stage) -> dict[str, int]:
    """How many anomalies of each code the stage recorded, in whatever way it ended."""
    code = core_anomalies.c.anomaly_code
    query = (
        sa.select(code, NUMBER_OF_ANOMALIES)
        .join_from(core_anomalies, core_manifest, core_manifest.c.capture_id == core_anomalies.c.capture_id)
        .where(*of_stage(makes.stage_key))
        .group_by(code)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def _reason_of(error: BaseException) -> str:
    """Why the stage failed; what its logic raised is told with its kind and its place."""
    if isinstance(error, SpineError):
        return str(error)
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"{Path(place.filename).name}:{place.lineno}: {type(error).__name__}: {error}"
