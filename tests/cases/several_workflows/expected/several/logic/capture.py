# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make several_capture from SOURCE."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import SeveralCaptureRow, SeveralSourceRow


def capture(
    capture: Capture,
    source: InputRows[SeveralSourceRow],
) -> Iterator[SeveralCaptureRow]:
    """Yield the rows of several_capture for `capture.partition`.

    `source` has the rows of SOURCE for the same partition.
    """
    raise NotImplementedError("several: logic/capture.py is still to be written")
