"""Checks on a stage's rows: what they declare, how rows are counted against them, when they fail a stage.

Every check of rows sees every well-formed row that the stage read, whatever the other checks say of it; so
their order changes nothing but the order of the anomalies. Every row that a check's condition holds for
becomes one anomaly. A condition that is NULL for a row does not hold. Then, if any check fails the stage, it
fails with all of them named; else the rows that a ``drop`` check found are left out. What a check says of the
stage as a whole is judged in whole_stage.py, once the rows are written.
"""

from collections.abc import Iterable, Sequence
from dataclasses import KW_ONLY, dataclass
from decimal import Decimal
from typing import Literal

from spine.core.anomalies import AnomalyCode
from spine.errors import CheckConditionError, CheckFailedError

from .sql_texts import SqlText, as_written, text_for

_EXAMPLES = 3


@dataclass(frozen=True)
class Check:
    """What makes an anomaly, in SQL that means the same on every database: of a row, or of all of them.

    ``when`` is a condition on a row. ``having`` is one on aggregates over the rows that the stage wrote, of
    which ``PREVIOUS(aggregate)`` is that of the partition before; the stage is one anomaly where it holds.
    """

    code: AnomalyCode | str
    _: KW_ONLY
    when: SqlText | None = None
    having: SqlText | None = None
    action: Literal["record", "drop", "fail"] = "record"
    max_rate: float | None = None  # share of the stage's rows, from 0 to 1, past which the stage fails

    def __post_init__(self) -> None:
        """Raise CheckConditionError unless it is of one kind, with an action of that kind."""
        kinds = [name for name in ("when", "having") if getattr(self, name)]
        if len(kinds) != 1:
            said = " and ".join(kinds) or "neither"
            raise CheckConditionError(f"check {self.code} has {said}: give it one of when and having")
        if self.having and (self.action == "drop" or self.max_rate is not None):
            raise CheckConditionError(
                f"check {self.code} is of the stage as a whole, so that it drops no rows and has no rate of "
                "them: give it the action record or fail"
            )

    @property
    def condition(self) -> SqlText:
        """What it looks for."""
        condition = self.when or self.having
        assert condition is not None
        return condition

    @property
    def shown(self) -> str:
        """The condition as people are shown it."""
        return as_written(self.condition)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """What one check found."""

    check: Check
    matched: int
    examples: tuple[str, ...]  # the first rows, where the check fails the stage


def holds(checks: Iterable[Check], engine: str) -> str:
    """SQL that is true for the rows that one of the checks' conditions holds for, and never NULL."""
    # CASE, because within it DuckDB, too, stops at the first of several conditions that decides.
    conditions = [
        f"CASE WHEN {text_for(check.condition, engine)} THEN true ELSE false END" for check in checks
    ]
    return f"({' OR '.join(conditions)})" if conditions else "false"


def dropping(checks: Iterable[Check]) -> tuple[Check, ...]:
    """The checks that leave rows out."""
    return tuple(check for check in checks if check.action == "drop")


def counting(checks: Sequence[Check], rows: str, engine: str) -> str:
    """A query for how many rows there are, and how many each check's condition holds for."""
    counts = [f"count(CASE WHEN {text_for(check.condition, engine)} THEN 1 END)" for check in checks]
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
