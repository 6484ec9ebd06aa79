# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make frame_mean from LOAD, CALENDAR."""

from spine import ArrowRows, ArrowStream, Capture


def mean(
    capture: Capture,
    load: ArrowRows,
    calendar: ArrowRows,
) -> ArrowStream:
    """Return, as Arrow, the rows of frame_mean for `capture.partition`.

    `load` has the rows of LOAD for the same partition and for those of the 4 before it
    that exist.

    `calendar` has the rows of CALENDAR for the same partition.
    """
    raise NotImplementedError("case.frames: logic/mean.py is still to be written")
