"""A whole domain written by hand: typed tables, weekly partitions, three tiers, provenance, a choice.

    python examples/patterns/08_full_domain_example.py

Venues report the shares that they traded each week. INGEST stores the reports (BRONZE), AGGREGATE adds them
up by symbol (SILVER), TREND compares a symbol's week with the one before (GOLD), once there are two weeks.
Every capture has its own rows in the tables, and readers look for those of current captures only: what a run
that died left behind is never read, and a rerun adds nothing. What `spine-gen build` writes from a spec does
the same with less code, and commits rows with COMPLETE; see generated/finra_otc.
"""

import tempfile
from abc import abstractmethod
from collections import Counter
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from spine import (
    AnomalyCode,
    Context,
    IsoWeek,
    Partitioning,
    Pipeline,
    Step,
    Workflow,
    WorkflowRunner,
    register_pipeline,
    register_workflow,
)

DOMAIN = "example.volumes"
PARTITIONS = Partitioning(week=IsoWeek(start="2025-W01"))

NEGATIVE_VOLUME = AnomalyCode("NEGATIVE_VOLUME", severity="ERROR", description="A volume below zero.")
NEW_SYMBOL = AnomalyCode(
    "NEW_SYMBOL", severity="INFO", description="The symbol did not trade the week before."
)

# What the venues report: symbol, venue, shares. The year ends inside week 2026-W01.
REPORTS = {
    "2025-W51": [("AAPL", "ATSA", 900), ("AAPL", "ATSB", 100), ("MSFT", "ATSA", 400), ("MSFT", "ATSB", -5)],
    "2025-W52": [("AAPL", "ATSA", 500), ("MSFT", "ATSA", 300), ("MSFT", "ATSB", 100)],
    "2026-W01": [("AAPL", "ATSA", 750), ("MSFT", "ATSB", 200), ("NEWCO", "ATSA", 50)],
}

metadata = sa.MetaData()
PROVENANCE = ("partition_key", "capture_id", "input_min_capture_id", "input_max_capture_id")


def table(name: str, *columns: sa.Column[Any], made_from: bool) -> sa.Table:
    """A table whose rows say which capture made them, and which captures they were made from."""
    kept = PROVENANCE if made_from else PROVENANCE[:2]
    return sa.Table(
        name, metadata, *columns, *(sa.Column(column, sa.String, nullable=False) for column in kept)
    )


reports = table(
    "reports",
    sa.Column("symbol", sa.String),
    sa.Column("venue", sa.String),
    sa.Column("shares", sa.BigInteger),
    made_from=False,
)
symbol_weeks = table(
    "symbol_weeks", sa.Column("symbol", sa.String), sa.Column("shares", sa.BigInteger), made_from=True
)
trends = table("trends", sa.Column("symbol", sa.String), sa.Column("change", sa.BigInteger), made_from=True)


class VolumePipeline(Pipeline):
    """What the stages have in common: check, start, work, complete; or fail, and say why."""

    stage: str
    tier: str
    table: sa.Table

    def run(self, context: Context) -> dict[str, object]:
        week = PARTITIONS.of(context).key
        if self.manifest.check_complete(DOMAIN, week, self.stage, self.tier):
            return {"status": "SKIPPED", "reason": "already complete"}
        capture_id = self.manifest.record_start(DOMAIN, week, self.stage, self.tier)
        try:
            rows = self.work(week, capture_id)
            with self.database.write() as connection:
                if rows:
                    connection.execute(self.table.insert(), rows)
            self.manifest.record_complete(capture_id, len(rows))
        except Exception as error:
            self.manifest.record_failed(capture_id, str(error))
            raise
        return {"status": "SUCCESS", "rows": len(rows)}

    @abstractmethod
    def work(self, week: str, capture_id: str) -> list[dict[str, object]]:
        """The stage's rows for the week."""

    def read(
        self, source: sa.Table, stage: str, tier: str, weeks: tuple[str, ...]
    ) -> tuple[list[sa.Row[Any]], set[str]]:
        """The rows of another stage's current captures of the weeks, and those captures."""
        captures = self.manifest.current_captures(DOMAIN, stage, tier, weeks)
        inputs = {capture.capture_id for capture in captures.values()}
        with self.database.read() as connection:
            rows = connection.execute(source.select().where(source.c.capture_id.in_(inputs))).all()
        return list(rows), inputs

    def made(self, week: str, capture_id: str, inputs: set[str]) -> dict[str, str]:
        """The provenance columns of a row, and the lineage of its capture."""
        self.lineage.record(capture_id, inputs)
        return dict(zip(PROVENANCE, (week, capture_id, min(inputs), max(inputs)), strict=True))


