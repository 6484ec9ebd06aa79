"""The insert of lineage edges, within someone's transaction."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from spine.core.database.statements import Command, execute_all
from spine.errors import UnknownCaptureError

from .tables import core_lineage, core_manifest

_INSERT = {
    "sqlite": sqlite.insert(core_lineage).on_conflict_do_nothing(),
    "postgresql": postgresql.insert(core_lineage).on_conflict_do_nothing(),
}
_KNOWN = sa.select(core_manifest.c.capture_id).where(
    core_manifest.c.capture_id.in_(sa.bindparam("captures", expanding=True))
)


def lineage_commands(dialect: str, capture_id: str, inputs: Iterable[str]) -> list[Command]:
    """The inserts of the edges; one that is there already stays as it is."""
    return [(_INSERT[dialect], {"capture_id": capture_id, "input_capture_id": one}) for one in sorted(inputs)]


def insert_lineage(connection: sa.Connection, capture_id: str, inputs: Iterable[str]) -> None:
    """Write the edges in the connection's transaction."""
    execute_all(connection, lineage_commands(connection.dialect.name, capture_id, inputs))


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
