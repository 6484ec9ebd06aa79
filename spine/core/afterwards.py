"""What is told of a capture beside the transaction that ends it: while it still runs, or afterwards.

Afterwards somebody may have asked about the past, and answers never change. So what is told of a capture that
has ended counts from the next number on, like what is published next; until then it is told of the present
only.
"""

from collections.abc import Callable

import sqlalchemy as sa

from spine.errors import UnknownCaptureError

from .capture_records import status_of
from .numbers import AsOf, number_all
from .recording import Recording
from .tables import core_manifest

_c = core_manifest.c
# Whoever ends the capture meanwhile waits for what is being told of it, or is waited for.
_STATUS = sa.select(_c.status).where(_c.capture_id == sa.bindparam("capture")).with_for_update(read=True)


def tell(recording: Recording, capture_id: str, write: Callable[[sa.Connection, int | None], object]) -> None:
    """Have it written in a transaction of its own, with the number that it counts from.

    The number is None while the capture runs. Raises UnknownCaptureError where there is no such capture.
    """
    with recording.read() as connection:
        status = status_of(connection, capture_id)
    if status is None:
        raise UnknownCaptureError(capture_id)
    if status == "RUNNING":
        # The commit that ends a capture covers what was told before it; after it, nothing does.
        with recording.write(durable=False) as connection:
            if connection.execute(_STATUS, {"capture": capture_id}).scalar() == "RUNNING":
                write(connection, None)
                return
    with recording.write() as connection:
        write(connection, number_all(connection) + 1)


def counted_at(counts_from: sa.ColumnElement[int | None], moment: AsOf | None) -> sa.ColumnElement[bool]:
    """True for what counted at the moment; or for all that counts now."""
    if moment is None:
        return sa.true()
    return sa.or_(counts_from.is_(None), counts_from <= moment.number)
