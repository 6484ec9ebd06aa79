"""PostgreSQL by psycopg: round trips are what costs, so what belongs together is sent together."""

import select
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa

from .backend import Backend
from .statements import Command, errors_of, execute_all, execute_sql

CONNECT_TIMEOUT_SECONDS = 10
_OF_CONNECTION = ("08", "57P")  # classes of errors: connection exceptions, and an operator's shutdown
_TAKES_NO_WRITES = "spine_takes_no_writes"  # of a connection: whoever keeps the database made it read only


class Postgresql(Backend):
    """Connections that read only, until a transaction says that it writes."""

    name = "postgresql"
    keeps_readers_apart = False

    def make_engine(self, url: sa.URL) -> sa.Engine:
        """A pool of connections that wait for a lock as long as is said, and for a server a few seconds."""
        own = f"-c lock_timeout={_milliseconds(self.lock_timeout)}"
        given = url.query.get("options", "")
        options = " ".join([own, *([given] if isinstance(given, str) else given)])
        defaults = {"connect_timeout": str(CONNECT_TIMEOUT_SECONDS), "application_name": "spine"}
        missing = {name: value for name, value in defaults.items() if name not in url.query}
        # AUTOCOMMIT: the driver starts no transaction by itself, a round trip for every SELECT.
        # The arguments are not put into the URL, which messages show.
        arguments = missing | {"options": options}
        engine = sa.create_engine(url, connect_args=arguments, isolation_level="AUTOCOMMIT")
        sa.event.listen(engine, "connect", _read_only_by_default)
        return engine

    def identity(self, engine: sa.Engine) -> object:
        """The server and the database's name, whoever asks."""
        url = engine.url
        return (url.host, url.port, url.database, tuple(sorted(url.query.items())))

    def prepare_read(self, connection: sa.Connection) -> None:
        """Nothing for one of its own: outside transactions that say otherwise, it only reads."""
        if not _is_own(connection):
            with _together(connection):
                execute_sql(connection, "BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY")
                self._bound_waits(connection, self.lock_timeout)

    def begin(
        self, connection: sa.Connection, first: Sequence[Command], *, durable: bool, lock_timeout: float
    ) -> None:
        """Begin, in one round trip with the commands."""
        with _together(connection):
            self._begin_write(connection, durable=durable, lock_timeout=lock_timeout)
            execute_all(connection, first)

    def begin_snapshot(self, connection: sa.Connection) -> None:
        """A transaction that sees what was committed before its first SELECT."""
        with _together(connection):
            execute_sql(connection, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            self._bound_waits(connection, self.lock_timeout)

    def run(
        self, connection: sa.Connection, commands: Sequence[Command], *, durable: bool, lock_timeout: float
    ) -> list[int]:
        """Begin, execute and commit in one round trip."""
        with _together(connection):
            self._begin_write(connection, durable=durable, lock_timeout=lock_timeout)
            cursors = execute_all(connection, commands)
            execute_sql(connection, "COMMIT")
        return [cursor.rowcount for cursor in cursors]

    def finish(self, connection: sa.Connection, commands: Sequence[Command]) -> None:
        """Execute them and commit."""
        with _together(connection):
            execute_all(connection, commands)
            execute_sql(connection, "COMMIT")
        transaction = connection.get_transaction()
        assert transaction is not None
        transaction.commit()  # SQLAlchemy's part of it: the server hears no more

    def is_broken(self, connection: sa.Connection) -> bool:
        """Whether its status is INERROR, where PostgreSQL answers COMMIT with ROLLBACK, or it has ended."""
        return bool(_driver(connection).info.transaction_status != psycopg.pq.TransactionStatus.INTRANS)

    def insert_rows(
        self, connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """By COPY; table and columns are names of spine's own."""
        statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN".encode()
        with _driver(connection).cursor() as cursor, cursor.copy(statement) as copy:
            for row in rows:
                copy.write_row(row)

    def is_lost(self, connection: sa.Connection) -> bool:
        """Whether the socket has something to read, which an idle one has at its end only."""
        driver = _driver(connection)
        if driver.closed:
            return True
        poll = select.poll()
        poll.register(driver.fileno(), select.POLLIN)
        return bool(poll.poll(0))

    def is_lost_by(self, error: BaseException) -> bool:
        """Whether it is one of the connection itself, or the server said that it ends it."""
        return _is_lost_by(error)

    def is_lock_timeout(self, error: BaseException) -> bool:
        """Whether it is lock_not_available."""
        return isinstance(getattr(error, "orig", error), psycopg.errors.LockNotAvailable)

    def lock_commands(self, number: int) -> tuple[Command, ...]:
        """An advisory lock, until the transaction ends."""
        return ((sa.select(sa.func.pg_advisory_xact_lock(sa.literal_column(str(number)))), {}),)

    def _begin_write(self, connection: sa.Connection, *, durable: bool, lock_timeout: float) -> None:
        execute_sql(connection, "BEGIN" if connection.info.get(_TAKES_NO_WRITES) else "BEGIN READ WRITE")
        self._bound_waits(connection, lock_timeout)
        if not durable:
            execute_sql(connection, "SET LOCAL synchronous_commit = off")

    def _bound_waits(self, connection: sa.Connection, lock_timeout: float) -> None:
        """Have the transaction wait that long for a lock; a connection of its own is set up to, mostly."""
        if not _is_own(connection) or lock_timeout != self.lock_timeout:
            execute_sql(connection, f"SET LOCAL lock_timeout = {_milliseconds(lock_timeout)}")


@contextmanager
def _together(connection: sa.Connection) -> Iterator[None]:
    """Send what is executed within in one round trip.

    Results cannot be read within. An error shows on leaving, at the latest; the transaction is then broken.
    A connection that is lost within is given up at once: whoever asked it for anything more, as for a
    rollback, would wait for ever.
    """
    try:
        with errors_of(connection), _driver(connection).pipeline():
            yield
    except sa.exc.OperationalError as error:
        if _is_lost_by(error):
            connection.invalidate()
        raise


def _milliseconds(seconds: float) -> int:
    return max(round(seconds * 1000), 1)  # 0 would be no bound at all


def _is_own(connection: sa.Connection) -> bool:
    """Whether the connection was set up here, and not by a caller."""
    return _TAKES_NO_WRITES in connection.info


def _read_only_by_default(driver: "psycopg.Connection[Any]", record: Any) -> None:
    """Have a new connection read only, outside transactions that say otherwise."""
    setting, autocommit = "default_transaction_read_only", driver.autocommit
    driver.autocommit = True
    row = driver.execute("SELECT current_setting(%s)", (setting,)).fetchone()
    record.info[_TAKES_NO_WRITES] = row == ("on",)
    driver.execute("SELECT set_config(%s, 'on', false)", (setting,))
    driver.autocommit = autocommit


def _is_lost_by(error: BaseException) -> bool:
    original = getattr(error, "orig", error)
    if not isinstance(original, psycopg.OperationalError):
        return False
    return original.sqlstate is None or original.sqlstate.startswith(_OF_CONNECTION)


def _driver(connection: sa.Connection) -> "psycopg.Connection[Any]":
    driver = connection.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver
