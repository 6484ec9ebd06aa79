"""Where the commands print: results on stdout, notes, progress and errors on stderr."""

import json
import os
import sys
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Literal, TextIO

OutputFormat = Literal["text", "json"]

PIPE_CLOSED = 141  # what a shell reports for a program that SIGPIPE ended


def print_json(value: object) -> None:
    """Print a value on stdout as JSON: dates and times in ISO 8601, decimals and the like as their text."""
    write_out(json.dumps(value, indent=2, ensure_ascii=False, default=_as_text) + "\n")


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
    except OSError as error:
        raise OSError(error.errno, error.strerror, "standard output") from error


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


def _as_text(value: object) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)  # a datetime is a date, too


def _silence(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
