"""Whether the files that a capture read are those that a new attempt would read. Looks at them."""

import sqlalchemy as sa

from .captures import CaptureRecord
from .definitions import Definition
from .dependencies import Dependencies
from .files import FileSeen
from .staleness import Reason, definition_reasons, is_declared_otherwise
from .tables import core_files


def file_reasons(
    connection: sa.Connection, record: CaptureRecord, dependencies: Dependencies
) -> tuple[Reason, ...]:
    """Which of the files that a new attempt would read are not those that were read. Looks at the files."""
    recorded = _recorded_files(connection, record.capture_id) if dependencies.files else {}
    if not recorded:
        return ()  # it is not known what was read
    reasons = []
    contents = {seen.sha256 for seen in recorded.values()}
    for file in dependencies.files:
        known = recorded.get(file.shown)
        seen = file.look(known)
        if seen is None:
            continue  # what is no longer there makes nothing stale
        if known is None and seen.sha256 in contents:
            continue  # it has another path now
        if known is None and _asks_elsewhere(connection, record, dependencies.definition):
            continue
        if known is None:
            reasons.append(Reason(cause="file arrived", text=f"{file.called} arrived since"))
        elif seen.sha256 != known.sha256 and not (
            file.has_several and _reads_otherwise(connection, record, dependencies.definition)
        ):
            reasons.append(Reason(cause="file changed", text=f"{file.called} changed since"))
    return tuple(reasons)


def _recorded_files(connection: sa.Connection, capture_id: str) -> dict[str, FileSeen]:
    """The files that the capture read, by path."""
    f = core_files.c
    read = sa.select(f.path, f.size, f.modified_ns, f.sha256).where(f.capture_id == capture_id)
    return {row.path: FileSeen(**row._mapping) for row in connection.execute(read)}


def _asks_elsewhere(connection: sa.Connection, record: CaptureRecord, now: Definition) -> bool:
    """Whether the source is declared otherwise, and nobody has accepted that as giving the same rows."""
    return is_declared_otherwise(connection, record, now, "source") and bool(
        definition_reasons(connection, record, now)
    )


def _reads_otherwise(connection: sa.Connection, record: CaptureRecord, now: Definition) -> bool:
    """Whether other rows or columns are read of its files, so that digests of rows are not comparable."""
    return any(
        is_declared_otherwise(connection, record, now, part) for part in ("source", "columns")
    ) and bool(definition_reasons(connection, record, now))
