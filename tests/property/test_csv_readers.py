"""The two ways of reading a CSV file agree, and both give back what was written."""

import csv
import io
import string
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spine import CsvSource
from spine.core.files import SourceFile
from spine.data.sources import csv_reader
from spine.data.sources.csv_reader import read_csv
from spine.data.sources.held_file import HeldFile
from spine.data.sources.odd_rows import OddRow, OddRows
from spine.data.staging.duck import Duck
from spine.data.staging.tables import create_views, put_aside
from spine.data.tables.target import DataColumn, Target

ONE_COLUMN = Target(
    table="t",
    columns=(DataColumn(name="a", kind="string", nullable=True),),
    key=("a",),
    dialect="sqlite",
)
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
SOURCE = CsvSource(path="f.csv", columns={}, malformed="MALFORMED")
PLACES = {"a": "1", "b": "2", "c": "3"}
OTHERS = (
    replace(SOURCE, escape="\\"),
    replace(SOURCE, quote=""),
    replace(SOURCE, skip_lines=2),
    replace(SOURCE, header=False, columns=PLACES),
    replace(SOURCE, header=False, skip_lines=1, columns=PLACES, trim=True, null=["a", "1"], decimal=","),
)

texts = st.text(st.sampled_from(string.ascii_letters + ' ,"\n\r\té😀\x01n'), max_size=8)
integers = st.one_of(st.none(), st.integers(-(2**63), 2**63 - 1))
rows = st.lists(st.tuples(texts, integers, texts), max_size=12)
lines = st.lists(st.text(st.sampled_from('ab,"1 \r\n'), max_size=12), max_size=12)
fields = st.sampled_from(["", '""', "1", '"1"', "x", '"x"', '"x,"', " "])
unquoted_fields = st.sampled_from(["", "1", "x", " "])


def read(
    content: str, *, carefully: bool, target: Target = TARGET, source: CsvSource = SOURCE
) -> tuple[list[OddRow], list[tuple[int, int]]]:
    """The rows with their lines, and first and last line of each malformed record."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "f.csv"
        path.write_bytes(content.encode())
        file = HeldFile(SourceFile(path=path, shown="f.csv"))
        duck = Duck(len(target.columns))
        plainly = csv_reader._read_plainly
        try:
            if carefully:
                csv_reader._read_plainly = lambda *_: False
            numbering = read_csv(duck, source, file, target)
            put_aside(duck, 0)
            create_views(duck, target.columns, [numbering])
            odd = OddRows(duck, [file], target, numbering.noun)
            return list(odd.where("true")), [(one.line, one.last_line) for one in odd.malformed()]
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


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(st.sampled_from('ab,"1 \\'), max_size=12), max_size=12), st.sampled_from(OTHERS))
def test_they_agree_on_what_is_written_otherwise(given_lines: list[str], source: CsvSource) -> None:
    content = 'say "so\nand, so\n' + "a,b,c\n" * source.header + "x,2,y\n"
    content = "".join(content.splitlines(keepends=True)[2 - source.skip_lines :])
    content += "".join(f"{line}\n" for line in given_lines)
    assert read(content, carefully=False, source=source) == read(content, carefully=True, source=source)


@settings(max_examples=80, deadline=None)
@given(
    st.sampled_from([fields, unquoted_fields]).flatmap(
        lambda field: st.lists(
            st.tuples(st.lists(field, min_size=1, max_size=4), st.integers(0, 3)), min_size=1, max_size=8
        )
    ),
    st.sampled_from(["\n", "\r\n"]),
    st.booleans(),
)
def test_the_readers_agree_on_extra_empty_fields(
    records: list[tuple[list[str], int]], newline: str, ends_in_newline: bool
) -> None:
    content = newline.join(
        ["a,b,c", *(",".join([*given_fields, *[""] * extra]) for given_fields, extra in records)]
    )
    content += newline * ends_in_newline
    assert read(content, carefully=False) == read(content, carefully=True)


@pytest.mark.parametrize("field", ["x", '"x"'])
@pytest.mark.parametrize("carefully", [False, True])
def test_extra_empty_fields_are_no_fields(field: str, carefully: bool) -> None:
    content = f"a,b,c\n{field},1,y,\n{field},2,y,,z\n{field},3,y\n{field},4,\n{field},5\n{field},6,,,,"
    found, malformed = read(content, carefully=carefully)
    assert [(row.line, row.values["b"]) for row in found] == [(2, 1), (4, 3), (5, 4), (7, 6)]
    assert malformed == [(3, 3), (6, 6)]


@pytest.mark.parametrize("carefully", [False, True])
def test_a_blank_line_is_no_row_of_one_column(carefully: bool) -> None:
    found, malformed = read('a\n\nx\n\n""\n,\n', carefully=carefully, target=ONE_COLUMN)
    assert [(row.line, row.values["a"]) for row in found] == [(3, "x"), (5, None), (6, None)]
    assert malformed == []
