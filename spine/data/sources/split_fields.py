"""Records that were split into fields, on their way into DuckDB: which are wanted, and how they convert."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from spine.data.staging.conversion import Conversion, convert
from spine.data.staging.duck import Duck, duck_path
from spine.data.staging.partition_rows import PartitionRows
from spine.data.staging.tables import stage
from spine.data.tables.target import Target, quoted_text

from .declared import SpelledSource
from .header import match_names, read_names
from .raw_lines import MAX_RECORD_BYTES, several_lines
from .spelling import as_spelled, spelled_as

# Blocks of 32 MB, DuckDB's own choice, would take a third of the memory.
_BUFFER_BYTES = 2 * MAX_RECORD_BYTES
# Of the files that are prepared for DuckDB here.
_OWN_DIALECT = {"delim": "','", "quote": "'\"'", "escape": "'\"'", "header": "false"}
_LINES = ("CAST(line AS BIGINT) AS line", "CAST(last_line AS BIGINT) AS last_line")


@dataclass(frozen=True, kw_only=True)
class SplitFiles:
    """Where records are written that were split here: CSV files of DuckDB's own dialect."""

    records: Path  # first line, last line, the wanted fields
    rejects: Path  # first line, last line, reason

    @classmethod
    def of(cls, duck: Duck) -> "SplitFiles":
        """In the stage's own folder."""
        return cls(records=duck.folder / "records.csv", rejects=duck.folder / "rejects.csv")


@dataclass(frozen=True, kw_only=True)
class Layout:
    """A file's records: how many fields they have, which are wanted, and how those convert."""

    width: int
    before: int  # lines before the first record
    fields: Sequence[int]
    conversions: Sequence[Conversion]
    spelled: Sequence[Callable[[str], tuple[str, str]]]
    of: PartitionRows | None

    def texts(self, fields: Sequence[str]) -> str:
        """Of each wanted field its text as the file means it (r0…), and as it converts (t0…)."""
        both = [spelled(field) for spelled, field in zip(self.spelled, fields, strict=True)]
        return ", ".join(
            f"{shown} AS r{index}, {f'r{index}' if text == shown else text} AS t{index}"
            for index, (shown, text) in enumerate(both)
        )

    def stage(self, duck: Duck, origin: str, extra: Sequence[str] = (), *, raw: str | None = None) -> None:
        """Stage records of which ``origin`` has ``texts``."""
        content = f"[{', '.join(f'r{index}' for index in range(len(self.fields)))}]"
        stage(duck, self.conversions, origin, extra, content=content, raw=raw, of=self.of)


def layout_of(
    source: SpelledSource,
    target: Target,
    header: Sequence[str],
    shown: str,
    *,
    before: int,
    of: PartitionRows | None,
) -> Layout:
    """Of a file with that header; SourceError where that has not what the source declares."""
    wanted = read_names(target.columns, source.names())
    positions = match_names(header, wanted, shown)
    return Layout(
        width=len(header),
        before=before,
        fields=[positions[column.name] for column in target.columns],
        conversions=[
            convert(
                column,
                f"t{index}",
                read_from=wanted[column.name],
                dialect=target.dialect,
                shown=f"r{index}",
                spelled=spelled_as(column, source.spelling(column.name)),
            )
            for index, column in enumerate(target.columns)
        ],
        spelled=[partial(as_spelled, column, how=source.spelling(column.name)) for column in target.columns],
        of=of,
    )


def stage_split(duck: Duck, layout: Layout, files: SplitFiles, *, raw: bool = False) -> None:
    """Stage what was written there, with the fields of malformed records as a list in JSON, if wanted."""
    names = ["line", "last_line", *(f"f{index}" for index in range(len(layout.fields)))]
    reader = reader_of(files.records, names, _OWN_DIALECT)
    fields = [several_lines(f"f{index}") for index in range(len(layout.fields))]
    listed = f"[{', '.join(fields)}] AS fields, " if raw else ""
    origin = f"(SELECT line, last_line, {listed}{layout.texts(fields)} FROM {reader})"
    layout.stage(duck, origin, _LINES, raw="CAST(to_json(fields) AS VARCHAR)" if raw else None)
    files.records.unlink()
    load_rejects(duck, files.rejects)


def load_rejects(duck: Duck, listed: Path) -> None:
    """Stage the records that are none, as they were listed."""
    reader = reader_of(listed, ("line", "last_line", "reason"), _OWN_DIALECT)
    duck.connection.execute(f"CREATE TABLE rejects AS SELECT {', '.join(_LINES)}, reason FROM {reader}")
    listed.unlink()


def reader_of(path: Path, names: Sequence[str], options: Mapping[str, str]) -> str:
    """DuckDB's reader of the file, every field as text."""
    columns = ", ".join(f"{quoted_text(name)}: 'VARCHAR'" for name in names)
    settings = {
        "columns": f"{{{columns}}}",
        "auto_detect": "false",
        "compression": "'none'",
        "max_line_size": str(MAX_RECORD_BYTES),
        "buffer_size": str(_BUFFER_BYTES),
        **options,
    }
    listed = ", ".join(f"{name} = {value}" for name, value in settings.items())
    return f"read_csv({quoted_text(duck_path(path))}, {listed})"
