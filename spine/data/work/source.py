"""The work of a source stage: rows staged in DuckDB, checked there, then written to the stage's table.

No database transaction is open until the rows are ready to be written. Anomalies are not copied: they are
produced from the staged rows when the transaction that holds them (COMPLETE's or FAILED's) asks for them.
"""

from collections.abc import Callable, Mapping, Sequence

import duckdb
import sqlalchemy as sa

from spine.core.files import SourceFile
from spine.core.partitions.partitioning import Partition
from spine.data.checks import Check
from spine.data.inputs.looked_into import LookedInto
from spine.data.journal import Journal
from spine.data.row_checks import (
    Finding,
    RowCheck,
    check_failure,
    counting,
    dropping,
    fails,
    holds,
    in_order,
    repeated,
)
from spine.data.sources.declared import Source, SqlSource
from spine.data.sources.held_file import HeldFile
from spine.data.sources.odd_rows import OddRows
from spine.data.sources.reading import read_records
from spine.data.sources.row_digests import files_seen
from spine.data.sql_texts import text_for
from spine.data.staging.duck import Duck
from spine.data.staging.looked_into import bring
from spine.data.staging.partition_rows import PartitionRows
from spine.data.staging.tables import FILE, LINE, PROBLEM, create_views, place_loaded, put_aside
from spine.data.tables.rejected import REFUSED, key_rejected, null_rejected, otherwise_rejected
from spine.data.tables.target import Target, quoted
from spine.data.work.loaded import write_loaded
from spine.data.work.malformed import MalformedRecords
from spine.data.work.wanted_rows import refuse_nothing
from spine.errors import CheckConditionError, RowRejectedError

_EXAMPLES = 3
_ENGINE = "duckdb"
_PLACED, _PLACE, _FORMED = "main.numbered", (FILE, LINE), f"{PROBLEM} IS NULL"


