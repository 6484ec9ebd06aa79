"""Tables as streams of Arrow: what pyarrow, Polars, DuckDB and pandas give and take from each other."""

from typing import Any, Protocol, TypeGuard, runtime_checkable


@runtime_checkable
class ArrowStream(Protocol):
    """Rows that can be read as a stream of Arrow's record batches, by the PyCapsule protocol.

    A pyarrow Table or RecordBatchReader, a DataFrame of Polars or pandas, a relation of DuckDB…
    """

    def __arrow_c_stream__(self, requested_schema: Any = None) -> object:
        """A capsule with an ArrowArrayStream."""


def gives_arrow(rows: object) -> TypeGuard[ArrowStream]:
    """Whether it is such a stream, and not a class of them."""
    return isinstance(rows, ArrowStream) and not isinstance(rows, type)
