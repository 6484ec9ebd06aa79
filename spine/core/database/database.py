"""One database, however it was given: short reads that take no write lock, and write transactions.

A file or server is reached through connections of its own, beside whatever the caller has open. A SQLite
database in memory exists in one connection only, so there the caller's is shared.
"""

import weakref
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import sqlalchemy as sa

from spine.errors import DatabaseUrlError, TransactionBrokenError

from .backend import LOCK_TIMEOUT_SECONDS, DialectName
from .connections import Connections
from .engines import backend_of, dialect_name, parse_url
from .shared import SharedConnection
from .sqlite import in_transaction, sqlite_file
from .statements import Command

if TYPE_CHECKING:
    from sqlalchemy.orm import Session, scoped_session

DatabaseLike: TypeAlias = Union[
    "Database", sa.Engine, sa.Connection, sa.URL, str, "Session", "scoped_session[Session]"
]


class Database:
    """A SQLite or PostgreSQL database. Make one with ``Database.of``; safe to share between threads.

    A process that is forked may go on using it: it gets connections of its own.
    """

    def __init__(
        self,
        engine: sa.Engine,
        *,
        owned: bool,
        lock_timeout: float = LOCK_TIMEOUT_SECONDS,
        beside: "Session | sa.Connection | None" = None,
    ) -> None:
        """``beside`` is what the caller has open on the same file."""
        self.engine = engine
        self.dialect: DialectName = dialect_name(engine)
        self.url = engine.url.render_as_string(hide_password=True)
        self.lock_timeout = lock_timeout  # seconds
        self.core_ready = False  # the core tables were seen in it: see schema.ensure_core
        self.numbered_at: float | None = None  # by the monotonic clock: see numbers.number_in_time
        self._backend = backend_of(self.dialect, lock_timeout)
        self._connections: Connections | SharedConnection
        if self.dialect == "sqlite" and (not owned or isinstance(engine.pool, sa.StaticPool)):
            self._connections = SharedConnection(engine, owned=owned)
        else:
            self._connections = Connections(
                engine, self._backend, owned=owned, callers_lock=_lock_of(beside, self.dialect)
            )

    @classmethod
    def of(cls, given: DatabaseLike, *, lock_timeout: float = LOCK_TIMEOUT_SECONDS) -> "Database":
        """The database behind a URL, Engine, Connection or Session; a Database is returned as it is.

        ``lock_timeout`` is in seconds, for every lock that its own connections wait for. Raises
        DatabaseUrlError for what is no database. Opens nothing: an unreachable one shows on first use.
        """
        if isinstance(given, Database):
            return given
        if isinstance(given, str | sa.URL):
            return cls._own(parse_url(given), lock_timeout, None)
        if isinstance(given, sa.Engine):
            return cls._beside(given, lock_timeout, None)
        if isinstance(given, sa.Connection):
            return cls._beside(given.engine, lock_timeout, given)
        if hasattr(given, "get_bind"):
            session = given() if callable(given) else given  # a scoped_session is called for its Session
            return cls._beside(session.get_bind().engine, lock_timeout, session)
        raise DatabaseUrlError(
            f"{given!r} is no database: pass a SQLAlchemy Session or Engine, or a URL such as 'sqlite:///spine.db'"
        )

    @classmethod
    def _own(cls, url: sa.URL, lock_timeout: float, beside: "Session | sa.Connection | None") -> "Database":
        engine = backend_of(url.get_backend_name(), lock_timeout).make_engine(url)
        return cls(engine, owned=True, lock_timeout=lock_timeout, beside=beside)

    @classmethod
    def _beside(
        cls, engine: sa.Engine, lock_timeout: float, beside: "Session | sa.Connection | None"
    ) -> "Database":
        if dialect_name(engine) == "sqlite" and (file := sqlite_file(engine)) is not None:
            return cls._own(sa.URL.create("sqlite", database=str(file)), lock_timeout, beside)
        return cls(engine, owned=False, lock_timeout=lock_timeout)

    @property
    def identity(self) -> object:
        """Equal for two objects on the same database, as far as can be told without asking it."""
        return self._connections.identity

    @property
    def in_callers_transaction(self) -> bool:
        """Whether the caller may undo what is written now: in memory, while their transaction is open."""
        return self._connections.in_callers_transaction()

    def read(self) -> AbstractContextManager[sa.Connection]:
        """A connection whose every SELECT stands by itself, and takes no lock that a writer waits for."""
        return self._connections.read()

    def snapshot(self) -> AbstractContextManager[sa.Connection]:
        """A connection that sees one state of the database to its end, and may stream through cursors."""
        return self._connections.snapshot()

    @contextmanager
    def write(self, first: Sequence[Command] = (), *, durable: bool = True) -> Iterator[sa.Connection]:
        """One write transaction, begun with ``first``: committed on leaving, rolled back on any error.

        Where it is not ``durable``, its commit does not wait for the disk: what it wrote survives the end of
        the process, and a power cut once a later durable one has committed. On SQLite the write lock is taken
        at once. Raises DatabaseLockedError when a lock cannot be had, TransactionBrokenError where an error
        in it was swallowed that has broken it.
        """
        with self._connections.write(first, durable=durable) as connection:
            yield connection
            if connection.in_transaction():  # not after finish
                self.check_committable(connection)

    def write_all(self, commands: Sequence[Command], *, durable: bool = True) -> list[int]:
        """One write transaction, one round trip to PostgreSQL; how many rows each command changed."""
        return self._connections.run(commands, durable=durable)

    def check_committable(self, connection: sa.Connection) -> None:
        """Raise TransactionBrokenError where the transaction has ended, or an error makes COMMIT undo it."""
        if self._backend.is_broken(connection):
            raise TransactionBrokenError(self.url)

    def is_lost_by(self, error: BaseException) -> bool:
        """Whether the error is that a connection was lost: a COMMIT that was under way is then in doubt."""
        return self._backend.is_lost_by(error)

    def finish(self, connection: sa.Connection, commands: Sequence[Command]) -> None:
        """The last commands of a write transaction; on PostgreSQL in one round trip with its commit."""
        self.check_committable(connection)
        self._backend.finish(connection, commands)

    def insert_rows(
        self, connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Stream rows into one of the core tables; each value as the driver stores it."""
        self._backend.insert_rows(connection, table, columns, rows)

    def lock_commands(self, number: int) -> tuple[Command, ...]:
        """What a transaction begins with that only one at a time may go on with, beside SQLite's own lock."""
        return self._backend.lock_commands(number)

    def dispose(self) -> None:
        """Close the connections of its own."""
        self._connections.dispose()


def _lock_of(beside: "Session | sa.Connection | None", dialect: DialectName) -> Any:
    """Says what of the caller's holds the write lock of a SQLite file now, if anything does."""
    if beside is None or dialect != "sqlite":
        return lambda: None
    known = weakref.ref(beside)

    def held() -> str | None:
        given = known()
        if isinstance(given, sa.Connection):
            return "the Connection" if not given.closed and in_transaction(given) else None
        if given is not None and given.in_transaction() and in_transaction(given.connection()):
            return "the Session"
        return None

    return held
