"""The inserts of what a capture was made from, within someone's transaction."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa

from spine.errors import UnknownCaptureError

from .database.statements import Command, insert_if_absent
from .spans import awaited_at
from .tables import core_absent_inputs, core_awaited_inputs, core_files, core_lineage, core_manifest

if TYPE_CHECKING:
    from .attempts import Attempt

_INSERT = insert_if_absent(core_lineage)
_INSERT_ABSENT = core_absent_inputs.insert()
_INSERT_AWAITED = core_awaited_inputs.insert()
_INSERT_FILE = core_files.insert()
_KNOWN = sa.select(core_manifest.c.capture_id).where(
    core_manifest.c.capture_id.in_(sa.bindparam("captures", expanding=True))
)


def lineage_commands(capture_id: str, inputs: Iterable[str], counts_from: int | None = None) -> list[Command]:
    """The inserts of the edges; one that is there already stays as it is."""
    edge = {"capture_id": capture_id, "counts_from": counts_from}
    return [(_INSERT, {**edge, "input_capture_id": one}) for one in sorted(inputs)]


def dependency_commands(attempt: "Attempt") -> list[Command]:
    """The inserts of all that an attempt was made from, but for its definition."""
    capture = {"capture_id": attempt.capture_id}
    return [
        *lineage_commands(attempt.capture_id, attempt.inputs),
        *((_INSERT_ABSENT, capture | place._asdict()) for place in sorted(attempt.absent)),
        *((_INSERT_AWAITED, row) for row in awaited_at(attempt.awaited, attempt.capture_id)),
        *((_INSERT_FILE, capture | asdict(file)) for file in attempt.files),
    ]


@contextmanager
def naming_unknown(
    read: Callable[[], AbstractContextManager[sa.Connection]], captures: Iterable[str]
) -> Iterator[None]:
    """Turn a broken foreign key into UnknownCaptureError, where core_manifest lacks one of the captures."""
    try:
        yield
    except sa.exc.IntegrityError as error:
        wanted = sorted(captures)
        with read() as connection:
            known = set(connection.execute(_KNOWN, {"captures": wanted}).scalars())
        for missing in (one for one in wanted if one not in known):
            raise UnknownCaptureError(missing) from error
        raise
