"""A small domain on a real database, and its stages published one call at a time."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from spine import Check, Partitioning, Stage, StageResult
from spine.core.database.schema import create_core, has_core
from spine.core.files import FileSeen
from spine.core.partitions.times import IsoWeek
from spine.core.tables import core_anomalies, core_files, core_manifest
from spine.core.tracking import Tracking
from spine.core.types import Decimal, Json, UtcTimestamp
from spine.data.publish import Publication, publish
from spine.data.sources.declared import Source

PARTITIONS = Partitioning(week=IsoWeek(start="2025-W01"))
METADATA = sa.MetaData()


def table(name: str, *columns: sa.Column[Any], key: Sequence[str], inputs: bool = False) -> sa.Table:
    """A table as generated packages have them."""
    provenance = [sa.Column("partition_key", sa.String, nullable=False)]
    provenance.append(sa.Column("capture_id", sa.String(36), nullable=False))
    if inputs:
        provenance += [
            sa.Column(f"input_{end}_capture_id", sa.String(36), nullable=False) for end in ("min", "max")
        ]
    return sa.Table(
        name,
        METADATA,
        *columns,
        *provenance,
        sa.PrimaryKeyConstraint("capture_id", *key, name=f"pk_{name}"),
        sqlite_with_rowid=False,
    )


VOLUME = table(
    "volume",
    sa.Column("symbol", sa.String, nullable=False),
    sa.Column("mpid", sa.String, nullable=False),
    sa.Column("shares", sa.BigInteger, nullable=False),
    sa.Column("note", sa.String, nullable=True),
    key=("symbol", "mpid"),
)
TYPES = table(
    "types",
    sa.Column("id", sa.BigInteger, nullable=False),
    sa.Column("text", sa.String, nullable=True),
    sa.Column("whole", sa.BigInteger, nullable=True),
    sa.Column("real", sa.Double, nullable=True),
    sa.Column("price", Decimal(12, 4), nullable=True),
    sa.Column("flag", sa.Boolean, nullable=True),
    sa.Column("day", sa.Date, nullable=True),
    sa.Column("at", UtcTimestamp, nullable=True),
    sa.Column("doc", Json, nullable=True),
    key=("id",),
)
TOTAL = table(
    "total",
    sa.Column("symbol", sa.String, nullable=False),
    sa.Column("shares", sa.BigInteger, nullable=False),
    sa.Column("mean", Decimal(12, 2), nullable=True),
    key=("symbol",),
    inputs=True,
)
LONG = table(
    "long",
    sa.Column("id", sa.String, nullable=False),
    sa.Column("amount", Decimal(20, 2), nullable=False),
    key=("id",),
)
WORDS = table(
    "words",
    sa.Column("class", sa.Text, nullable=False),
    sa.Column("count", sa.BigInteger, nullable=False),
    key=["class"],
)
ONE = table("one", sa.Column("rows", sa.BigInteger, nullable=False), key=(), inputs=True)


class Lab:
    """One database with the tables above, a folder of data files, and stages to run in them."""

    def __init__(self, url: str, root: Path) -> None:
        self.tracking = Tracking(url)
        self.root = root
        self.dialect = self.tracking.database.dialect
        with self.tracking.database.write() as connection:
            if not has_core(connection):
                create_core(connection)
            METADATA.create_all(connection)

    def file(self, name: str, content: str | bytes) -> str:
        """Write a data file; returns its path as sources have it."""
        (self.root / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return name

    def publish(
        self,
        into: sa.Table,
        work: Callable[[Publication], object],
        *,
        stage: str = "STAGE",
        week: str = "2025-W51",
        arrow: bool = False,
    ) -> StageResult:
        """Run a stage as generated pipelines do; one that asks for ``arrow`` is declared, too."""
        manifest, partition = self.tracking.manifest, PARTITIONS.parse(week)
        capture_id = manifest.record_start("lab", partition.key, stage, "BRONZE")
        try:
            with publish(
                self.tracking, capture_id, partition, into, self.root, makes=self._made(into, stage, arrow)
            ) as capture:
                work(capture)
                capture.write()
                manifest.record_complete(capture_id, capture.row_count)
        except Exception as error:
            manifest.record_failed(capture_id, str(error))
            raise
        return capture.result

    def _made(self, into: sa.Table, stage: str, arrow: bool) -> Stage | None:
        if not arrow:
            return None
        return Stage("lab", stage, "BRONZE", partitions=PARTITIONS, table=into, rows="arrow")

    def load(
        self,
        source: Source,
        into: sa.Table = VOLUME,
        checks: Sequence[Check] = (),
        *,
        stage: str = "LOAD",
        week: str = "2025-W51",
    ) -> StageResult:
        """Run a source stage."""

        def work(capture: Publication) -> None:
            capture.read(source)
            capture.check(checks)

        return self.publish(into, work, stage=stage, week=week)

    def rows(self, of: sa.Table) -> list[tuple[Any, ...]]:
        """Every row of the table, its declared columns only."""
        columns = [
            column for column in of.columns if not column.name.endswith(("partition_key", "capture_id"))
        ]
        with self.tracking.read() as connection:
            return [
                tuple(row)
                for row in connection.execute(sa.select(*columns).order_by(*of.primary_key.columns))
            ]

    def anomalies(self) -> list[tuple[str, Any]]:
        """Code and context of every anomaly, in the order of their ids."""
        query = sa.select(core_anomalies.c.anomaly_code, core_anomalies.c.context).order_by(
            core_anomalies.c.id
        )
        with self.tracking.read() as connection:
            return [(code, context) for code, context in connection.execute(query)]

    def captures(self) -> list[tuple[str, str, int | None, str | None]]:
        """Stage, status, row count and error of every capture."""
        c = core_manifest.c
        query = sa.select(c.stage, c.status, c.row_count, c.error).order_by(c.capture_id)
        with self.tracking.read() as connection:
            return [tuple(row) for row in connection.execute(query)]

    def files(self) -> list[FileSeen]:
        """Every file that a capture read."""
        f = core_files.c
        with self.tracking.database.read() as connection:
            found = connection.execute(sa.select(f.path, f.size, f.modified_ns, f.sha256))
            return [FileSeen(**row._mapping) for row in found]
