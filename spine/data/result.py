"""What a stage came to: the answer of a pipeline that tracks itself, whether it worked or was skipped."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import select

from spine.data.tables.target import in_byte_order

if TYPE_CHECKING:
    from sqlalchemy import Row, Table

    from spine.core.captures import CaptureRecord
    from spine.core.tracking import Tracking

KEYS = ("status", "stage", "partition_key", "capture_id", "rows", "reason")


@dataclass(frozen=True, kw_only=True)
class StageResult(Mapping[str, Any]):
    """One stage's result. Reads like the dict that a pipeline may return too; ``result["rows"]`` is a count.

    Its rows and the counts of its anomalies are read from the database when they are asked for.
    """

    status: Literal["SUCCESS", "SKIPPED"]
    stage: str
    partition_key: str
    capture_id: str
    row_count: int
    reason: str | None = None
    _tracking: "Tracking" = field(repr=False, compare=False)
    _table: "Table | None" = field(default=None, repr=False, compare=False)

    @property
    def anomalies(self) -> Mapping[str, int]:
        """How many anomalies of each code the capture has."""
        return self._tracking.anomalies.counts(self.capture_id)

    def rows(self) -> "Iterator[Row[Any]]":
        """The capture's rows in the order of their key, streamed; none where the stage has no table."""
        if self._table is None:
            return
        database = self._tracking.database
        statement = (
            select(self._table)
            .where(self._table.c.capture_id == self.capture_id)
            .order_by(*in_byte_order(self._table.primary_key.columns, database.dialect))
        )
        with database.snapshot() as connection:
            yield from connection.execution_options(yield_per=1000).execute(statement)

    def __getitem__(self, key: str) -> Any:
        if key not in KEYS:
            raise KeyError(key)
        return self.row_count if key == "rows" else getattr(self, key)

    def __iter__(self) -> Iterator[str]:
        return iter(KEYS)

    def __len__(self) -> int:
        return len(KEYS)


def skipped_result(
    tracking: "Tracking", complete: "CaptureRecord", table: "Table | None" = None
) -> StageResult:
    """The result of a stage that is complete already: what its current capture left."""
    return StageResult(
        status="SKIPPED",
        stage=complete.stage,
        partition_key=complete.partition_key,
        capture_id=complete.capture_id,
        row_count=complete.row_count or 0,
        reason=complete.standing or "already complete",
        _tracking=tracking,
        _table=table,
    )
