"""Connections of spine's own to a file or server, beside whatever the caller has open; each has one user."""

import os
import time
import weakref
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, nullcontext

import sqlalchemy as sa

from spine.errors import DatabaseLockedError, DatabaseUnreachableError, ParentsTransactionError

from .backend import Backend
from .statements import Command

AGAIN_SECONDS = 0.2  # how long a lock is waited for that was waited for in vain just before


class Connections:
    """Idle connections are kept for the next user; where the engine is the caller's, its pool keeps them."""

    def __init__(
        self,
        engine: sa.Engine,
        backend: Backend,
        *,
        owned: bool,
        callers_lock: Callable[[], str | None] = lambda: None,
    ) -> None:
        """``callers_lock`` says what the caller has open that holds the write lock, if anything."""
        self._engine = engine
        self._backend = backend
        self._owned = owned
        self._callers_lock = callers_lock
        self._shown = engine.url.render_as_string(hide_password=True)
        # An engine of its own is in autocommit already; saying so for each connection would cost time.
        self._autocommit = engine if owned else engine.execution_options(isolation_level="AUTOCOMMIT")
        # Lists, whose pop and append are atomic.
        self._idle: list[sa.Connection] = []
        self._idle_readers: list[sa.Connection] = [] if backend.keeps_readers_apart else self._idle
        self._process = os.getpid()
        # By the monotonic clock: a lock was not had, and no write has succeeded since.
        self._in_vain_until = 0.0
        # Equal for connections to the same database, as far as can be told without asking it.
        self.identity: object = backend.identity(engine)
        self._close_at_end()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A connection whose every SELECT stands by itself."""
        # A connection of spine's own stays set up to read; a caller's is as before once the transaction ends.
        transaction = nullcontext if self._owned else _transaction
        with self._open(self._idle_readers) as connection, transaction(connection):
            self._backend.prepare_read(connection)
            yield connection

    @contextmanager
    def snapshot(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the database to its end."""
        with self._open(self._idle_readers) as connection, _transaction(connection):
            self._backend.begin_snapshot(connection)
            yield connection

    @contextmanager
    def write(self, first: Sequence[Command], *, durable: bool) -> Iterator[sa.Connection]:
        """One write transaction."""
        with self._open(self._idle) as connection, self._waiting() as patience, _transaction(connection):
            self._backend.begin(connection, first, durable=durable, lock_timeout=patience)
            yield connection

    def run(self, commands: Sequence[Command], *, durable: bool) -> list[int]:
        """One write transaction of the commands alone."""
        with self._open(self._idle) as connection, self._waiting() as patience:
            return self._backend.run(connection, commands, durable=durable, lock_timeout=patience)

    def in_callers_transaction(self) -> bool:
        """Never: its connections are its own."""
        return False

    def dispose(self) -> None:
        """Close those that are idle."""
        self._leave_after_fork()
        if self._owned:
            _close(self._process, self._engine, self._idle, self._idle_readers)

    @contextmanager
    def _waiting(self) -> Iterator[float]:
        """Turn a lock that is not had in time into DatabaseLockedError, and one of the caller's at once.

        Yields how long to wait: after a lock was waited for in vain, what follows, as the note that a capture
        failed, does not wait as long for it again.
        """
        if (held := self._callers_lock()) is not None:
            raise DatabaseLockedError(
                f"{held} has uncommitted changes and so holds the write lock of {self._shown}: "
                "commit or roll it back before running a workflow or recording a capture"
            )
        patience = self._backend.lock_timeout
        if time.monotonic() < self._in_vain_until:
            patience = min(patience, AGAIN_SECONDS)
        try:
            yield patience
            self._in_vain_until = 0.0
        except sa.exc.OperationalError as error:
            if not self._backend.is_lock_timeout(error):
                raise
            if patience == self._backend.lock_timeout:
                self._in_vain_until = time.monotonic() + patience
            raise DatabaseLockedError(
                f"{self._shown} was locked by another transaction for more than "
                f"{self._backend.lock_timeout:g} s: let it finish, end the process that left it open, or set "
                "a longer lock_timeout"
            ) from error

    @contextmanager
    def _open(self, idle: list[sa.Connection]) -> Iterator[sa.Connection]:
        connection, process = self._take(idle), os.getpid()
        try:
            yield connection
            if os.getpid() != process:
                raise ParentsTransactionError(self._shown)
            if connection.in_transaction():
                connection.rollback()  # after reading: a write has committed
        except BaseException as error:
            if os.getpid() != process:
                _leave_to_parent(connection)
                raise
            if self._backend.is_lost_by(error):
                connection.invalidate()
            connection.close()
            raise
        if self._owned and connection.get_execution_options() == self._engine.get_execution_options():
            idle.append(connection)  # options set on one, such as stream_results, would stay with it
        else:
            connection.close()

    def _take(self, idle: list[sa.Connection]) -> sa.Connection:
        """An idle connection that is not lost, or a new one."""
        self._leave_after_fork()
        while True:
            try:
                connection = idle.pop()
            except IndexError:
                return self._connect()
            if not self._backend.is_lost(connection):
                return connection
            connection.invalidate()
            connection.close()

    def _leave_after_fork(self) -> None:
        """In a child process: leave the parent's connections to the parent, without a word to the server."""
        if self._process == os.getpid():
            return
        self._process = os.getpid()
        for idle in (self._idle, self._idle_readers):
            while idle:
                _leave_to_parent(idle.pop())
        self._engine.dispose(close=False)
        self._close_at_end()

    def _close_at_end(self) -> None:
        """Have this process close what is idle when nobody uses this any more."""
        if self._owned:
            weakref.finalize(self, _close, self._process, self._engine, self._idle, self._idle_readers)

    def _connect(self) -> sa.Connection:
        """A new connection, or one that is not lost from the caller's pool."""
        while True:
            try:
                connection = self._autocommit.connect()
            except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
                raise unreachable(self._engine, error) from error
            if self._owned or not self._backend.is_lost(connection):
                return connection
            connection.invalidate()
            connection.close()


# In a forked child, what its parent had open: closing it here would end it there.
_PARENTS: list[sa.Connection] = []


def _leave_to_parent(connection: sa.Connection) -> None:
    """Let no pool of this process end the connection, and keep it, as what is collected is closed."""
    connection.detach()
    _PARENTS.append(connection)


@contextmanager
def _transaction(connection: sa.Connection) -> Iterator[None]:
    """One transaction, ended by the process that began it: a child's ROLLBACK would be its parent's."""
    process = os.getpid()
    with ExitStack() as end:
        end.enter_context(connection.begin())
        try:
            yield
        finally:
            if os.getpid() != process:
                end.pop_all()


def unreachable(engine: sa.Engine, error: BaseException) -> DatabaseUnreachableError:
    """The error to raise for a connection that could not be made."""
    original = getattr(error, "orig", None) or error
    reason = " ".join(str(original).split())
    password = engine.url.password
    if password:
        reason = reason.replace(str(password), "***")
    return DatabaseUnreachableError(engine.url.render_as_string(hide_password=True), reason)


def _close(process: int, engine: sa.Engine, *kept: list[sa.Connection]) -> None:
    """Close them, in the process that opened them."""
    if os.getpid() != process:
        return
    for idle in kept:
        while idle:
            idle.pop().close()
    engine.dispose()
