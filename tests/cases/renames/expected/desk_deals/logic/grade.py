# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Grade every symbol."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import DeskGradeRow, DeskTradeRow


def grade(
    capture: Capture,
    load: InputRows[DeskTradeRow],
) -> Iterator[DeskGradeRow]:
    """Yield the rows of desk_grade for `capture.partition`.

    `load` has the rows of LOAD for the same partition.
    """
    raise NotImplementedError("desk.trades: logic/grade.py is still to be written")
