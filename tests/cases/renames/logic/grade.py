"""Grade every symbol."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import DeskGradeRow, DeskTradeRow


def grade(
    capture: Capture,
    ingest: InputRows[DeskTradeRow],
) -> Iterator[DeskGradeRow]:
    """Every ticker's price, whatever its row is called by now."""
    for row in ingest:
        yield DeskGradeRow(row.ticker, float(row.price or 0))
