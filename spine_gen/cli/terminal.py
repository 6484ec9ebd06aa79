"""Where commands write: results on stdout, diagnostics and progress on stderr; colours for people only."""

import json
import os
import sys
from typing import TextIO

PIPE_CLOSED = 141  # what a shell reports for a program that SIGPIPE ended


def write_out(text: str) -> None:
    """Write and flush stdout; where its reader has gone (`| head`), end quietly as SIGPIPE would."""
    if not _write(sys.stdout, text):
        raise SystemExit(PIPE_CLOSED)


def print_json(value: object) -> None:
    write_out(json.dumps(value, indent=2, ensure_ascii=False) + "\n")


def note(text: str) -> None:
    """Say something on stderr; a stderr that nobody reads any more never stops the work."""
    _write(sys.stderr, f"{text}\n")


def colorful(stream: TextIO | None) -> bool:
    """Whether colours go there: a terminal that can show them, and nobody said no (https://no-color.org)."""
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream is not None and stream.isatty() and not plain


def _write(stream: TextIO | None, text: str) -> bool:
    """Whether somebody was there to read; None is a stream that was closed when the program started."""
    if stream is None:
        return True
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        return False
    return True
