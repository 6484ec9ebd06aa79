"""What becomes of a source's records that do not parse: anomalies, or the end of the attempt."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from spine.data.journal import Journal
from spine.data.sources.csv_splitter import UNCLOSED
from spine.data.sources.declared import Source, SqlSource
from spine.data.sources.held_file import HeldFile
from spine.data.sources.odd_rows import Malformed, OddRows
from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import Numbering, count
from spine.data.staging.partition_rows import PartitionRows
from spine.data.staging.tables import FILE, PROBLEM
from spine.errors import SourceError

_EXAMPLES = 3


@dataclass(frozen=True, kw_only=True)
class MalformedRecords:
    """The malformed records among all that were staged of a source's files."""

    duck: Duck
    files: Sequence[HeldFile]
    numberings: Sequence[Numbering]  # of each file
    odd: OddRows
    of: PartitionRows | None

    def judge(self, source: Source, journal: Journal) -> None:
        """Make an anomaly of each.

        Raises SourceError where the source has no code for them, where they are more than it allows or all
        that a file has, and where the last of a file shows that it is truncated.
        """
        number = self._count()
        if not number:
            return
        read = "query" if isinstance(source, SqlSource) else "file"
        right = f"Is it the right {read}, declared as it is?"
        self._refuse_truncated()
        if source.malformed is None:
            more = f"; and {number - _EXAMPLES} more" if number > _EXAMPLES else ""
            raise SourceError(
                f"{self._named()} has {self._records(number)}: {self._first(self.odd.malformed(_EXAMPLES))}"
                f"{more}. Correct the {read}, or declare an anomaly code as the source's malformed: they are "
                "then left out."
            )
        room = journal.room(source.malformed)
        journal.attach(source.malformed, self.odd.malformed_entries(room), number)
        for file, held in enumerate(self.files):
            of_file = f"WHERE {FILE} = {file}"
            malformed = self._count(of_file)
            formed = f"numbered {of_file} AND {PROBLEM} IS NULL"
            if self.of is not None:  # of the one partition there may be little
                formed = f"staged_{file} WHERE {self.of.placed}"
            if malformed and not count(self.duck, formed):
                some = (one for one in self.odd.malformed() if one.file == file)
                raise SourceError(
                    f"all that {held.shown} has is {self._records(malformed)}: {self._first(some)}. {right}"
                )
        most, records = source.max_malformed_rate, number + count(self.duck, "loaded")
        if self.of is not None and records == number:
            raise SourceError(
                f"all that {self._named()} has of {self.of.told} is {self._records(number)}: "
                f"{self._first(self.odd.malformed())}. {right}"
            )
        if most is not None and number > most * records:
            raise SourceError(
                f"{self._named()} has {self._records(number)} of {records}, where max_rate allows "
                f"{most:.2%}: {self._first(self.odd.malformed(_EXAMPLES))}. {right}"
            )

    def _refuse_truncated(self) -> None:
        unfinished = {file: one.unfinished for file, one in enumerate(self.numberings) if one.unfinished}
        for one in self.odd.at_the_end(unfinished, UNCLOSED):
            raise SourceError(
                f"{self.files[one.file].shown} ends in the middle of line {unfinished[one.file]}, without a "
                f"newline, and line {one.line} does not parse ({one.reason}): it looks truncated. Fetch it "
                "again."
            )

    def _count(self, where: str = "WHERE true") -> int:
        problems = f"numbered {where} AND {PROBLEM} IS NOT NULL"
        return count(self.duck, f"rejected {where}") + count(self.duck, problems)

    def _first(self, some: Iterable[Malformed]) -> str:
        return "; ".join(
            f"{self.odd.noun} {one.line}{self._of(one)}: {one.reason}" for one in islice(some, _EXAMPLES)
        )

    def _of(self, one: Malformed) -> str:
        return f" of {self.files[one.file].shown}" if len(self.files) > 1 else ""

    def _named(self) -> str:
        others = len(self.files) - 1
        return self.files[0].shown + (f" (with {others} more)" if others else "")

    def _records(self, number: int) -> str:
        return f"{number} malformed {self.odd.noun}{'s'[: number > 1]}"
