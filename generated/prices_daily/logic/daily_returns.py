# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: specs/prices.yaml
"""Each symbol's return since the trading day before."""

from collections.abc import Iterator
from decimal import Decimal

from spine import Capture, InputRows

from .. import anomalies as codes
from ..rows import PricesDailyCloseRow, PricesDailyReturnRow

PLACES = Decimal("0.000001")


def daily_returns(
    capture: Capture,
    load: InputRows[PricesDailyCloseRow],
) -> Iterator[PricesDailyReturnRow]:
    """Each symbol of the day: its close over that of the latest day before with prices.

    Weekends and holidays have no partition, so that day may lie up to four days back.
    """
    today = capture.partition.key
    earlier = [key for key in load.partition_keys if key != today]
    before = {row.symbol: row.close for row in load.of(earlier[-1])} if earlier else {}
    for row in load.of(today):
        change = None
        if row.symbol in before:
            change = (row.close / before[row.symbol] - 1).quantize(PLACES)
        else:
            capture.record(
                codes.NEW_SYMBOL,
                f"{row.symbol} has no close on the trading day before",
                context={"symbol": row.symbol},
            )
        yield PricesDailyReturnRow(row.symbol, row.close, change, row.volume)
