"""Checks on a stage's rows: what they declare, how rows are counted against them, when they fail a stage.

Every check sees every well-formed row that the stage read, whatever the other checks say of it; so their
order changes nothing but the order of the anomalies. Every row that a check's condition holds for becomes one
anomaly. A condition that is NULL for a row does not hold. Then, if any check fails the stage, it fails with
all of them named; else the rows that a ``drop`` check found are left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from typing import Literal

from spine.core.anomalies import AnomalyCode
from spine.errors import CheckFailedError

from .sql_texts import SqlText, as_written, text_for

_EXAMPLES = 3


@dataclass(frozen=True)
class Check:
    """A condition, in the SQL that means the same on every database, that makes a row an anomaly."""

    code: AnomalyCode | str
    _: KW_ONLY
    when: SqlText
    action: Literal["record", "drop", "fail"] = "record"
    max_rate: float | None = None  # share of the stage's rows, from 0 to 1, past which the stage fails

    @property
    def shown(self) -> str:
        """The condition as people are shown it."""
        return as_written(self.when)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found."""

    check: Check
    matched: int
    examples: tuple[str, ...]  # the first rows, where the check fails the stage


def holds(checks: Iterable[Check], engine: str) -> str:
    """SQL that is true for the rows that one of the checks' conditions holds for, and never NULL."""
    # CASE, because within it DuckDB, too, stops at the first of several conditions that decides.
    conditions = [f"CASE WHEN {text_for(check.when, engine)} THEN true ELSE false END" for check in checks]
    return f"({' OR '.join(conditions)})" if conditions else "false"


def dropping(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that leave rows out."""
    return tuple(check for check in checks if check.action == "drop")


def counting(checks: Sequence[Check], rows: str, engine: str) -> str:
    """A query for how many rows there are, and how many each check's condition holds for."""
    counts = [f"count(CASE WHEN {text_for(check.when, engine)} THEN 1 END)" for check in checks]
    return f"SELECT {', '.join(['count(*)', *counts])} FROM {rows}"


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
    parts = []
    for finding in findings:
        check, matched = finding.check, finding.matched
        found = f"{check.code} found {matched} of {rows} rows ({check.shown})"
        if check.action != "fail":
            found += f", more than its max_rate of {check.max_rate}"
        shown = "; ".join(finding.examples[:_EXAMPLES])
        more = f" and {matched - _EXAMPLES} more" if matched > _EXAMPLES else ""
        parts.append(f"{found}: {shown}{more}" if shown else found)
    return CheckFailedError(
        f"{'. '.join(parts)}. Nothing was written; every one of these rows is among the capture's anomalies.",
        {str(finding.check.code): finding.matched for finding in findings},
    )
