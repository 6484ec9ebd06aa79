"""Read a source's file into DuckDB, whatever its format; what becomes of its records is others' work."""

import duckdb

from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import Numbering
from spine.data.staging.partition_rows import PartitionRows
from spine.data.tables.target import Target
from spine.errors import SourceError

from .csv_reader import read_csv
from .declared import CsvSource, JsonSource, NdjsonSource, Source, SqlSource, XlsxSource
from .held_file import HeldFile
from .ndjson_reader import read_ndjson
from .parquet_reader import read_parquet


def read_records(
    duck: Duck, source: Source, file: HeldFile, target: Target, of: PartitionRows | None
) -> Numbering:
    """Stage the file's records, or of some partitions those.

    Raises SourceError where the whole file is not what the source declares, or changes while it is read.
    """
    try:
        numbering = _read(duck, source, file, target, of)
    except (SourceError, duckdb.Error, UnicodeError):
        file.check_unchanged()  # then that is what went wrong
        raise
    file.check_unchanged()
    return numbering


def _read(duck: Duck, source: Source, file: HeldFile, target: Target, of: PartitionRows | None) -> Numbering:
    if isinstance(source, CsvSource):
        return read_csv(duck, source, file, target, of)
    if isinstance(source, NdjsonSource):
        return read_ndjson(duck, source, file, target, of)
    if isinstance(source, JsonSource):
        from .json_reader import read_json  # noqa: PLC0415 - few need its library

        return read_json(duck, source, file, target, of)
    if isinstance(source, XlsxSource):
        from .xlsx_reader import read_xlsx  # noqa: PLC0415 - few need its library

        return read_xlsx(duck, source, file, target, of)
    if isinstance(source, SqlSource):
        from .query_reader import read_query  # noqa: PLC0415 - few need it

        return read_query(duck, source, file, target)
    return read_parquet(duck, source, file, target, of)
