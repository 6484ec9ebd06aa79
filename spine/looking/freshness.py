"""What is stale and what is behind: of some captures with the reasons, or which partitions have such."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from spine.core.capture_records import of_stage
from spine.core.captures import CaptureRecord
from spine.core.database.statements import chunks
from spine.core.staleness import Reason, accepted_digests, inputs_changed, values_destroyed
from spine.core.tables import IS_CURRENT, core_lineage, core_manifest
from spine.looking.partition_keys import by_domain, captured_domains
from spine.orchestration.stale import StaleCaptures

_c = core_manifest.c
_MOST_READ_AT_ONCE = 2000
_ROW = (_c.capture_id, _c.domain, _c.partition_key)


@dataclass(frozen=True, kw_only=True)
class Freshness:
    """How a capture is beside what a new attempt would make; fresh, or unknown, where it is neither."""

    stale: tuple[Reason, ...] = ()
    behind: str | None = None  # what is stale of all that it was made from, in words

    @property
    def word(self) -> str | None:
        """``stale``, ``behind``, or None."""
        return "stale" if self.stale else "behind" if self.behind else None

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why, in words."""
        if self.stale:
            return tuple(reason.text for reason in self.stale)
        return () if self.behind is None else (self.behind,)


FRESH = Freshness()


class FreshnessOf:
    """Judges captures by the manifest and what is declared, and by source files where they are looked at."""

    def __init__(self, stale: StaleCaptures) -> None:
        self._stale = stale

    def captures(self, connection: sa.Connection, records: Sequence[CaptureRecord]) -> dict[str, Freshness]:
        """The freshness of each of these current captures that is stale or behind."""

        stale = self._stale.among(connection, records)
        others = [record.capture_id for record in records if record.capture_id not in stale]
        behind = self._stale.behind(connection, others)
        return {capture_id: Freshness(stale=reasons) for capture_id, reasons in stale.items()} | {
            capture_id: Freshness(behind=what) for capture_id, what in behind.items()
        }

    def keys(self, connection: sa.Connection) -> dict[str, set[str]]:
        """The partitions of each domain of which a capture is stale or behind."""
        # Domains and a bound of stages are named so that SQLite goes through the index of what is current.
        domains = captured_domains(connection)
        is_stale = sa.or_(*self._stale_roots(connection))
        stale = sa.select(*_ROW).where(IS_CURRENT, _c.domain.in_(domains), _c.stage > "", is_stale)
        found = {row.capture_id: (row.domain, row.partition_key) for row in connection.execute(stale)}
        for record, _ in self._stale.by_declaration(connection, None):
            found[record.capture_id] = (record.domain, record.partition_key)
        level = list(found)
        while level:
            further = dict(_made_from(connection, level))
            level = [capture_id for capture_id in further if capture_id not in found]
            found |= further
        return by_domain(found.values())

    def _stale_roots(self, connection: sa.Connection) -> Iterable[sa.ColumnElement[bool]]:
        """Conditions of what is stale, of any domain, by its inputs, its definition or lost values."""
        yield inputs_changed(_c.capture_id)
        for makes in self._stale.declared:
            same = accepted_digests(connection, makes.stage_key, makes.definition.digest)
            by_another = _c.definition.not_in(sorted(same))
            yield sa.and_(*of_stage(makes.stage_key), sa.or_(by_another, values_destroyed(makes.definition)))


def _made_from(connection: sa.Connection, captures: Sequence[str]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The current captures that read any of these, each with its domain and partition.

    One remove at a time: in one recursive query, PostgreSQL would go through all of the lineage for each.
    """
    readers = sa.select(*_ROW).join_from(
        core_lineage, core_manifest, core_lineage.c.capture_id == _c.capture_id
    )
    for some in chunks(captures, _MOST_READ_AT_ONCE):
        for row in connection.execute(readers.where(core_lineage.c.input_capture_id.in_(some), IS_CURRENT)):
            yield row.capture_id, (row.domain, row.partition_key)
