"""A tracked workflow: two pipelines, the checks between them, and what a rerun finds.

    python examples/patterns/04_workflow_with_tracking.py

Closing prices arrive once a day. The workflow runs twice for one day: the first run does the work, the second
finds it done. A run for a day without prices stops at its check. Everything is recorded in a database in
memory, which the end of the script looks into.
"""

import sqlalchemy as sa

from spine import Context, Pipeline, Step, Workflow, WorkflowResult, WorkflowRunner, register_pipeline

DOMAIN = "prices.daily"
PUBLISHED = {
    "2025-12-15": [
        {"symbol": "AAPL", "open": 273.1, "close": 274.1},
        {"symbol": "MSFT", "open": 480.2, "close": 474.8},
        {"symbol": "HALT", "open": 12.0, "close": None},
    ],
    "2025-12-16": [],
}


@register_pipeline("prices/fetch_daily")
class FetchDailyPrices(Pipeline):
    """Take in a day's prices; a symbol without a close is recorded as an anomaly and left out."""

    def run(self, context: Context) -> dict[str, object]:
        day = context["partition_key"]
        if self.manifest.check_complete(DOMAIN, day, "INGEST", "BRONZE"):
            return {"status": "SKIPPED", "reason": "already fetched"}
        capture_id = self.manifest.record_start(DOMAIN, day, "INGEST", "BRONZE")
        prices = []
        for row in PUBLISHED[day]:
            if row["close"] is None:
                self.anomalies.record(capture_id, "NO_CLOSE", f"{row['symbol']} did not close", context=row)
            else:
                prices.append({**row, "capture_id": capture_id})
        context["prices"] = prices
        self.manifest.record_complete(capture_id, len(prices))
        return {"status": "SUCCESS", "rows": len(prices)}


@register_pipeline("prices/calculate_returns")
class CalculateReturns(Pipeline):
    """The day's return of every symbol, and which capture of the prices it was made from."""

    def run(self, context: Context) -> dict[str, object]:
        day = context["partition_key"]
        if self.manifest.check_complete(DOMAIN, day, "RETURNS", "SILVER"):
            return {"status": "SKIPPED", "reason": "already calculated"}
        prices = context["prices"]
        capture_id = self.manifest.record_start(DOMAIN, day, "RETURNS", "SILVER")
        self.lineage.record(capture_id, {row["capture_id"] for row in prices})
        context["returns"] = {row["symbol"]: round(row["close"] / row["open"] - 1, 4) for row in prices}
        self.manifest.record_complete(capture_id, len(prices))
        return {"status": "SUCCESS", "rows": len(prices)}


DAILY = Workflow(
    name="prices/daily",
    domain=DOMAIN,
    description="Fetch a day's prices and calculate its returns.",
    steps=[
        Step.lambda_("has_day", lambda ctx: ctx.get("partition_key") is not None),
        Step.pipeline("fetch", "prices/fetch_daily"),
        Step.lambda_("has_prices", lambda ctx: len(ctx.get("prices", [])) > 0),
        Step.pipeline("returns", "prices/calculate_returns"),
    ],
)


def show(title: str, result: WorkflowResult) -> None:
    """Print how every step ended."""
    print(f"{title}: {result.status}")
    for step in result.steps:
        print(f"    {step.name:12} {step.status:9} {step.reason or ''}".rstrip())


def main() -> None:
    """Run the workflow, and print what happened and what was recorded."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    runner = WorkflowRunner(engine)

    context = {"partition_key": "2025-12-15"}
    show("first run", runner.run(DAILY, context))
    print(f"    returns: {context['returns']}")

    again = {"partition_key": "2025-12-15"}
    show("second run", runner.run(DAILY, again))
    print(f"    the same returns, given back: {again['returns'] == context['returns']}")

    show("a day without prices", runner.run(DAILY, {"partition_key": "2025-12-16"}))

    with engine.connect() as connection:
        print("core_manifest:")
        for row in connection.execute(
            sa.text("SELECT partition_key, stage, status, row_count FROM core_manifest ORDER BY capture_id")
        ):
            print("   ", *row)
        print("core_anomalies:")
        for row in connection.execute(sa.text("SELECT anomaly_code, severity, message FROM core_anomalies")):
            print("   ", *row)
    engine.dispose()


if __name__ == "__main__":
    main()
