# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make makes from STAGE."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import MakesRow, StageRow


def makes(
    capture: Capture,
    stage: InputRows[StageRow],
) -> Iterator[MakesRow]:
    """Yield the rows of makes for `capture.partition`.

    `stage` has the rows of STAGE for the same partition and for those of the 2 before
    it that exist.
    """
    raise NotImplementedError("hard.stages: logic/makes.py is still to be written")
