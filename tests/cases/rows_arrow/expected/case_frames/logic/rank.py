# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make frame_rank from MEAN."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import FrameMeanRow, FrameRankRow


def rank(
    capture: Capture,
    mean: InputRows[FrameMeanRow],
) -> Iterator[FrameRankRow]:
    """Yield the rows of frame_rank for `capture.partition`.

    `mean` has the rows of MEAN for the same partition.
    """
    raise NotImplementedError("case.frames: logic/rank.py is still to be written")
