# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: specs/bonds.yaml

from collections import defaultdict
from collections.abc import Iterator

from ref_issuers.rows import RefIssuerRow
from spine import Capture, InputRows

from .. import anomalies as codes
from ..rows import BondDayRow, BondSectorMonthRow

UNKNOWN = "?"


def sectors(
    capture: Capture,
    daily: InputRows[BondDayRow],
    issuers: InputRows[RefIssuerRow],
) -> Iterator[BondSectorMonthRow]:
    """Yield the rows of bond_sector_month for `capture.partition`.

    `daily` has the rows of DAILY for those of its partitions that belong to this one
    and exist.

    `issuers` has the rows of ref.issuers/LOAD for its newest partition at or before
    this one.
    """
    sector_of = {row.issuer: row.sector for row in issuers}
    found: defaultdict[str, list[BondDayRow]] = defaultdict(list)
    for row in daily:
        found[sector_of.get(row.issuer, UNKNOWN)].append(row)
    for issuer in sorted({row.issuer for row in found[UNKNOWN]}):
        capture.record(codes.UNKNOWN_ISSUER, f"{issuer} is of no sector yet")
    for sector, rows in sorted(found.items()):
        if rows:
            yield BondSectorMonthRow(
                sector=sector,
                issuers=len({row.issuer for row in rows}),
                trades=sum(row.trades for row in rows),
                amount=sum(row.amount for row in rows),
            )
