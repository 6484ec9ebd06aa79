"""Which current captures are stale, over all partitions: by the manifest, the declarations and the files."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.core.ancestry import behind_what, glance_at_ancestors
from spine.core.capture_records import RECORD, of_stage, record_of, records_of
from spine.core.captures import CaptureRecord, Place, StageKey
from spine.core.data_root import DataRoot, DataRootLike
from spine.core.database.statements import chunks
from spine.core.file_staleness import file_reasons
from spine.core.staleness import (
    Reason,
    asked_otherwise,
    inputs_changed,
    is_declared_otherwise,
    stale_among,
    values_destroyed,
)
from spine.core.tables import IS_CURRENT, IS_TAKEN, core_manifest, is_current
from spine.errors import PartitionError
from spine.orchestration.other_days import asked_for_other_days
from spine.pipelines.stages import DeclaredStages

if TYPE_CHECKING:
    from spine.core.dependencies import Dependencies
    from spine.data.inputs.declared import Input
    from spine.data.stage import Stage

_c = core_manifest.c


class StaleCaptures:
    """Finds what is stale by one set of declarations, and by source files where it looks at them."""

    def __init__(
        self, declared: DeclaredStages, data_root: DataRootLike, *, look_at_files: bool = True
    ) -> None:
        self.declared = declared
        self._data_root = DataRoot.of(data_root)
        self._look_at_files = look_at_files

    def find(
        self,
        connection: sa.Connection,
        domain: str | None,
        is_wanted: Callable[[Place], bool] = lambda _place: True,
    ) -> Iterator[tuple[CaptureRecord, tuple[Reason, ...]]]:
        """The stale captures of the domain, or of all, each with what has changed.

        Files of places that are not wanted are not looked at.
        """
        records = self._suspects(connection, domain)
        reasons = stale_among(connection, list(records.values()), self.declared.definition)
        for record, further in self.by_declaration(connection, domain, is_wanted):
            records[record.capture_id] = record
            reasons[record.capture_id] = reasons.get(record.capture_id, ()) + further
        for capture_id, found in reasons.items():
            yield records[capture_id], found

    def gone(self, connection: sa.Connection, domain: str | None) -> Iterator[CaptureRecord]:
        """The last captures of declared stages that a migration took from readers, where nothing is since.

        None of a partition that another form of keys took from them: nothing can be made for it.
        """
        now = core_manifest.alias("now")
        same = (now.c[name] == _c[name] for name in ("domain", "stage", "tier", "partition_key"))
        taken = sa.select(*RECORD).where(
            IS_TAKEN,
            ~sa.exists().where(*same, is_current(now)),
        )
        if domain is not None:
            taken = taken.where(_c.domain == domain)
        records = map(record_of, connection.execute(taken.order_by(_c.attempt)))
        last = {record.place: record for record in records if self._may_be_made(record)}
        yield from last.values()

    def _may_be_made(self, record: CaptureRecord) -> bool:
        makes = self.declared.stage(record.stage_key)
        if makes is None or record.destroyed == "*":
            return makes is not None
        try:
            makes.partitions.parse(record.place.partition_key)
        except PartitionError:
            return False
        return True

    def among(
        self, connection: sa.Connection, records: Sequence[CaptureRecord]
    ) -> dict[str, tuple[Reason, ...]]:
        """What has changed for each of these captures that is stale."""
        reasons = stale_among(connection, records, self.declared.definition)
        by_stage: dict[StageKey, list[str]] = {}
        for record in records:
            by_stage.setdefault(record.stage_key, []).append(record.capture_id)
        for key, captures in by_stage.items():
            makes = self.declared.stage(key)
            if makes is None:
                continue
            for some in chunks(captures):
                for record, further in self._of_stage(connection, makes, some):
                    reasons[record.capture_id] = reasons.get(record.capture_id, ()) + further
        return reasons

    def behind(self, connection: sa.Connection, captures: Sequence[str]) -> dict[str, str]:
        """For each of these captures that something it was made from is stale: what, in words."""
        return behind_what(connection, captures, partial(self.among, connection))

    def is_any_behind(self, connection: sa.Connection, captures: Sequence[str]) -> bool:
        """Whether something that these captures were made from may be stale: quick where nothing is.

        Their own files are not looked at.
        """
        with_files = []
        for capture_id, key, may_be_stale in glance_at_ancestors(
            connection, captures, self.declared.definition
        ):
            if may_be_stale:
                return True
            makes = self.declared.stage(key)
            if makes is not None and makes.source is not None and capture_id not in captures:
                with_files.append(capture_id)
        ancestors = list(records_of(connection, with_files).values())
        return bool(self.among(connection, ancestors))

    def by_declaration(
        self,
        connection: sa.Connection,
        domain: str | None,
        is_wanted: Callable[[Place], bool] = lambda _place: True,
    ) -> Iterator[tuple[CaptureRecord, tuple[Reason, ...]]]:
        """Captures whose files changed, or whose windows reach further back than when they were made."""
        for makes in self.declared:
            if domain in (None, makes.domain):
                yield from self._of_stage(connection, makes, None, is_wanted)

    def _suspects(self, connection: sa.Connection, domain: str | None) -> dict[str, CaptureRecord]:
        """The current captures of another definition, with changed inputs, or of which values are gone."""
        changed = sa.select(*RECORD).where(IS_CURRENT, inputs_changed(_c.capture_id))
        if domain is not None:
            changed = changed.where(_c.domain == domain)
        found = [record_of(row) for row in connection.execute(changed)]
        for makes in self.declared:
            if domain in (None, makes.domain):
                by_another = _c.definition != makes.definition.digest
                suspects = _current(makes).where(sa.or_(by_another, values_destroyed(makes.definition)))
                found += [record_of(row) for row in connection.execute(suspects)]
        return {record.capture_id: record for record in found}

    def _of_stage(
        self,
        connection: sa.Connection,
        makes: "Stage",
        captures: Sequence[str] | None,
        is_wanted: Callable[[Place], bool] = lambda _place: True,
    ) -> Iterator[tuple[CaptureRecord, tuple[Reason, ...]]]:
        """``by_declaration`` for one stage, or for some captures of it."""
        if not (any(map(_asks_by_start, makes.inputs)) or (makes.source is not None and self._look_at_files)):
            return
        current = _current(makes).add_columns(_c.inputs_asked).where(_c.definition.is_not(None))
        other_days: set[str] = set()
        if makes.source is None:
            other_days = asked_for_other_days(connection, makes)
            current = current if other_days else current.where(_may_be_cut(makes))
        if captures is not None:
            current = current.where(_c.capture_id.in_(captures))
        rows = [(row[-1], record_of(row[:-1])) for row in connection.execute(current)]
        for asked, record in rows:
            expected = self._expected(makes, record) if is_wanted(record.place) else None
            if expected is None:
                continue
            if makes.source is not None:
                reasons = file_reasons(connection, record, expected)
            else:
                asks, now = expected.inputs, expected.definition
                as_many = len(asks) == asked and not makes.asks_for_several
                as_many = as_many and record.capture_id not in other_days
                same = as_many or is_declared_otherwise(connection, record, now, "inputs")
                reasons = () if same else asked_otherwise(connection, record.capture_id, asks)
            if reasons:
                yield record, reasons

    def _expected(self, makes: "Stage", record: CaptureRecord) -> "Dependencies | None":
        """What a new attempt would depend on; None where there could be none as things are declared."""
        try:
            partition = makes.partitions.parse(record.partition_key)
            return makes.dependencies(partition, self._data_root)
        except PartitionError:
            return None


def _may_be_cut(makes: "Stage") -> sa.ColumnElement[bool]:
    """True where the start of time cut a window when a capture was made, or does now; most are whole."""
    was_cut = _c.inputs_asked.is_distinct_from(sum(given.window for given in makes.inputs))
    if len(makes.partitions.dimensions) > 1 or any(given.partitions is not None for given in makes.inputs):
        return sa.true()
    _, time = makes.partitions.temporal
    longest = max(given.window for given in makes.inputs)
    first = range(time.first_number, min(time.first_number + longest - 1, time.last_number + 1))
    return sa.or_(was_cut, _c.partition_key.in_([time.value(number) for number in first]))


def _asks_by_start(given: "Input") -> bool:
    """Whether what is asked for of the input goes by where its partitions begin and end."""
    return not given.latest and (given.window > 1 or given.partitions is not None)


def _current(makes: "Stage") -> "sa.Select[tuple[object, ...]]":
    return sa.select(*RECORD).where(IS_CURRENT, *of_stage(makes.stage_key))
