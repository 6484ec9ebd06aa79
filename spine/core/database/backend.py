"""What one kind of database does its own way: how it is opened, begun, written in bulk and committed."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Literal

import sqlalchemy as sa

from .statements import Command

DialectName = Literal["sqlite", "postgresql"]

LOCK_TIMEOUT_SECONDS = 30.0  # how long a lock is waited for, unless somebody says otherwise


class Backend(ABC):
    """One kind of database. Connections are in autocommit: a transaction is what ``begin`` begins."""

    name: ClassVar[DialectName]
    keeps_readers_apart: ClassVar[bool]  # connections that read are never used to write

    def __init__(self, lock_timeout: float = LOCK_TIMEOUT_SECONDS) -> None:
        self.lock_timeout = lock_timeout  # seconds, for every lock that is waited for

    @abstractmethod
    def make_engine(self, url: sa.URL) -> sa.Engine:
        """An engine of spine's own: every commit survives a power cut unless it is told not to."""

    @abstractmethod
    def identity(self, engine: sa.Engine) -> object:
        """Equal for engines on the same database, as far as can be told without asking it."""

    @abstractmethod
    def prepare_read(self, connection: sa.Connection) -> None:
        """Have a connection that reads refuse to write: a caller's, within a transaction that this begins."""

    @abstractmethod
    def begin(
        self, connection: sa.Connection, first: Sequence[Command], *, durable: bool, lock_timeout: float
    ) -> None:
        """Begin a write transaction with these commands, which waits that many seconds for a lock.

        Where it is not ``durable``, its commit does not wait for the disk; a later durable one covers it.
        """

    @abstractmethod
    def begin_snapshot(self, connection: sa.Connection) -> None:
        """Begin a transaction that reads one state of the database to its end."""

    @abstractmethod
    def run(
        self, connection: sa.Connection, commands: Sequence[Command], *, durable: bool, lock_timeout: float
    ) -> list[int]:
        """A whole write transaction, in one round trip where there are any; how many rows each changed."""

    @abstractmethod
    def finish(self, connection: sa.Connection, commands: Sequence[Command]) -> None:
        """The last commands of a write transaction, in one round trip with its commit where there is one."""

    @abstractmethod
    def is_broken(self, connection: sa.Connection) -> bool:
        """Whether the transaction has ended, or an error has broken it, so that its COMMIT would undo it."""

    @abstractmethod
    def insert_rows(
        self, connection: sa.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]
    ) -> None:
        """Stream rows of the driver's values into the table."""

    @abstractmethod
    def is_lost(self, connection: sa.Connection) -> bool:
        """Whether the other side has closed a connection that nobody uses, as far as it shows here."""

    @abstractmethod
    def is_lost_by(self, error: BaseException) -> bool:
        """Whether the error is that the connection was lost while it was used."""

    @abstractmethod
    def is_lock_timeout(self, error: BaseException) -> bool:
        """Whether the error says that a lock was waited for too long."""

    @abstractmethod
    def lock_commands(self, number: int) -> tuple[Command, ...]:
        """What lets one transaction at a time go on with what the number stands for, beside write locks."""