@register_pipeline("volumes/ingest")
class Ingest(VolumePipeline):
    """Store the venues' reports of the week as they came, but for impossible ones."""

    stage, tier, table = "INGEST", "BRONZE", reports

    def work(self, week: str, capture_id: str) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = []
        for symbol, venue, shares in REPORTS[week]:
            row = {"symbol": symbol, "venue": venue, "shares": shares}
            if shares < 0:
                self.anomalies.record(capture_id, NEGATIVE_VOLUME, f"{venue} reports {shares}", context=row)
                continue
            rows.append({**row, "partition_key": week, "capture_id": capture_id})
        return rows


@register_pipeline("volumes/aggregate")
class Aggregate(VolumePipeline):
    """Add up every symbol's shares over the venues."""

    stage, tier, table = "AGGREGATE", "SILVER", symbol_weeks

    def work(self, week: str, capture_id: str) -> list[dict[str, object]]:
        rows, inputs = self.read(reports, "INGEST", "BRONZE", (week,))
        provenance = self.made(week, capture_id, inputs)
        totals: Counter[str] = Counter()
        for row in rows:
            totals[row.symbol] += row.shares
        return [
            {"symbol": symbol, "shares": shares, **provenance} for symbol, shares in sorted(totals.items())
        ]


@register_pipeline("volumes/trend")
class Trend(VolumePipeline):
    """Each symbol's change since the week before."""

    stage, tier, table = "TREND", "GOLD", trends

    def work(self, week: str, capture_id: str) -> list[dict[str, object]]:
        window = PARTITIONS.parse(week).window(2)
        rows, inputs = self.read(symbol_weeks, "AGGREGATE", "SILVER", window)
        provenance = self.made(week, capture_id, inputs)
        before = {row.symbol: row.shares for row in rows if row.partition_key != week}
        changes: list[dict[str, object]] = []
        for row in rows:
            if row.partition_key != week:
                continue
            if row.symbol not in before:
                self.anomalies.record(capture_id, NEW_SYMBOL, f"{row.symbol} is new")
            changes.append(
                {"symbol": row.symbol, "change": row.shares - before.get(row.symbol, 0), **provenance}
            )
        return changes


WEEKLY = register_workflow(
    Workflow(
        name="volumes/weekly",
        domain=DOMAIN,
        partitions=PARTITIONS,
        steps=[
            Step.lambda_("has_week", lambda ctx: ctx.get("partition_key") is not None),
            Step.pipeline("INGEST", "volumes/ingest"),
            Step.lambda_("few_impossible", lambda ctx: ctx.anomalies("INGEST", "NEGATIVE_VOLUME") < 2),
            Step.pipeline("AGGREGATE", "volumes/aggregate"),
            Step.choice(
                "two_weeks",
                condition=lambda ctx: ctx.partitions("AGGREGATE") >= 2,
                then_step="TREND",
                else_step="end",
            ),
            Step.pipeline("TREND", "volumes/trend"),
        ],
    )
)


def print_rows(connection: sa.Connection, title: str, query: str) -> None:
    """Print what a query finds."""
    print(f"{title}:")
    for row in connection.execute(sa.text(query)):
        print("   ", *row)


def main() -> None:
    """Run three weeks, the last one twice, and print what happened and what was recorded."""
    with tempfile.TemporaryDirectory() as folder:
        engine = sa.create_engine(f"sqlite:///{Path(folder) / 'volumes.db'}")
        metadata.create_all(engine)
        runner = WorkflowRunner(engine)
        for week in (*REPORTS, "2026-W01"):
            result = runner.run(WEEKLY, {"partition_key": week})
            result.raise_for_failure()
            steps = ", ".join(
                f"{step.name} {step.status}" for step in result.steps if step.kind == "pipeline"
            )
            print(f"{week} {result.status}: {steps}")
        with engine.connect() as connection:
            print_rows(connection, "trends", "SELECT partition_key, symbol, change FROM trends ORDER BY 1, 2")
            print_rows(
                connection,
                "anomalies",
                "SELECT anomaly_code, severity, message FROM core_anomalies ORDER BY id",
            )
            print_rows(
                connection,
                "lineage",
                "SELECT made.partition_key, made.stage, 'from', input.partition_key, input.stage "
                "FROM core_lineage JOIN core_manifest AS made ON made.capture_id = core_lineage.capture_id "
                "JOIN core_manifest AS input ON input.capture_id = core_lineage.input_capture_id "
                "ORDER BY made.capture_id, input.capture_id",
            )
        engine.dispose()


if __name__ == "__main__":
    main()
