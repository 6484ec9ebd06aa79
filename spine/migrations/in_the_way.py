"""Why steps cannot run where something of people's hangs on what they change: each such thing, what to do.

Told before anything runs, as far as files say what revisions do; and again of each change as it comes where a
step of people's runs with them, which may have made something meanwhile.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

import sqlalchemy as sa

from spine.core.database.backend import DialectName
from spine.errors import MigrationError

from .catalog import Catalog, TableFound
from .peoples_objects import in_the_way
from .plan import Step
from .touched import Happening, Touch, touched

LOOKED = "looked_first"  # the option of an Alembic context in which nothing more can be in the way

_DROP = "drop {them} before `spine migrate`"
_DROP_AND_MAKE = f"{_DROP}, and make {{them}} again afterwards"
_IN_THE_WAY: Mapping[Happening, str] = {
    "view made anew": f"{{names}} {{reads}} {{view}}, which has to be made anew: {_DROP_AND_MAKE}",
    "view dropped": f"{{names}} {{reads}} {{view}}, which is dropped: {_DROP}",
    "view renamed": f"{{names}} {{reads}} {{view}}, which is renamed, or columns of it are: {_DROP_AND_MAKE}",
    "column dropped": f"{{names}} {{is_}} over {{column}} of {{table}}, which is dropped: {_DROP}",
    "column retyped": "{names} {is_} over {column} of {table}, which gets another type: " + _DROP_AND_MAKE,
    "key dropped": "{names} {is_} over the primary key of {table}, which becomes another: " + _DROP,
    "table made anew": f"{{names}} {{reads}} {{table}}, which has to be made anew: {_DROP_AND_MAKE}",
    "table dropped": f"{{names}} {{reads}} {{table}}, which is dropped: {_DROP}",
    "additions lost": (
        "{table} has {names}, which no revision made: SQLite makes the table anew for this change, and they "
        "would be gone. Drop them first, and make them again afterwards"
    ),
    "differences lost": (
        "{names}: SQLite makes {table} anew for this change, as revisions made it. Make it so again before "
        "`spine migrate`; `spine migrate --drift` tells where it differs"
    ),
}


def what_is_in_the_way(
    connection: sa.Connection, steps: Iterable[Step], declared: Callable[[], Catalog]
) -> tuple[str, ...]:
    """Why the steps cannot run on a database: each thing of people's in their way, named.

    As far as files say what steps do, and for what is there now. What the database's revisions `declared` is
    asked for where there is something on what they touch that may be people's.
    """
    dialect: DialectName = "sqlite" if connection.dialect.name == "sqlite" else "postgresql"
    touches = touched(steps, dialect)
    if not in_the_way(connection, touches, {}):
        return ()
    return _reasons(connection, touches, declared().tables)


def check_nothing_in_the_way(
    connection: sa.Connection, touches: Iterable[Touch], ours: Mapping[str, TableFound]
) -> None:
    """MigrationError, naming them, where things of people's hang on what is touched now."""
    if reasons := _reasons(connection, touches, ours):
        raise MigrationError("; ".join(reasons))


def _reasons(
    connection: sa.Connection, touches: Iterable[Touch], ours: Mapping[str, TableFound]
) -> tuple[str, ...]:
    found = in_the_way(connection, touches, ours)
    return tuple(dict.fromkeys(_reason(touch, names) for touch, names in found.items()))


def _reason(touch: Touch, names: Sequence[str]) -> str:
    reads, is_, them = ("reads", "is", "it") if len(names) == 1 else ("read", "are", "them")
    return _IN_THE_WAY[touch.what].format(
        names=", ".join(names),
        reads=reads,
        is_=is_,
        them=them,
        table=touch.table,
        view=touch.view,
        column=touch.column,
    )
