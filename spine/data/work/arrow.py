"""The work of a python stage whose logic gives Arrow: staged in DuckDB, typed there, then written.

As strict as with rows of Python, in the same words; but no value becomes a Python object on its way, unless
the row is refused.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import duckdb
import sqlalchemy as sa

from spine.data.arrow_stream import ArrowStream
from spine.data.journal import Journal
from spine.data.staging.duck import Duck
from spine.data.staging.tables import count
from spine.data.staging.typed_values import NOTHING, Fit, fit, misfits
from spine.data.tables.relation import Relation
from spine.data.tables.target import Target, columns_of_fields, quoted
from spine.errors import RowRejectedError

from .in_database import DatabaseRows, create_staged
from .loaded import write_loaded, write_loaded_as_they_came
from .logic_values import RowConverter

# What pandas calls an index without a name in Arrow.
_INDEXES = ("__index_level_0__", "__index_level_1__")
_INDEX = " but the index of a DataFrame, which reset_index(drop=True) leaves out"


class StreamedRows(DatabaseRows):
    """The rows of an Arrow stream, which is consumed at once, a batch at a time."""

    ordered = True

    def __init__(
        self, table: sa.Table, target: Target, journal: Journal, rows: ArrowStream, dialect: sa.Dialect
    ) -> None:
        """Stage the rows. Raises RowRejectedError for columns or values that are not of the table's types."""
        super().__init__(table, target, journal)
        self._duck = Duck(len(target.columns))
        journal.on_close(self._duck.close)
        names, found = self._open(rows)
        fits = [
            fit(column, f"v{index}", found[name], target.dialect, rounded=True)
            for index, (column, name) in enumerate(zip(target.columns, names, strict=True))
        ]
        self._stage_all(names, found, fits)
        self._refuse_wrong(RowConverter(table, target, dialect), fits)

    def _open(self, rows: ArrowStream) -> tuple[list[str], dict[str, str]]:
        """Make it DuckDB's ``given``; by column the name that it has there, and the types by these names."""
        # DuckDB would read some kinds of DataFrame in ways of its own: what it is given is the bare stream.
        stream = rows.__arrow_c_stream__()
        try:
            self._duck.connection.register("given", stream)
            described = self._duck.connection.execute("DESCRIBE given").fetchall()
        except duckdb.Error as error:
            raise self._unreadable(error) from error
        found = {str(name): str(kind) for name, kind, *_ in described}
        names = self._match(tuple(found))
        wrong = "; ".join(misfits(zip(names, self._target.columns, strict=True), found))
        if wrong:
            raise RowRejectedError(
                f"the Arrow rows for {self._target.table} have columns of the wrong types: {wrong}. "
                "Cast them to the columns' types before they are inserted.",
                {},
            )
        return names, found

    def _match(self, names: Sequence[str]) -> list[str]:
        """What the table's columns are called there, in its order; no more and no less are taken."""
        called = dict(zip(columns_of_fields(names, self._names), names, strict=True))
        wrong = [f"{name!r} is missing{_near(name, names)}" for name in self._names if name not in called]
        wrong += [
            f"{given!r} is no column of it{_INDEX if given in _INDEXES else _near(given, self._names)}"
            for name, given in called.items()
            if name not in self._names
        ]
        if wrong:
            raise RowRejectedError(
                f"the Arrow rows for {self._target.table} have the wrong columns: {'; '.join(wrong)}. "
                f"{', '.join(self._names)} are expected, in any order.",
                {},
            )
        return [called[name] for name in self._names]

    def _stage_all(self, names: Sequence[str], found: Mapping[str, str], fits: Sequence[Fit]) -> None:
        """Create ``staged`` and ``loaded``; of a row with a wrong value, ``wrong`` has what was given."""
        # What has no values is not read: streams differ in how they leave them out.
        values = ("NULL" if found[name] == NOTHING else quoted(name) for name in names)
        given = ", ".join(f"{value} AS v{index}" for index, value in enumerate(values))
        typed = ", ".join(f"{one.typed} AS c{index}" for index, one in enumerate(fits))
        parts = []
        for index, (column, one) in enumerate(zip(self._target.columns, fits, strict=True)):
            # Of these types Python may not have what was given: only its text is sure.
            given_value = f"v{index}"
            if column.kind in ("date", "timestamp"):
                given_value = f"CASE WHEN {one.wrong} THEN NULL ELSE {one.typed} END"
            parts.append(f"v{index} := {given_value}")
            parts.append(f"t{index} := CASE WHEN {one.wrong} THEN {one.text} END")
        any_wrong = " OR ".join(one.wrong for one in fits)
        wrong = f"CASE WHEN {any_wrong} THEN struct_pack({', '.join(parts)}) END AS wrong"
        connection = self._duck.connection
        # A stream may be somebody's code, which is to run in the thread that called it.
        connection.execute("SET threads = 1")
        try:
            connection.execute(
                f"CREATE TABLE staged AS SELECT {typed}, {wrong} FROM (SELECT {given} FROM given)"
            )
        except duckdb.Error as error:
            raise self._unreadable(error) from error
        connection.execute("RESET threads")
        connection.unregister("given")
        called = ", ".join(f"c{index} AS {quoted(name)}" for index, name in enumerate(self._names))
        connection.execute(f"CREATE VIEW loaded AS SELECT {called} FROM staged")

    def _refuse_wrong(self, converter: RowConverter, fits: Sequence[Fit]) -> None:
        first = self._duck.connection.execute(
            "SELECT rowid + 1, wrong FROM staged WHERE wrong IS NOT NULL ORDER BY rowid LIMIT 1"
        ).fetchone()
        if first is None:
            return
        number, wrong = first
        values = [_aware(wrong[f"v{index}"]) for index in range(len(fits))]
        converter.convert(number, values)  # says of most what it says of rows of Python
        for index, one in enumerate(fits):
            if (text := wrong[f"t{index}"]) is not None:
                raise converter.rejected(number, values, index, f"{text!r}: it {one.why}")

    def _unreadable(self, error: duckdb.Error) -> RowRejectedError:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = lines[-1] if "Traceback" in lines[0] else lines[0]
        return RowRejectedError(f"the Arrow rows for {self._target.table} cannot be read: {said}", {})

    def _fill(self, connection: sa.Connection, table: str, constants: Mapping[str, str]) -> int:
        if table == self._target.table:
            write_loaded(self._duck, self._target, lambda: connection, constants)
        else:
            write_loaded_as_they_came(self._duck, self._target, table, connection)
        return count(self._duck, "loaded")

    def _unstaged(self, connection: sa.Connection) -> Relation:
        name = create_staged(connection, self._target)
        write_loaded_as_they_came(self._duck, self._target, name, connection)
        return Relation(name=name)


def _near(name: str, names: Sequence[str]) -> str:
    folded = {other.strip().casefold(): other for other in names}
    near = get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.6)
    return f" (near: {folded[near[0]]!r})" if near else ""


def _aware(value: Any) -> Any:
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
