"""Rows of another database: its query's result, a JSON object a row, into the archive as it streams in.

The first line has the names of the columns. The rows are in the order in which the database returns them, so
is their digest: without ORDER BY, the same rows may look like a change, but no change like the same rows.
"""

import hashlib
import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from spine.core.files import FileSeen, SourceFile
from spine.core.partitions.times import Temporal
from spine.core.queries import parameters_of, query_parameters, query_problems, with_parameters
from spine.data.sources.declared import SqlSource
from spine.errors import SourceError
from spine.remotes import FromEnvironment
from spine.settings import SQLITE_FILE, absolute_url, hide_password

from .archive import Archive, Fetched, Incoming, Validators
from .fetching import newest
from .remote_files import in_archive

if TYPE_CHECKING:
    from spine.core.data_root import DataRoot
    from spine.core.partitions.partitioning import Partition

_BATCH = 2_000  # rows
_CONNECT_TIMEOUT = 10  # seconds


@dataclass(frozen=True, kw_only=True)
class QueryResult:
    """What a source's query returns for one partition, when it is asked."""

    source: SqlSource
    partition: "Partition"
    data_root: "DataRoot"

    @property
    def shown(self) -> str:
        """By what captures remember it."""
        return f"sql:{self.source.database}"

    @property
    def called(self) -> str:
        """What it is, in a reason why something is stale."""
        return f"what the query of {self.shown} returns"

    @property
    def has_several(self) -> bool:
        """It is of one partition."""
        return False

    def look(self, known: FileSeen | None) -> FileSeen | None:
        """The rows as they are now: the query is run for that. Raises SourceError where it cannot be."""
        fetched = self._fetch()
        if known is not None and fetched.sha256 == known.sha256:
            return known
        return FileSeen(path=self.shown, size=fetched.size, modified_ns=0, sha256=fetched.sha256)

    def fetched(self) -> SourceFile:
        """The rows in the archive, fetched now; without a network the newest that are there."""
        return in_archive(self._fetch(), self.data_root, self.shown)

    def _fetch(self) -> Fetched:
        archive = Archive(self.data_root.archive)
        values = partition_values(self.partition)
        names = {dimension: tuple(own) for dimension, own in values.items()}
        if problem := next(query_problems(self.source.query, names), None):
            raise SourceError(f"the query of {self.shown} {problem.what}: {problem.advice}")
        given = {name: value for own in values.values() for name, value in own.items()}
        asked = {name: given[name] for name in sorted(parameters_of(self.source.query))}
        address = f"{self.shown}?{_digest(self.source.query, asked)}"
        if self.data_root.from_archive:
            return newest(address, archive, self.shown)
        with _connected(self.source.database, self.data_root) as connection:
            incoming = archive.receive()
            try:
                self._run(connection, asked, incoming)
                return archive.keep(incoming, address, self.shown, Validators())
            except OSError as error:
                raise SourceError(
                    f"the rows of {self.shown} cannot be put into the archive: {error.strerror or error}. "
                    "Make room there, or name another folder as [tool.spine] archive."
                ) from error
            finally:
                incoming.discard()

    def _run(self, connection: sa.Connection, asked: dict[str, str], incoming: Incoming) -> None:
        # Of no type, so that the database takes each as what it is compared with.
        parameters = [sa.bindparam(name, value, type_=sa.types.NullType()) for name, value in asked.items()]
        statement = sa.text(with_parameters(self.source.query)).bindparams(*parameters)
        result = connection.execution_options(stream_results=True, yield_per=_BATCH).execute(statement)
        names = list(result.keys())
        incoming.write(_line(names))
        for batch in result.partitions(_BATCH):
            incoming.write(b"".join(_line(dict(zip(names, map(_plain, row), strict=True))) for row in batch))


