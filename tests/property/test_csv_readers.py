"""The two ways of reading a CSV file agree, and both give back what was written."""

import csv
import io
import string
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from hypothesis import given, settings
from hypothesis import strategies as st

from spine import CsvSource
from spine.data.sources import csv_reader
from spine.data.sources.csv_reader import read_csv
from spine.data.sources.declared import SourceFile
from spine.data.sources.held_file import HeldFile
from spine.data.sources.odd_rows import OddRow, OddRows
from spine.data.staging.duck import Duck
from spine.data.staging.tables import create_views
from spine.data.tables.target import DataColumn, Target

TARGET = Target(
    table="t",
    columns=(
        DataColumn(name="a", kind="string", nullable=True),
        DataColumn(name="b", kind="integer", nullable=True),
        DataColumn(name="c", kind="string", nullable=True),
    ),
    key=("a",),
    dialect="sqlite",
)
SOURCE = CsvSource(path="f.csv", columns={}, malformed="MALFORMED", final_newline="optional")

texts = st.text(st.sampled_from(string.ascii_letters + ' ,"\n\r\té😀\x01n'), max_size=8)
integers = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
rows = st.lists(st.tuples(texts, integers, texts), max_size=12)
lines = st.lists(st.text(st.sampled_from('ab,"1 \r\n'), max_size=12), max_size=12)


def read(content: str, *, carefully: bool) -> tuple[list[OddRow], list[tuple[int, int]]]:
    """The rows with their lines, and first and last line of each malformed record."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(content.encode())
        file = HeldFile(SourceFile(path=path, shown="f.csv"))
        duck = Duck(len(TARGET.columns))
        plainly = csv_reader._read_plainly
        try:
            if carefully:
                csv_reader._read_plainly = lambda *_: False
            numbering = read_csv(duck, SOURCE, file, TARGET)
            create_views(duck, TARGET.columns, numbering)
            odd = OddRows(duck, file, TARGET, numbering)
            return list(odd.where("true")), [(first, last) for first, last, _, _ in odd.malformed()]
        finally:
            csv_reader._read_plainly = plainly
            file.close()
            duck.close()


@settings(max_examples=60, deadline=None)
@given(rows, st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_was_written_is_read(
    written: list[tuple[str, int | None, str]], newline: str, quote_all: bool
) -> None:
    # Python's writer leaves a carriage return bare where lines end in "\n"; read back, it would end one.
    quote_all = quote_all or any("\r" in row[0] + row[2] for row in written)
    text = io.StringIO()
    quoting: Literal[0, 1] = csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL
    writer = csv.writer(text, lineterminator=newline, quoting=quoting)
    writer.writerow(("a", "b", "c"))
    expected = []
    for row in written:
        line = text.getvalue().count("\n") + 1
        writer.writerow(row)
        expected.append((line, (row[0] or None, row[1], row[2] or None)))
    found, malformed = read(text.getvalue(), carefully=False)
    assert malformed == []
    assert [(row.line, tuple(row.values.values())) for row in found] == expected


@settings(max_examples=150, deadline=None)
@given(lines)
def test_the_plain_and_the_careful_reader_agree(given_lines: list[str]) -> None:
    content = "a,b,c\n" + "".join(f"{line}\n" for line in given_lines)
    assert read(content, carefully=False) == read(content, carefully=True)
