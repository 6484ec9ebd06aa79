"""Parquet files into DuckDB: the file's types must fit the declared ones, and so must every value.

Nothing is parsed from text here: a file that has prices as strings is refused as a whole.
"""

from collections.abc import Mapping, Sequence

import duckdb

from spine.core.database.backend import DialectName
from spine.data.staging.conversion import Conversion
from spine.data.staging.duck import Duck, duck_path
from spine.data.staging.line_numbers import Numbering
from spine.data.staging.partition_rows import PartitionRows
from spine.data.staging.tables import stage
from spine.data.staging.typed_values import fit, misfits
from spine.data.tables.target import DataColumn, Target, quoted, quoted_text
from spine.errors import SourceError

from .declared import ParquetSource
from .header import match_names, read_names
from .held_file import HeldFile


def read_parquet(
    duck: Duck, source: ParquetSource, file: HeldFile, target: Target, of: PartitionRows | None = None
) -> Numbering:
    """Stage the file's rows. Raises SourceError where it is no Parquet file, or its columns do not fit."""
    shown, columns = file.shown, target.columns
    reader = f"read_parquet({quoted_text(duck_path(file.path))})"
    wanted = read_names(columns, source.names())
    file.take_digest()
    try:
        described = duck.connection.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()
        found = {str(name): str(kind) for name, kind, *_ in described}
        match_names(tuple(found), wanted, shown)
        names = [wanted[column.name] for column in columns]
        _check_types(columns, names, found, shown)
        selected = [f"{quoted(name)} AS v{index}" for index, name in enumerate(names)]
        conversions = [
            _conversion(column, f"v{index}", name, found[name], target.dialect)
            for index, (column, name) in enumerate(zip(columns, names, strict=True))
        ]
        raw = ", ".join(f"{quoted(name)} := v{index}" for index, name in enumerate(names))
        texts = ", ".join(f"CAST(v{index} AS VARCHAR)" for index in range(len(columns)))
        stage(
            duck,
            conversions,
            f"(SELECT {', '.join(selected)} FROM {reader})",
            content=f"[{texts}]",
            raw=f"CAST(to_json(struct_pack({raw})) AS VARCHAR)",
            of=of,
        )
    except duckdb.Error as error:
        raise SourceError(f"{shown} cannot be read as Parquet: {str(error).splitlines()[0]}") from error
    duck.connection.execute("CREATE TABLE rejects (line BIGINT, last_line BIGINT, reason VARCHAR)")
    return Numbering(noun="row", raw=True)


def _check_types(
    columns: Sequence[DataColumn], names: Sequence[str], found: Mapping[str, str], shown: str
) -> None:
    wrong = "; ".join(misfits(zip(names, columns, strict=True), found))
    if wrong:
        raise SourceError(
            f"{shown} has columns of the wrong types: {wrong}. Correct the stage's columns or the file."
        )


def _conversion(
    column: DataColumn, value: str, read_from: str, found: str, dialect: DialectName
) -> Conversion:
    place = column.name if column.name == read_from else f"{column.name} ({read_from})"
    fitted = fit(column, value, found, dialect)
    text = f"{quoted_text(place + ': ')} || {fitted.text} || {quoted_text(' ' + fitted.why)}"
    return Conversion(typed=fitted.typed, wrong=fitted.wrong, reason=text)