def partition_values(partition: "Partition") -> dict[str, dict[str, str]]:
    """Of each dimension, what a query may ask for: `day`, and of a time `day_start` and `day_end`."""
    values: dict[str, dict[str, str]] = {}
    for name, dimension in partition.partitioning.dimensions.items():
        value = partition[name]
        is_time = isinstance(dimension, Temporal)
        texts = [str(value), *((value.start.isoformat(), value.end.isoformat()) if is_time else ())]
        values[name] = dict(zip(query_parameters(name, is_time=is_time), texts, strict=True))
    return values


@contextmanager
def _connected(name: str, data_root: "DataRoot") -> Iterator[sa.Connection]:
    """The database, to read from alone. Raises SourceError for what it refuses."""
    url = _url(name, data_root)
    try:
        engine = sa.create_engine(url, poolclass=sa.NullPool, connect_args=_waits(url))
        with engine.connect().execution_options(**_READ_ONLY.get(url.get_backend_name(), {})) as connection:
            if statement := _READ_ONLY_BY.get(url.get_backend_name()):
                connection.exec_driver_sql(statement)
            yield connection
            connection.rollback()
    except (sa.exc.NoSuchModuleError, ModuleNotFoundError) as error:
        raise SourceError(
            f"database {name} cannot be read: nothing is installed here for {url.drivername} ({error})"
        ) from error
    except sa.exc.SQLAlchemyError as error:
        cause = getattr(error, "orig", None) or error
        told = hide_password(
            str(cause).strip().splitlines()[0] if str(cause).strip() else type(cause).__name__
        )
        raise SourceError(f"database {name} does not answer the query: {told}") from None


_READ_ONLY: dict[str, dict[str, Any]] = {"postgresql": {"postgresql_readonly": True}}
_READ_ONLY_BY = {
    "sqlite": "PRAGMA query_only = ON",
    "mysql": "SET TRANSACTION READ ONLY",
    "mariadb": "SET TRANSACTION READ ONLY",
}


def _url(name: str, data_root: "DataRoot") -> sa.URL:
    given = data_root.databases.get(name)
    if given is None:
        known = ", ".join(sorted(data_root.databases)) or "none"
        raise SourceError(
            f"no database is called {name} ({known} under [tool.spine.databases]): add "
            f'{name} = {{env = "VARIABLE"}}'
        )
    text = absolute_url(given.value(), Path.cwd()) if isinstance(given, FromEnvironment) else given
    if (file := SQLITE_FILE.fullmatch(text)) and not Path(file["file"]).exists():
        raise SourceError(f"database {name} is not there: there is no file {file['file']}")
    try:
        url = sa.make_url(text)
    except (sa.exc.ArgumentError, ValueError):
        raise SourceError(
            f"the URL of database {name} is not well formed: write driver://user@host/name, or sqlite:///file.db"
        ) from None  # without the text, which may have a password somewhere
    return url.set(drivername="postgresql+psycopg") if url.drivername == "postgresql" else url


def _waits(url: sa.URL) -> dict[str, Any]:
    """How long a connection is waited for, where the URL does not say and the driver can be told."""
    is_told = url.get_driver_name() == "psycopg" and "connect_timeout" not in url.query
    return {"connect_timeout": _CONNECT_TIMEOUT} if is_told else {}


def _digest(query: str, asked: dict[str, str]) -> str:
    text = json.dumps([query.strip(), asked], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _line(values: object) -> bytes:
    text = json.dumps(values, ensure_ascii=False, default=_plain, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass") + b"\n"


def _plain(value: Any) -> object:
    """A value that JSON has no word for, as the text that converts into what it is, exactly.

    An instant is in UTC, whatever clock the connection shows it by.
    """
    is_finite = isinstance(value, float) and math.isfinite(value)
    if value is None or is_finite or isinstance(value, str | int | dict | list):
        return value
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime) and value.tzinfo is not None:
        value = value.astimezone(UTC)
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, bytes | bytearray | memoryview):
        return "\\x" + bytes(value).hex()
    return str(value)
