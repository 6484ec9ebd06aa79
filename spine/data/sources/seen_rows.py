"""What the files of a source that hold several partitions have of each, while they are what they were."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from spine.core.files import SourceFile
from spine.errors import SourceChangedError, SourceError

from .declared import FilesSource

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partition, Partitioning
    from spine.data.staging.partition_rows import PartitionRows, PartitionValues
    from spine.data.tables.target import DataColumn

    from .held_file import FileIdentity, HeldFile

_UNREADABLE = "unreadable"  # which is the digest of no rows


class SeenRows:
    """The digests of rows in the files of one stage's source: each file is read once for all partitions.

    Nothing is written down: another process reads them again.
    """

    def __init__(
        self, source: FilesSource, columns: "Sequence[DataColumn]", partitioning: "Partitioning"
    ) -> None:
        self._source = source
        self._columns = tuple(columns)
        self._partitioning = partitioning
        self._seen: dict[Path, tuple[FileIdentity, dict[PartitionValues, str] | None]] = {}

    def digest(self, file: SourceFile, partition: "Partition") -> str | None:
        """That of what the file has of the partition.

        None where this is nothing, and where the file changes while it is read: the next look will tell. Of
        a file that cannot be read as its source declares it is one that no rows have, since a new attempt
        would fail. Raises OSError where there is no file.
        """
        from spine.data.staging.partition_rows import PartitionRows  # noqa: PLC0415 - few sources have any

        from .held_file import FileIdentity, HeldFile  # noqa: PLC0415

        seen = self._seen.get(file.path)
        identity = FileIdentity.of(file.path.stat())
        try:
            of = PartitionRows.of(self._source.rows, self._columns, self._partitioning)
            assert of is not None
            if seen is None or seen[0] != identity:
                with closing(HeldFile(file)) as held:
                    seen = self._seen[file.path] = held.identity, self._read(held, of)
        except SourceChangedError:
            return None
        except SourceError:
            return _UNREADABLE
        digests = seen[1]
        return _UNREADABLE if digests is None else digests.get(of.values_in(partition))

    def _read(self, held: "HeldFile", of: "PartitionRows") -> "dict[PartitionValues, str] | None":
        """By what tells a partition, the digest of its rows; None where the file is not as it is declared."""
        from spine.data.staging.duck import Duck  # noqa: PLC0415 - loads DuckDB
        from spine.data.staging.tables import create_views, put_aside  # noqa: PLC0415
        from spine.data.tables.target import Target  # noqa: PLC0415

        from .reading import read_records  # noqa: PLC0415
        from .row_digests import row_digests  # noqa: PLC0415

        # Digests are the same for all databases; one of them a target needs to have.
        target = Target(table="", columns=self._columns, key=(), dialect="postgresql")
        with closing(Duck(len(self._columns))) as duck:
            try:
                numbering = read_records(duck, self._source, held, target, of)
                put_aside(duck, 0)
                create_views(duck, self._columns, [numbering], of)
                return row_digests(duck, of, held, numbering)
            except SourceChangedError:
                raise
            except (SourceError, UnicodeError):
                return None
