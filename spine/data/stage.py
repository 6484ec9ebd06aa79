"""A stage as its pipeline declares it: its place, what it is made by, and what an attempt depends on."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import KW_ONLY, MISSING, dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from spine.core.anomalies import AnomalyCode
from spine.core.captures import Place, StageKey
from spine.core.data_root import DataRoot, DataRootLike
from spine.core.definitions import Definition
from spine.core.dependencies import Dependencies
from spine.core.files import Looked
from spine.core.partitions.mapping import is_finer
from spine.core.sql_tokens import joined_tokens
from spine.data.sources.declared import (
    CsvSource,
    JsonSource,
    NdjsonSource,
    ParquetSource,
    SqlSource,
    XlsxSource,
)
from spine.data.sources.located import files_of
from spine.data.sources.seen_rows import SeenRows

from .logic_code import LogicCode
from .sql_texts import WRITTEN, SqlText

if TYPE_CHECKING:
    import sqlalchemy as sa

    from spine.core.database.backend import DialectName
    from spine.core.partitions.partitioning import Partition, Partitioning
    from spine.data.checks import Check
    from spine.data.inputs.declared import Input
    from spine.data.sources.declared import Source
    from spine.data.tables.target import DataColumn

_DIALECTS: tuple["DialectName", ...] = ("sqlite", "postgresql")
_FORMATS: dict[type, str] = {
    CsvSource: "csv",
    JsonSource: "json",
    NdjsonSource: "ndjson",
    ParquetSource: "parquet",
    XlsxSource: "xlsx",
    SqlSource: "sql",
}


@dataclass(frozen=True, eq=False)
class Stage:
    """What a pipeline makes, and by what: one of ``source``, ``sql`` and ``logic``.

    Its place (domain, stage, tier, table) is no part of its definition: so a rename changes none.
    """

    domain: str
    stage: str
    tier: str
    _: KW_ONLY
    partitions: "Partitioning"
    table: "sa.Table"
    inputs: "Sequence[Input]" = ()
    source: "Source | None" = None
    sql: SqlText | None = None
    logic: Callable[..., object] | None = None
    rows: Literal["tuples", "arrow"] = "tuples"  # what the logic gets its inputs as
    checks: "Sequence[Check]" = ()
    code: LogicCode | None = field(init=False, repr=False)  # the logic's, as it was when this was made

    def __post_init__(self) -> None:
        object.__setattr__(self, "code", LogicCode.of(self.logic) if self.logic is not None else None)

    @property
    def stage_key(self) -> StageKey:
        """Its place but for the partition."""
        return StageKey(self.domain, self.stage, self.tier)

    @cached_property
    def definition(self) -> Definition:
        """What its author declared, and the code of its logic."""
        from spine.data.tables.target import data_columns, data_key  # noqa: PLC0415 - loads SQLAlchemy

        return Definition(
            {
                "columns": [_column(column) for column in data_columns(self.table)],
                "key": data_key(self.table),
                "source": _source(self.source),
                "sql": _sql(self.sql),
                "checks": _in_order(_check(check) for check in self.checks),
                "inputs": _in_order(_not_default(given, "table", "partitions") for given in self.inputs),
                "logic": _logic(self.code, self.rows),
            }
        )

    def asks_by_calendar(self, given: "Input") -> bool:
        """Whether a calendar says which partitions it asks of that input."""
        partitions = given.partitions or self.partitions
        several = given.window > 1 or given.partitions is not None
        return several and not given.latest and partitions.without_gaps is not partitions

    @cached_property
    def asks_for_several(self) -> bool:
        """Whether it reads several partitions of an input as one: which, the domain's declaration says."""
        others = (given.partitions for given in self.inputs if not given.latest)
        return any(one is not None and is_finer(one, self.partitions) for one in others)

    @cached_property
    def _seen_rows(self) -> SeenRows | None:
        """What its files have of each partition, where they hold several."""
        from spine.data.tables.target import data_columns  # noqa: PLC0415 - loads SQLAlchemy

        if self.source is None or isinstance(self.source, SqlSource) or not self.source.rows:
            return None
        return SeenRows(self.source, data_columns(self.table), self.partitions)

    def dependencies(self, partition: "Partition", data_root: DataRootLike) -> Dependencies:
        """What an attempt at that partition depends on; nothing of it need be there."""
        return Dependencies(
            definition=self.definition,
            inputs=self.inputs_asked(partition),
            may_be_others=any(map(self.asks_by_calendar, self.inputs)) or self.asks_for_several,
            files=self._files(partition, DataRoot.of(data_root)),
        )

    def _files(self, partition: "Partition", data_root: DataRoot) -> tuple[Looked, ...]:
        return () if self.source is None else files_of(self.source, partition, data_root, self._seen_rows)

    def inputs_asked(self, partition: "Partition") -> tuple[Place, ...]:
        """Every partition of its inputs that an attempt asks for, there or not."""
        return tuple(place for given in self.inputs for place in given.asked(self.domain, partition))


def _column(column: "DataColumn") -> dict[str, object]:
    return {"name": column.name, "kind": column.kind} | _given(
        nullable=column.nullable, precision=column.precision, scale=column.scale
    )


def _source(source: "Source | None") -> dict[str, object]:
    if source is None:
        return {}
    read = {
        column: there if isinstance(there, str) else _not_default(there)
        for column, there in source.columns.items()
        if column != there
    }
    kept = _not_default(source, "columns") | _given(columns=read)
    if isinstance(source, SqlSource):
        kept["query"] = source.query.strip()
    return {"format": _FORMATS[type(source)]} | kept


def _sql(sql: SqlText | None) -> "str | Mapping[DialectName, str]":
    """The tokens of one text, or of one for each database where these differ."""
    if sql is None or isinstance(sql, str):
        return joined_tokens(sql or "")
    if WRITTEN in sql:
        return joined_tokens(sql[WRITTEN])
    texts = {dialect: joined_tokens(sql[dialect], dialect) for dialect in _DIALECTS if dialect in sql}
    one, *others = set(texts.values())
    return texts if others else one


def _check(check: "Check") -> dict[str, object]:
    rate = {} if check.max_rate is None else {"max_rate": float(check.max_rate)}
    texts = {"when": check.when, "having": check.having}
    conditions = {name: _sql(text) for name, text in texts.items() if text is not None}
    return _not_default(check, *texts, "inputs", "max_rate") | conditions | rate


def _logic(code: LogicCode | None, rows: str) -> dict[str, object]:
    if code is None:
        return {}
    form = {} if rows == "tuples" else {"rows": rows}
    return {"function": code.function, "code": code.digest or "unknown", **form}


def _in_order(items: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """In an order of ours, as that of checks and inputs alters no result."""
    return sorted(items, key=lambda item: Definition(item).text)


def _given(**values: object) -> dict[str, object]:
    return {name: value for name, value in values.items() if value}


def _not_default(declaration: Any, *apart: str) -> dict[str, object]:
    """The declaration's fields that are not at their default, codes as their texts."""
    values = ((one, getattr(declaration, one.name)) for one in fields(declaration) if one.name not in apart)
    kept = {one.name: value for one, value in values if one.default is MISSING or value != one.default}
    return {name: str(value) if isinstance(value, AnomalyCode) else value for name, value in kept.items()}
