"""Converted rows that wait for their transaction: in memory while they are few, then in a temporary file."""

import pickle
import tempfile
from collections.abc import Iterator
from typing import IO, Any, TypeAlias

Row: TypeAlias = tuple[Any, ...]

_ROWS_IN_MEMORY = 5000


class RowSpool:
    """Append rows once, then iterate over them as often as needed."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._file: IO[bytes] | None = None
        self.count = 0

    def append(self, row: Row) -> None:
        """Add a row."""
        self._rows.append(row)
        self.count += 1
        if len(self._rows) >= _ROWS_IN_MEMORY:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="spine-rows-")  # noqa: SIM115 - closed by close()
            self._file.seek(0, 2)
            pickle.dump(self._rows, self._file, protocol=pickle.HIGHEST_PROTOCOL)
            self._rows = []

    def __iter__(self) -> Iterator[Row]:
        if self._file is not None:
            end = self._file.seek(0, 2)
            self._file.seek(0)
            while self._file.tell() < end:
                yield from pickle.load(self._file)
        yield from self._rows

    def close(self) -> None:
        """Let the rows go."""
        self._rows = []
        if self._file is not None:
            self._file.close()
