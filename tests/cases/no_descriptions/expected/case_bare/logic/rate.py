# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make case_bare_rate from COUNT."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import CaseBareCountRow, CaseBareRateRow


def rate(
    capture: Capture,
    count: InputRows[CaseBareCountRow],
) -> Iterator[CaseBareRateRow]:
    """Yield the rows of case_bare_rate for `capture.partition`.

    `count` has the rows of COUNT for the same partition.
    """
    raise NotImplementedError("case.bare: logic/rate.py is still to be written")
