# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""What was traded of each issuer on all markets."""

from collections.abc import Iterator

from case_issuers.rows import CaseIssuersRow
from spine import Capture, InputRows

from ..rows import CaseMonthsRow, CaseTradesRow


def month(
    capture: Capture,
    load: InputRows[CaseTradesRow],
    issuers: InputRows[CaseIssuersRow],
) -> Iterator[CaseMonthsRow]:
    """Yield the rows of case_months for `capture.partition`.

    `load` has the rows of LOAD for those of its partitions that belong to this one and
    exist.

    `issuers` has the rows of case.issuers/LOAD for its newest partition at or before
    this one, and none where it is not there.
    """
    raise NotImplementedError("case.bonds: logic/month.py is still to be written")
