"""What is stale and what is behind: of some captures with the reasons, or which partitions have such."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from spine.core.ancestry import behind_what
from spine.core.captures import CaptureRecord, Place
from spine.core.staleness import Reason, accepted_digests, inputs_changed, is_current
from spine.core.tables import IS_CURRENT, core_lineage, core_manifest
from spine.looking.partition_keys import by_domain, captured_domains
from spine.orchestration.stale import StaleCaptures
from spine.pipelines.stages import DeclaredStages

_c = core_manifest.c
_made = core_manifest.alias("made")
_MOST_AT_ONCE = 500  # values in one IN


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

    def __init__(self, declared: DeclaredStages, stale: StaleCaptures, *, look_at_files: bool) -> None:
        self._declared = declared
        self._stale = stale
        self._look_at_files = look_at_files

    def captures(self, connection: sa.Connection, records: Sequence[CaptureRecord]) -> dict[str, Freshness]:
        """The freshness of each of these current captures that is stale or behind."""

        def stale_of(some: Sequence[CaptureRecord]) -> dict[str, tuple[Reason, ...]]:
            found: dict[str, tuple[Reason, ...]] = {}
            for first in range(0, len(some), _MOST_AT_ONCE):
                found |= self._stale.among(
                    connection, some[first : first + _MOST_AT_ONCE], look_at_files=self._look_at_files
                )
            return found

        stale = stale_of(records)
        others = [record.capture_id for record in records if record.capture_id not in stale]
        behind = behind_what(connection, others, self._declared.definition, stale_of=stale_of)
        return {capture_id: Freshness(stale=reasons) for capture_id, reasons in stale.items()} | {
            capture_id: Freshness(behind=what) for capture_id, what in behind.items()
        }

    def keys(self, connection: sa.Connection) -> dict[str, set[str]]:
        """The partitions of each domain of which a capture is stale or behind."""
        found = self._reached(connection, sa.or_(*self._stale_roots(connection)))
        further = [
            record.capture_id
            for record, _ in self._stale.by_declaration(connection, None, look_at_files=self._look_at_files)
        ]
        for first in range(0, len(further), _MOST_AT_ONCE):
            found |= self._reached(connection, _c.capture_id.in_(further[first : first + _MOST_AT_ONCE]))
        return by_domain(found)

    def _stale_roots(self, connection: sa.Connection) -> Iterable[sa.ColumnElement[bool]]:
        """Conditions of what is stale, of any domain, by its inputs or its definition."""
        yield inputs_changed(_c.capture_id)
        for makes in self._declared:
            place, digest = Place(makes.domain, "", makes.stage, makes.tier), makes.definition.digest
            yield sa.and_(
                _c.domain == makes.domain,
                _c.stage == makes.stage,
                _c.tier == makes.tier,
                _c.definition.not_in(sorted(accepted_digests(connection, place, digest))),
            )

    def _reached(self, connection: sa.Connection, is_root: sa.ColumnElement[bool]) -> set[tuple[str, str]]:
        """The domains' partitions that have a root, or a current capture made from one at any remove."""
        # Domains and a bound of stages are named so that SQLite goes through the index of what is current.
        domains = captured_domains(connection)
        reached = (
            sa.select(_c.capture_id, _c.domain, _c.partition_key)
            .where(IS_CURRENT, _c.domain.in_(domains), _c.stage > "", is_root)
            .cte("reached", recursive=True)
        )
        reached = reached.union(
            sa.select(_made.c.capture_id, _made.c.domain, _made.c.partition_key)
            .join_from(reached, core_lineage, core_lineage.c.input_capture_id == reached.c.capture_id)
            .join(_made, _made.c.capture_id == core_lineage.c.capture_id)
            .where(is_current(_made))
        )
        places = sa.select(reached.c.domain, reached.c.partition_key).distinct()
        return {(domain, key) for domain, key in connection.execute(places)}
