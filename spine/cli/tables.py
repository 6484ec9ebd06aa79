"""Tables on stdout: plain columns with every value whole where they are piped, Rich's on a terminal.

On a terminal too narrow for a table, its columns of long text move below each row.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from spine.cli.output import visible, write_out

Cell = str | int | None

EMPTY = "-"
INDENT = "    "
STYLES = {
    "COMPLETE": "green",
    "SUCCESS": "green",
    "SKIPPED": "cyan",
    "RUNNING": "yellow",
    "WARNING": "yellow",
    "FAILED": "bold red",
    "ERROR": "red",
    "NOT_RUN": "dim",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column's title, and what its cells are."""

    title: str
    numeric: bool = False  # flush right
    long: bool = False  # may be long text: goes below the row where the table is too wide


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """Print rows on stdout under their columns' titles; an empty cell shows as `-`."""
    lines = [[_shown(cell) for cell in row] for row in rows]
    if sys.stdout is not None and sys.stdout.isatty():
        _print_on_terminal(columns, lines)
    else:
        write_out("".join(f"{line}\n" for line in _aligned(columns, lines)))


def counts(anomalies: Iterable[tuple[str, int]]) -> str | None:
    """Anomalies by code as one cell: `NULL_SYMBOL 1, NULL_VENUE 2`; None where there are none."""
    return ", ".join(f"{code} {count}" for code, count in anomalies) or None


def _shown(cell: Cell) -> str:
    if cell is None or cell == "":
        return EMPTY
    return visible(str(cell))


def _aligned(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> list[str]:
    """The titles and the rows, each as one line."""
    table = [[column.title for column in columns], *lines]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns))]
    return [
        "  ".join(
            cell.rjust(width) if column.numeric else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        for line in table
    ]


def _print_on_terminal(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.measure import Measurement
    from rich.table import Table
    from rich.text import Text

    console = Console()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        table.add_column(column.title, justify="right" if column.numeric else "left", overflow="fold")
    for line in lines:
        table.add_row(*(Text(cell, style=_style(cell)) for cell in line))
    unlimited = console.options.update_width(sys.maxsize)
    if Measurement.get(console, unlimited, table).maximum <= console.width:
        console.print(table)
        return
    for line in _stacked(columns, lines):
        text = Text(line)
        if not line.startswith(INDENT):
            for word, style in STYLES.items():
                text.highlight_words([word], style)
        console.print(text, soft_wrap=True)


def _stacked(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> Iterator[str]:
    """The short columns aligned, and below each row what its long columns say."""
    short = [at for at, column in enumerate(columns) if not column.long]
    titles, *rows = _aligned([columns[at] for at in short], [[line[at] for at in short] for line in lines])
    yield titles
    for row, line in zip(rows, lines, strict=True):
        yield row
        for column, cell in zip(columns, line, strict=True):
            if column.long and cell != EMPTY:
                yield f"{INDENT}{column.title.lower()}: {cell}"


def _style(cell: str) -> str:
    return STYLES.get(cell.split(" ", 1)[0].rstrip(","), "")
