"""Rows of Python as record batches of Arrow, each column of the one type that its declared type has there.

=========  ==========================================
string     utf8
integer    int64
float      float64
decimal    decimal128(precision, scale)
boolean    bool
date       date32
timestamp  timestamp[us, UTC]
json       utf8: JSON text, the names in their order
=========  ==========================================

Needs pyarrow, which comes with the extra ``arrow`` and is loaded where Arrow is asked for only.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from spine.core.json_text import without_exponents
from spine.errors import ArrowMissingError

from .tables.target import DataColumn, Kind

if TYPE_CHECKING:
    import pyarrow as pa

_TYPES: Mapping[Kind, Callable[[Any, DataColumn], Any]] = {
    "string": lambda arrow, _: arrow.string(),
    "integer": lambda arrow, _: arrow.int64(),
    "float": lambda arrow, _: arrow.float64(),
    "decimal": lambda arrow, column: arrow.decimal128(column.precision, column.scale),
    "boolean": lambda arrow, _: arrow.bool_(),
    "date": lambda arrow, _: arrow.date32(),
    "timestamp": lambda arrow, _: arrow.timestamp("us", "UTC"),
    "json": lambda arrow, _: arrow.string(),
}


def arrow_reader(
    columns: Sequence[DataColumn], rows: Iterable[Sequence[Sequence[Any]]]
) -> "pa.RecordBatchReader":
    """The rows, which come in batches with their values in the columns' order, as a stream of Arrow."""
    arrow = _pyarrow()
    schema = arrow.schema(
        [arrow.field(column.name, _TYPES[column.kind](arrow, column), column.nullable) for column in columns]
    )

    def batches() -> Iterator["pa.RecordBatch"]:
        for batch in rows:
            values = [
                _texts(given) if column.kind == "json" else given
                for column, given in zip(columns, zip(*batch, strict=True), strict=True)
            ]
            arrays = [arrow.array(given, field.type) for given, field in zip(values, schema, strict=True)]
            yield arrow.record_batch(arrays, schema=schema)

    return arrow.RecordBatchReader.from_batches(schema, batches())


def require_arrow() -> None:
    """Raise ArrowMissingError where pyarrow is not installed."""
    _pyarrow()


def _pyarrow() -> Any:
    try:
        import pyarrow  # noqa: PLC0415 - large, and few need it
    except ImportError as error:
        raise ArrowMissingError() from error
    return pyarrow


def _texts(values: Iterable[Any]) -> list[str | None]:
    return [
        None
        if value is None
        else without_exponents(json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True))
        for value in values
    ]
