"""What the commands print: tables and JSON on stdout, notes and errors on stderr.

Knows nothing of what is printed. On a terminal tables are Rich's; anywhere else they are plain columns with
every value whole, for grep and for logs.
"""

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, TextIO

OutputFormat = Literal["text", "json"]
Cell = str | int | None

PIPE_CLOSED = 141  # what a shell reports for a program that SIGPIPE ended
STYLES = {
    "COMPLETE": "green",
    "SUCCESS": "green",
    "OK": "green",
    "SKIPPED": "cyan",
    "RUNNING": "yellow",
    "WARNING": "yellow",
    "FAILED": "bold red",
    "ERROR": "red",
}


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column's title, and whether its cells are numbers (printed flush right)."""

    title: str
    numeric: bool = False


def print_table(columns: Sequence[Column], rows: Iterable[Sequence[Cell]]) -> None:
    """Print rows on stdout under their columns' titles; an empty cell shows as `-`."""
    lines = [[_shown(cell) for cell in row] for row in rows]
    if sys.stdout is not None and sys.stdout.isatty():
        _print_rich(columns, lines)
    else:
        write_out(_plain(columns, lines))


def print_json(value: object) -> None:
    """Print a value on stdout as JSON; dates, decimals and the like as their text."""
    write_out(json.dumps(value, indent=2, ensure_ascii=False, default=str) + "\n")


def print_lines(lines: Iterable[str]) -> None:
    """Print lines on stdout."""
    write_out("".join(f"{visible(line)}\n" for line in lines))


def write_out(text: str) -> None:
    """Write and flush stdout; where its reader has gone (`| head`), end quietly as SIGPIPE would."""
    if sys.stdout is None:  # started with stdout closed
        return
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _silence(sys.stdout)
        raise SystemExit(PIPE_CLOSED) from None


def note(text: str) -> None:
    """Say something on stderr; a stderr that nobody reads any more never stops the work."""
    if sys.stderr is None:
        return
    try:
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
    except BrokenPipeError:
        _silence(sys.stderr)


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Show Python warnings inside as notes: the message, without the line of code that gave it."""
    with warnings.catch_warnings(record=True) as caught:
        yield
    for warning in caught:
        note(f"warning: {visible(str(warning.message))}")


@contextmanager
def progress() -> Iterator[Callable[[str], None]]:
    """A function that shows what is being done now; on a terminal only, and gone afterwards."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda text: None  # noqa: ARG005
        return
    from rich.console import Console
    from rich.text import Text

    with Console(stderr=True).status("") as status:
        yield lambda text: status.update(Text(visible(text)))


def visible(text: str) -> str:
    """The text on one line, with control characters escaped: data never steers a terminal."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def counts(anomalies: Iterable[tuple[str, int]]) -> str | None:
    """Anomalies by code as one cell: `NULL_SYMBOL 1, NULL_VENUE 2`; None where there are none."""
    return ", ".join(f"{code} {count}" for code, count in anomalies) or None


def _shown(cell: Cell) -> str:
    if cell is None or cell == "":
        return "-"
    return visible(str(cell))


def _plain(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> str:
    table = [[column.title for column in columns], *lines]
    widths = [max(len(line[at]) for line in table) for at in range(len(columns))]
    return "".join(
        "  ".join(
            cell.rjust(width) if column.numeric else cell.ljust(width)
            for cell, width, column in zip(line, widths, columns, strict=True)
        ).rstrip()
        + "\n"
        for line in table
    )


def _print_rich(columns: Sequence[Column], lines: Sequence[Sequence[str]]) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column.title, justify="right" if column.numeric else "left", overflow="fold")
    for line in lines:
        table.add_row(*(Text(cell, style=STYLES.get(cell.split(" ", 1)[0], "")) for cell in line))
    Console().print(table)


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
