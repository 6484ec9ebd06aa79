# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make case_risk_exposure from BOOKS, RATES, POSITIONS."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import (
    CaseRiskBookRow,
    CaseRiskExposureRow,
    CaseRiskPositionRow,
    CaseRiskRateRow,
)


def exposure(
    capture: Capture,
    books: InputRows[CaseRiskBookRow],
    rates: InputRows[CaseRiskRateRow],
    positions: InputRows[CaseRiskPositionRow],
) -> Iterator[CaseRiskExposureRow]:
    """Yield the rows of case_risk_exposure for `capture.partition`.

    `books` has the rows of BOOKS for the same partition and for those of the 11 before
    it that exist.

    `rates` has the rows of RATES for the same partition and for those of the 2 before
    it that exist.

    `positions` has the rows of POSITIONS for the same partition.
    """
    raise NotImplementedError("case.risk: logic/exposure.py is still to be written")
