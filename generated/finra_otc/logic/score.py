# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: specs/finra.yaml
"""Compare every symbol's volume with its mean over the last six weeks."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

from spine import Capture, InputRows

from .. import anomalies as codes
from ..rows import FinraOtcScoreRow, FinraOtcSymbolWeekRow

PLACES = Decimal("0.0001")


def score(
    capture: Capture,
    aggregate: InputRows[FinraOtcSymbolWeekRow],
) -> Iterator[FinraOtcScoreRow]:
    """Each symbol of this week: its volume over its mean volume in the window."""
    volumes: defaultdict[str, list[int]] = defaultdict(list)
    for row in aggregate:
        volumes[row.symbol].append(row.total_volume)
    weeks = len(aggregate.partition_keys)
    for row in aggregate.of(capture.partition):
        history = volumes[row.symbol]
        mean = Decimal(sum(history)) / len(history)
        ratio = Decimal(row.total_volume) / mean if mean else Decimal(0)
        if len(history) < weeks:
            capture.record(
                codes.SHORT_HISTORY,
                f"{row.symbol} traded in {len(history)} of {weeks} weeks",
                context={"symbol": row.symbol, "weeks_traded": len(history)},
            )
        yield FinraOtcScoreRow(row.symbol, len(history), ratio.quantize(PLACES))
