"""Checks on a stage as a whole: conditions on aggregates over the rows that this capture just wrote.

They are asked in the publishing transaction, before COMPLETE: nobody else has seen the rows yet. What the
partition before had is no input: it makes nothing stale, and the anomaly says which capture it was of.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import psycopg
import sqlalchemy as sa

from spine.core.attempts import Attempt
from spine.core.partitions.partitioning import Partition
from spine.core.previous import PreviousCapture, previous_capture
from spine.data.tables.rejected import described
from spine.data.tables.relation import cursor_of, execute
from spine.data.tables.target import Target, in_byte_order, quoted, quoted_text
from spine.errors import CheckConditionError, CheckFailedError

from .aggregates import aggregates_in, has_previous, with_previous
from .checks import Check
from .journal import Journal
from .sql_texts import text_for

_SAMPLE = 3
_NOT_EVALUATED = (sqlite3.Error, psycopg.ProgrammingError, psycopg.DataError)


@dataclass(frozen=True, kw_only=True)
class _Found:
    """What a condition that holds was found with."""

    check: Check
    values: Mapping[str, Any]  # by aggregate
    previous: PreviousCapture | None  # that its PREVIOUS was of

    @property
    def message(self) -> str:
        """The condition, and the values that make it hold."""
        values = ", ".join(f"{name} = {value}" for name, value in self.values.items())
        then = f" (PREVIOUS is of {self.previous.partition_key})" if self.previous else ""
        return f"{self.check.shown} holds{f', with {values}' if values else ''}{then}"


class WholeStage:
    """The rows of one capture, in its stage's table."""

    def __init__(self, table: sa.Table, target: Target, attempt: Attempt, partition: Partition) -> None:
        self._table = table
        self._target = target
        self._attempt = attempt
        self._partition = partition

    def judge(self, connection: sa.Connection, checks: Sequence[Check], journal: Journal) -> tuple[str, ...]:
        """Make an anomaly of every check whose condition holds; what there is to say of those not judged.

        Raises CheckFailedError if any of them fails the stage, CheckConditionError for a condition that
        cannot be evaluated.
        """
        previous: PreviousCapture | None = None
        if any(has_previous(self._text(check)) for check in checks):
            previous = previous_capture(connection, self._attempt.place, self._partition)
        unjudged, failing, sample = [], [], None
        for check in checks:
            compares = has_previous(self._text(check))
            if compares and previous is None:
                unjudged.append(f"{check.code} was not judged: no partition before is complete")
                continue
            found = self._ask(connection, check, previous if compares else None)
            if found is None:
                continue
            sample = self._sample(connection) if sample is None else sample
            context: dict[str, Any] = {"condition": check.shown, "values": found.values, "sample": sample}
            if found.previous is not None:
                context["previous"] = found.previous._asdict()
            journal.record(check.code, found.message, None, context)
            if check.action == "fail":
                failing.append(found)
        if failing:
            raise _failure(failing, sample or ())
        return tuple(unjudged)

    def _text(self, check: Check) -> str:
        assert check.having is not None
        return text_for(check.having, self._target.dialect)

    def _ask(
        self, connection: sa.Connection, check: Check, previous: PreviousCapture | None
    ) -> _Found | None:
        """What the condition was found with; None where it does not hold."""
        rows = f"FROM {quoted(self._target.table)} WHERE capture_id ="

        def asked(aggregate: str) -> str:
            assert previous is not None
            return f"(SELECT {aggregate} {rows} {quoted_text(previous.capture_id)})"

        text = self._text(check)
        aggregates = [one.text for one in aggregates_in(text)]
        names = [one.text for one in aggregates_in(check.shown)]
        values = [with_previous(one, asked) for one in aggregates]
        holds = f"CASE WHEN {with_previous(text, asked)} THEN 1 ELSE 0 END"
        # With a count there is one answer, also where all that is compared is of the partition before.
        asked_for = ", ".join(["COUNT(*)", holds, *values])
        query = f"SELECT {asked_for} {rows} {quoted_text(self._attempt.capture_id)}"
        try:
            [(_, is_found, *numbers)] = execute(cursor_of(connection), query).fetchall()
        except _NOT_EVALUATED as error:
            raise CheckConditionError(
                f"a check cannot be evaluated ({check.code}: {check.shown}): {error}"
            ) from error
        if not is_found:
            return None
        # A database may be asked in other words than were written, but in the same order.
        shown = names if len(names) == len(aggregates) else aggregates
        found = dict(zip(shown, map(_plain, numbers), strict=True))
        return _Found(check=check, values=found, previous=previous)

    def _sample(self, connection: sa.Connection) -> list[dict[str, Any]]:
        """The first rows in the order of their key."""
        columns = [self._table.columns[column.name] for column in self._target.columns]
        key = [self._table.columns[name] for name in self._target.key]
        query = sa.select(*columns).where(self._table.columns.capture_id == self._attempt.capture_id)
        query = query.order_by(*in_byte_order(key, self._target.dialect)).limit(_SAMPLE)
        return [dict(row._mapping) for row in connection.execute(query)]


def _plain(value: Any) -> Any:
    """A whole number as one: PostgreSQL has the sum of integers as a decimal."""
    if isinstance(value, Decimal) and value.as_tuple().exponent == 0:
        return int(value)
    return value


def _failure(failing: Sequence[_Found], sample: Sequence[Mapping[str, Any]]) -> CheckFailedError:
    said = "; ".join(f"{found.check.code}: {found.message}" for found in failing)
    rows = f"rows such as {'; '.join(map(described, sample))}" if sample else "no rows"
    return CheckFailedError(
        f"{said}. The stage as a whole has {rows}. Nothing was written: readers keep what they had.",
        {str(found.check.code): 1 for found in failing},
    )
