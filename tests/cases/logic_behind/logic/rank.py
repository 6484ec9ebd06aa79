"""Rank the symbols."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import LotsGradeRow, LotsRankRow


def rank(capture: Capture, grade: InputRows[LotsRankRow]) -> Iterator[LotsRankRow]:
    """The best grade first."""
    best = sorted(grade, key=lambda row: row.grade, reverse=True)
    for at, row in enumerate(best):
        yield LotsRankRow(symbol=row.symbol, plaec=at + 1)


def first(rows: list[LotsGradeRow]) -> LotsGradeRow:
    """The best of all."""
    return rows[0]
