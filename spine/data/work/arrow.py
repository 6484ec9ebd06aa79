"""The work of a python stage whose logic gives Arrow: typed and checked in DuckDB, then written.

As strict as with rows of Python, in the same words; but no value becomes a Python object on its way, unless
there is something to be said of its row.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import duckdb
import sqlalchemy as sa

from spine.data.arrow_stream import ArrowStream
from spine.data.checks import Check
from spine.data.inputs.looked_into import LookedInto
from spine.data.journal import Journal
from spine.data.row_checks import counting, dropping, holds, in_order, repeated
from spine.data.sql_texts import WRITTEN, text_for
from spine.data.staging.arrow_reader import PLACE, aware, read_arrow
from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import count
from spine.data.tables.relation import Relation
from spine.data.tables.target import Target, quoted

from .in_database import DatabaseRows, create_staged
from .loaded import write_loaded, write_loaded_as_they_came
from .logic_values import RowConverter

_BATCH = 1000
_ENGINE = "duckdb"


class StreamedRows(DatabaseRows):
    """The rows of an Arrow stream, which is consumed at once, a batch at a time.

    Where the checks are ``portable``, written for DuckDB too, they are asked there, as long as they look at
    nothing else; else in the database, as of rows of Python.
    """

    ordered = True

    def __init__(
        self,
        table: sa.Table,
        target: Target,
        journal: Journal,
        rows: ArrowStream,
        dialect: sa.Dialect,
        *,
        portable: bool,
    ) -> None:
        """Stage the rows. Raises RowRejectedError for columns or values that are not of the table's types."""
        super().__init__(table, target, journal)
        self._portable = portable
        self._asked: tuple[Check, ...] = ()  # in DuckDB, which drop rows
        self._duck = Duck(len(target.columns))
        journal.on_close(self._duck.close)
        first = read_arrow(self._duck, rows, target)
        if first is not None:
            converter = RowConverter(table, target, dialect)
            converter.convert(first.number, first.values)  # says of most what it says of rows of Python
            place, wrong = next(iter(first.wrong.items()))
            raise converter.rejected(first.number, first.values, place, wrong)

    def check(
        self, checks: Sequence[Check], looked: Sequence[LookedInto], begin: Callable[[], sa.Connection]
    ) -> None:
        """Make an anomaly of every row that a check holds for. Raises CheckFailedError if any check fails."""
        if self._staged is None and self._portable and all(map(_is_portable, checks)):
            try:
                asked = in_order(checks, self._dropping, _of_row, self._of_rows_alike)
                row = self._duck.connection.execute(counting(asked, "loaded")).fetchone()
            except duckdb.Error:
                pass  # what cannot be evaluated is told as the database tells it
            else:
                assert row is not None
                self._judge(asked, row, self._found)
                self._asked += tuple(one.check for one in dropping(asked))
                return
        if self._asked:  # they are to be asked again, where their answers are needed
            connection = begin()
            self._staged = self._stage(connection)
            self._dropping = dropping(self._conditions(connection, self._asked, (), ()))
            self._asked = ()
        super().check(checks, looked, begin)

    def _of_rows_alike(self, check: Check, kept: str) -> str:
        table = f"places_{len(self._sets)}"
        self._sets.append(table)
        self._duck.connection.execute(f"CREATE TABLE {table} AS {repeated(check, 'loaded', [PLACE], kept)}")
        return f"{PLACE} IN (SELECT place_0 FROM {table})"

    def _found(self, condition: str) -> Iterator[dict[str, Any]]:
        """The rows that the condition holds for, in key order, as the database returns them."""
        names = ", ".join(quoted(name) for name in self._names)
        order = ", ".join([*(quoted(name) for name in self._target.key), PLACE])
        query = f"SELECT {names} FROM loaded WHERE {condition} ORDER BY {order}"
        kinds = [column.kind for column in self._target.columns]
        result = self._duck.connection.execute(query)
        while batch := result.fetchmany(_BATCH):
            for row in batch:
                values = (
                    json.loads(value) if kind == "json" and value is not None else aware(value)
                    for kind, value in zip(kinds, row, strict=True)
                )
                yield dict(zip(self._names, values, strict=True))

    def _fill(self, connection: sa.Connection, table: str, constants: Mapping[str, str]) -> int:
        if table != self._target.table:  # where all of them wait for checks
            write_loaded_as_they_came(self._duck, self._target, table, connection)
            return count(self._duck, "loaded")
        write_loaded(self._duck, self._target, lambda: connection, constants, self._kept)
        return count(self._duck, f"loaded WHERE {self._kept}")

    def _unstaged(self, connection: sa.Connection) -> Relation:
        name = create_staged(connection, self._target)
        write_loaded_as_they_came(self._duck, self._target, name, connection, self._kept)
        return Relation(name=name)

    @property
    def _kept(self) -> str:
        """What is true, in DuckDB, for the rows that no check dropped there."""
        return f"NOT {holds(self._dropping if self._staged is None else ())}"


def _is_portable(check: Check) -> bool:
    """Whether it looks at its rows alone, and not by a text for each database."""
    when = check.when
    return not check.inputs and (when is None or isinstance(when, str) or WRITTEN in when)


def _of_row(check: Check) -> str:
    assert check.when is not None
    return text_for(check.when, _ENGINE)
