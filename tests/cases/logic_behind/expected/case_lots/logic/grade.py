"""Grade every symbol."""

from collections.abc import Iterator

from case_trades.tables import lots_trade
from spine import Capture, InputRows

from .. import anomalies as codes
from ..rows import LotsGradeRow, LotsTradeRow

TABLE = lots_trade.name


def grade(capture: Capture, ingest: InputRows[LotsTradeRow]) -> Iterator[LotsGradeRow]:
    """Every symbol's price over its shares."""
    for row in ingest:
        if row.shares < 100:
            capture.record(codes.ODD_LOT, row.symbol)
        if row.price is None:
            capture.record(codes.NO_PRIZE, row.symbol)
            continue
        yield LotsGradeRow(row.symbol, row.price / row.shares)
