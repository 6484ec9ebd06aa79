"""How a stage's rows are counted against its checks, and when these fail it.

Every condition sees every well-formed row that the stage read, whatever the other checks say of it; so their
order changes nothing but the order of the anomalies. Every row that a condition holds for becomes one
anomaly. A condition that is NULL for a row does not hold. What has to be unique is so among the rows that no
condition drops. Then, if any check fails the stage, it fails with all of them named; else the rows that were
found and are to be dropped are left out.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from spine.errors import CheckFailedError

from .checks import Check
from .tables.target import quoted

_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class RowCheck:
    """A check with the condition that one engine is asked of each row."""

    check: Check
    condition: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found."""

    check: Check
    matched: int
    examples: tuple[str, ...]  # the first rows, where the check fails the stage


def in_order(
    checks: Sequence[Check],
    dropped: Sequence[RowCheck],
    of_row: Callable[[Check], str],
    of_rows_alike: Callable[[Check, str], str],
) -> tuple[RowCheck, ...]:
    """The checks with their conditions: first those on single rows, then, of what these leave, the others.

    ``dropped`` are what was found before; ``of_rows_alike`` is given what is true for the rows that are left.
    """
    conditions = {place: of_row(check) for place, check in enumerate(checks) if not check.unique}
    single = [RowCheck(check=checks[place], condition=condition) for place, condition in conditions.items()]
    kept = f"NOT {holds((*dropped, *dropping(single)))}"
    for place, check in enumerate(checks):
        if check.unique:
            conditions[place] = of_rows_alike(check, kept)
    return tuple(RowCheck(check=check, condition=conditions[place]) for place, check in enumerate(checks))


def holds(checks: Iterable[RowCheck]) -> str:
    """SQL that is true for the rows that one of the checks' conditions holds for, and never NULL."""
    # CASE, because within it DuckDB, too, stops at the first of several conditions that decides.
    conditions = [f"CASE WHEN {check.condition} THEN true ELSE false END" for check in checks]
    return f"({' OR '.join(conditions)})" if conditions else "false"


def dropping(checks: Iterable[RowCheck]) -> tuple[RowCheck, ...]:
    """The checks that leave rows out."""
    return tuple(one for one in checks if one.check.drops)


def counting(checks: Sequence[RowCheck], rows: str) -> str:
    """A query for how many rows there are, and how many each check's condition holds for."""
    counts = [f"count(CASE WHEN {one.condition} THEN 1 END)" for one in checks]
    return f"SELECT {', '.join(['count(*)', *counts])} FROM {rows}"


def repeated(check: Check, rows: str, place: Sequence[str], kept: str) -> str:
    """A query for the places of the rows which are like another, of those that ``kept`` is true for.

    ``place`` are the columns that tell where a row is, in their order.
    """
    columns = ", ".join(quoted(name) for name in check.unique)
    filled = " AND ".join(f"{quoted(name)} IS NOT NULL" for name in check.unique)
    direction = " DESC" if check.keep == "last" else ""
    order = f" ORDER BY {', '.join(f'{one}{direction}' for one in place)}"
    number = f"row_number() OVER (PARTITION BY {columns}{order})"
    if check.keep == "none":
        number = f"count(*) OVER (PARTITION BY {columns})"
    places = [f"place_{index}" for index in range(len(place))]
    selected = ", ".join(f"{one} AS {name}" for one, name in zip(place, places, strict=True))
    return (
        f"SELECT {', '.join(places)} FROM (SELECT {selected}, {number} AS number FROM {rows} "
        f"WHERE {kept} AND {filled}) AS alike WHERE number > 1"
    )


def fails(check: Check, matched: int, rows: int) -> bool:
    """Whether that many matches among the stage's rows make it fail."""
    if not matched:
        return False
    if check.action == "fail":
        return True
    # As it is written: 0.29 of 100 rows are 29, which as doubles they are not.
    return check.max_rate is not None and matched > Decimal(str(check.max_rate)) * rows


def check_failure(findings: Sequence[Finding], rows: int) -> CheckFailedError:
    """The error for the checks that fail the stage."""
    return CheckFailedError(
        f"{'. '.join(_said(findings, rows))}. Nothing was written; every one of these rows is among the "
        "capture's anomalies.",
        {str(finding.check.code): finding.matched for finding in findings},
    )


def _said(findings: Sequence[Finding], rows: int) -> Iterator[str]:
    for finding in findings:
        check, matched = finding.check, finding.matched
        found = f"{check.code} found {matched} of {rows} rows ({check.shown})"
        if check.action != "fail":
            found += f", more than its max_rate of {check.max_rate}"
        shown = "; ".join(finding.examples[:_EXAMPLES])
        more = f" and {matched - _EXAMPLES} more" if matched > _EXAMPLES else ""
        yield f"{found}: {shown}{more}" if shown else found