class SourceRows:
    """The rows of one source, from its files to its table."""

    def __init__(
        self,
        source: Source,
        files: Sequence[SourceFile],
        target: Target,
        journal: Journal,
        partition: Partition,
    ) -> None:
        """Read the files in their order; malformed records become anomalies.

        Of files that hold several partitions, nothing but what is of this one becomes a row or an anomaly.
        Raises SourceError where a whole file is not what the source declares or changes while it is read,
        where none has rows of the partition, or where one is malformed and the source has no code for it.
        """
        rows = None if isinstance(source, SqlSource) else source.rows
        of = PartitionRows.of(rows, target.columns, partition.partitioning, partition)
        self._target = target
        self._journal = journal
        self._duck = Duck(len(target.columns))
        journal.on_close(self._duck.close)
        held, numberings = [], []
        for number, file in enumerate(files):
            held.append(HeldFile(file))
            journal.on_close(held[-1].close)
            numberings.append(read_records(self._duck, source, held[-1], target, of))
            put_aside(self._duck, number)
        create_views(self._duck, target.columns, numberings, of)
        self._odd = OddRows(self._duck, held, target, numberings[0].noun)
        self._dropping: tuple[RowCheck, ...] = ()
        self._sets = 0  # tables of places of rows
        malformed = MalformedRecords(duck=self._duck, files=held, numberings=numberings, odd=self._odd, of=of)
        malformed.judge(source, journal)
        if of is not None:
            refuse_nothing(self._duck, held, of)
        self.files = files_seen(self._duck, held, numberings, of)

    def check(
        self, checks: Sequence[Check], looked: Sequence[LookedInto], _begin: Callable[[], sa.Connection]
    ) -> None:
        """Make an anomaly of every row that a check holds for. Raises CheckFailedError if any check fails."""
        if any(check.unique or check.inputs for check in checks):
            place_loaded(self._duck)
        asked = in_order(
            checks,
            self._dropping,
            lambda check: self._of_row(check, looked),
            lambda check, kept: self._among(repeated(check, _PLACED, _PLACE, f"{_FORMED} AND {kept}"), check),
        )
        rows, *matches = self._count(counting(asked, "loaded"), checks)
        findings = []
        for one, matched in zip(asked, matches, strict=True):
            if not matched:
                continue
            check = one.check
            room = self._journal.room(check.code)
            entries = self._odd.found_entries(one.condition, check.shown, room, raw=check.drops)
            self._journal.attach(check.code, entries, matched)
            if fails(check, matched, rows):
                examples = tuple(self._odd.shown(row) for row in self._odd.where(one.condition, _EXAMPLES))
                findings.append(Finding(check=check, matched=matched, examples=examples))
        if findings:
            raise check_failure(findings, rows)
        self._dropping += dropping(asked)

    def write(self, begin: Callable[[], sa.Connection], constants: Mapping[str, str]) -> int:
        """Write the rows that no check dropped, with the constants' columns the same in each; how many.

        Raises RowRejectedError, naming the row, where the table does not take them.
        """
        kept = f"NOT {holds(self._dropping)}"
        rows = self._refuse_nulls(kept)
        try:
            write_loaded(self._duck, self._target, begin, constants, kept)
        except REFUSED as error:
            raise self._rejected(kept, error) from error
        return rows

    def _of_row(self, check: Check, looked: Sequence[LookedInto]) -> str:
        """The condition on a row; of one that looks into inputs, that the row is among those found by it."""
        assert check.when is not None
        condition = text_for(check.when, _ENGINE)
        if not check.inputs:
            return condition
        parts = []
        for number, one in enumerate(one for one in looked if one.given in check.inputs):
            table = f"looked_into_{self._sets}_{number}"
            bring(self._duck, one, table, condition)
            parts.append(f"{one.given.named} AS (SELECT * FROM main.{table})")
        places = f"SELECT {', '.join(_PLACE)} FROM {_PLACED} WHERE {_FORMED} AND ({condition})"
        return self._among(f"WITH {', '.join(parts)} {places}", check)

    def _among(self, query: str, check: Check) -> str:
        """What is true for the rows whose places the query gives, which is asked once."""
        table = f"places_{self._sets}"
        self._sets += 1
        self._run(f"CREATE TABLE {table} AS {query}", [check])
        return f"({', '.join(_PLACE)}) IN (FROM {table})"

    def _count(self, query: str, checks: Sequence[Check]) -> tuple[int, ...]:
        row = self._run(query, checks).fetchone()
        assert row is not None
        return row

    def _run(self, query: str, checks: Sequence[Check]) -> duckdb.DuckDBPyConnection:
        try:
            return self._duck.connection.execute(query)
        except duckdb.Error as error:
            conditions = "; ".join(f"{check.code}: {check.shown}" for check in checks)
            raise CheckConditionError(
                f"a check cannot be evaluated ({conditions}): {str(error).splitlines()[0]}"
            ) from error

    def _refuse_nulls(self, kept: str) -> int:
        """How many rows there are to write; RowRejectedError if one has a NULL where the table takes none."""
        filled = [column.name for column in self._target.columns if not column.nullable]
        nulls = [f"count(*) - count({quoted(name)})" for name in filled]
        query = f"SELECT {', '.join(['count(*)', *nulls])} FROM loaded WHERE {kept}"
        rows, *counts = self._count(query, [one.check for one in self._dropping])
        found = {name: number for name, number in zip(filled, counts, strict=True) if number}
        if found:
            some = " OR ".join(f"{quoted(name)} IS NULL" for name in found)
            first = next(self._odd.where(f"{kept} AND ({some})", 1))
            raise null_rejected(self._target, found, self._odd.place(first), first.values)
        return rows

    def _rejected(self, kept: str, error: Exception) -> RowRejectedError:
        """The error that names the rows which the database refused."""
        names = ", ".join(quoted(name) for name in self._target.key)
        grouped = f"GROUP BY {names} HAVING count(*) > 1" if names else "HAVING count(*) > 1"
        query = f"SELECT count(*), {names or 'NULL'} FROM loaded WHERE {kept} {grouped} LIMIT 1"
        twice = self._duck.connection.execute(query).fetchone()
        if twice is None:
            return otherwise_rejected(self._target, error)
        number, *_ = twice
        same = (
            f"({names}) IN (SELECT {names} FROM loaded WHERE {kept} {grouped} LIMIT 1)" if names else "true"
        )
        rows = list(self._odd.where(f"{kept} AND {same}", _EXAMPLES))
        return key_rejected(self._target, number, [self._odd.place(row) for row in rows], rows[0].values)
