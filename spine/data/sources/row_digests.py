"""The digest of a partition's rows in a file that holds several: what captures of it depend on.

It is of the declared columns' texts, in the order of the file, and of the raw lines that are no records.
Where in the file they stand is no part of it, nor is what the file has of other partitions, nor the database.
"""

import hashlib
import heapq
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import tee
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias

from spine.core.files import FileSeen
from spine.data.staging.belonging import goes_along
from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import Numbering, lines_of
from spine.data.staging.partition_rows import PartitionRows, PartitionValues

from .held_file import HeldFile
from .raw_lines import RawLines

if TYPE_CHECKING:
    from hashlib import _Hash

_NO_ROWS = hashlib.sha256().hexdigest()
_BATCH = 4096
_Record: TypeAlias = tuple[int, PartitionValues, bytes]  # its line, what it is told by, its digest


def files_seen(
    duck: Duck, files: Sequence[HeldFile], numberings: Sequence[Numbering], of: PartitionRows | None
) -> tuple[FileSeen, ...]:
    """The files as they were read; those that hold several partitions by the rows of the wanted one."""
    if of is None:
        return tuple(held.seen for held in files)
    assert of.wanted is not None
    values, seen = of.values_in(of.wanted), []
    for file, (held, numbering) in enumerate(zip(files, numberings, strict=True)):
        digests = row_digests(duck, of, held, numbering, file) or {}
        seen.append(replace(held.seen, sha256=digests.get(values, _NO_ROWS)))
    return tuple(seen)


def row_digests(
    duck: Duck, of: PartitionRows, held: HeldFile, numbering: Numbering, file: int = 0
) -> dict[PartitionValues, str] | None:
    """The digest of the wanted partition's rows in a file that was put aside, or those of all partitions.

    None where the file has records, and none of them is of a partition. Raises SourceError where it changed.
    """
    found: dict[PartitionValues, _Hash] = {}
    records = heapq.merge(
        _staged(duck, of, numbering, file), _rejected(duck, of, held, numbering, file), key=itemgetter(0)
    )
    for _, values, digest in records:
        if values not in found:
            found[values] = hashlib.sha256()
        found[values].update(digest)
    held.check_held()
    if any(None in values for values in found):
        return None
    return {values: whole.hexdigest() for values, whole in found.items()}


def _staged(duck: Duck, of: PartitionRows, numbering: Numbering, file: int) -> Iterator[_Record]:
    lines = lines_of(duck, numbering, file)
    own, told = ", ".join(of.names()), ", ".join(of.names("q"))
    wanted = "true" if of.wanted is None else goes_along(of, file, lines.first)
    # What goes along with the records before it is joined to the few that are of no partition by themselves.
    placed = lines.origin(of.placed if of.wanted is None else of.is_wanted())
    query = (
        f"SELECT {lines.first} AS line, digest, {own} FROM {placed}"
        " UNION ALL"
        f" SELECT {lines.first} AS line, digest, {told} FROM {lines.origin(f'NOT {of.placed}')}"
        f" JOIN belongs_{file} ON odd_line = {lines.first}"
        f" WHERE {wanted} AND {_finished(numbering, lines.last)} ORDER BY 1"
    )
    for number, digest, *values in _rows(duck, query):
        yield number, tuple(values), digest


def _rejected(
    duck: Duck, of: PartitionRows, held: HeldFile, numbering: Numbering, file: int
) -> Iterator[_Record]:
    wanted = "true" if of.wanted is None else goes_along(of, file, "line")
    query = (
        f"SELECT line, last_line, reason, {', '.join(of.names('q'))} FROM rejects_{file}"
        f" JOIN belongs_{file} ON odd_line = line"
        f" WHERE {wanted} AND {_finished(numbering, 'last_line')} ORDER BY 1"
    )
    rows, places = tee(_rows(duck, query))
    with closing(RawLines(held.open())) as lines:
        raws = lines.texts((first, last) for first, last, *_ in places) if numbering.noun == "line" else None
        for first, _, reason, *values in rows:
            text = reason if raws is None else next(raws)
            yield first, tuple(values), hashlib.sha256(text.encode()).digest()


def _finished(numbering: Numbering, last_line: str) -> str:
    """True of all but a last line that somebody may be writing: of what it will be, it tells nothing."""
    return "true" if numbering.unfinished is None else f"{last_line} <> {numbering.unfinished}"


def _rows(duck: Duck, query: str) -> Iterator[tuple[Any, ...]]:
    with closing(duck.cursor()) as cursor:
        cursor.execute(query)
        while batch := cursor.fetchmany(_BATCH):
            yield from batch
