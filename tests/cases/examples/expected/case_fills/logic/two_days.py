# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make fill_sum from LOAD."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import FillRow, FillSumRow


def two_days(
    capture: Capture,
    load: InputRows[FillRow],
) -> Iterator[FillSumRow]:
    """Yield the rows of fill_sum for `capture.partition`.

    `load` has the rows of LOAD for the same partition and for those of the 1 before it
    that exist.
    """
    raise NotImplementedError("case.fills: logic/two_days.py is still to be written")
