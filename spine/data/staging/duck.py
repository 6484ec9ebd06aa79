"""A DuckDB of one stage's own: in memory up to a limit, then in a temporary folder, gone when closed."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

_THREADS = 2
# Together with the interpreter and a driver's buffers, well under 300 MB whatever the file's size.
_MEGABYTES = 100
_MEGABYTES_A_COLUMN = 1  # a block of a column's values, of its text, of what is wrong with it…
_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "threads": _THREADS,
    # These leave out what a value is computed of where only its being NULL or its order matters: an error in
    # it, which every other database tells, then goes unnoticed.
    "disabled_optimizers": "expression_rewriter,statistics_propagation",
    "ieee_floating_point_ops": False,  # the root of -1 is an error, and not NaN
    "preserve_insertion_order": True,  # the order of rows is what line numbers are counted from
    # A spec's condition is evaluated here: nothing may be fetched or loaded on its behalf.
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "allow_community_extensions": False,
    "allow_unsigned_extensions": False,
}
# As spine's functions of these names on SQLite: the decimal that is meant by a double, which holds 15 digits.
_FUNCTIONS = """
CREATE MACRO spine_decimal(value) AS CAST(format('{:.15g}', CAST(value AS DOUBLE)) AS DOUBLE);
CREATE MACRO spine_places(value, other) AS
    15 - CAST(ceil(log10(greatest(abs(value), abs(other), 1e-290))) AS INTEGER);
CREATE MACRO spine_add_decimals(value, other) AS spine_decimal(
    round(CAST(value AS DOUBLE) + CAST(other AS DOUBLE), spine_places(value, other)));
CREATE MACRO spine_subtract_decimals(value, other) AS spine_decimal(
    round(CAST(value AS DOUBLE) - CAST(other AS DOUBLE), spine_places(value, other)));
CREATE MACRO spine_multiply_decimals(value, other) AS spine_decimal(
    CAST(value AS DOUBLE) * CAST(other AS DOUBLE));
"""


class Duck:
    """An in-memory DuckDB with a folder to spill to, which also holds files that a reader prepares for it."""

    def __init__(self, columns: int) -> None:
        """For a table of so many columns."""
        self._folder = tempfile.TemporaryDirectory(prefix="spine-duckdb-")
        self.folder = Path(self._folder.name)
        limit = f"{_MEGABYTES + _MEGABYTES_A_COLUMN * columns}MB"
        own = {"memory_limit": limit, "temp_directory": self._folder.name}
        self.connection = duckdb.connect(config=_CONFIG | own)
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute(_FUNCTIONS)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A further connection to the same tables, so that several results can be read at a time."""
        cursor = self.connection.cursor()
        cursor.execute("SET TimeZone = 'UTC'")
        return cursor

    @contextmanager
    def one_thread(self) -> Iterator[None]:
        """Have what is executed within run in the caller's thread alone."""
        self.connection.execute("SET threads = 1")
        try:
            yield
        finally:
            self.connection.execute(f"SET threads = {_THREADS}")

    def close(self) -> None:
        """Give the memory and the folder back."""
        self.connection.close()
        self._folder.cleanup()


def duck_path(path: Path) -> str:
    """The path as DuckDB's readers take it: none of its characters is a wildcard."""
    return "".join(f"[{character}]" if character in "*?[" else character for character in str(path))
