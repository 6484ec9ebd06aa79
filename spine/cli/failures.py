"""Errors as people read them: one message on stderr and an exit status, never a traceback unasked.

Covers the project's own errors and what the operating system and the database driver raise. Anything else is
a fault of the program and keeps its traceback.
"""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from spine.cli.output import note, visible
from spine.errors import CheckStepFailedError, MigrationError, PackageImportError, SpineError

FINDINGS, MISUSE, INTERRUPTED = 1, 2, 130
HINTS = (  # what the drivers say → what to do about it
    ("readonly database", "make the file and its folder writable"),
    ("unable to open database file", "make the folder exist and be writable"),
    ("file is not a database", "it is damaged or not SQLite: move it away, or name another file"),
    ("malformed", "the file is damaged: restore it from a backup"),
    ("database is locked", "another process is writing: try again"),
    ("disk is full", "free some space"),
    ("permission denied", "grant the user the rights"),
    ("read-only transaction", "name a server that takes writes"),
)

_ROWS_IN_THE_WAY = (
    ". Rows that are there are in its way: if it was built with --assume-empty, take it and the change of "
    "its spec back in version control, and build it again without"
)


@contextmanager
def clear_failures(*, show_traceback: bool) -> Iterator[None]:
    """Turn an expected error inside into its message and exit status: 1 for findings, 2 for misuse."""
    try:
        yield
    except KeyboardInterrupt:
        note("interrupted; what was reported complete stays so, and the same command goes on from there")
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        message = message_of(error)
        if message is None:
            raise
        if show_traceback:
            traceback.print_exception(error, file=sys.stderr)
        note(f"error: {message}")
        raise typer.Exit(FINDINGS if isinstance(error, PackageImportError) else MISUSE) from error


def message_of(error: BaseException) -> str | None:
    """The message of an expected error; None for one that only a fault of the program explains."""
    if isinstance(error, SpineError):
        return "\n".join(visible(line) for line in str(error).splitlines())
    if isinstance(error, OSError):
        place = f"{error.filename}: " if error.filename else ""
        return visible(f"{place}{error.strerror or error}")
    if "sqlalchemy" in sys.modules:
        return _database_message(error)
    return None


def reason_of(error: BaseException, generated: Path) -> str:
    """Why a run failed; what its logic raised is told with its kind and its place in the generated code."""
    from spine.cli.packages import place_in

    if isinstance(error, CheckStepFailedError):
        return visible(error.reason or "its lambda answered false")  # the step itself is named beside it
    message = message_of(error)
    if message and (isinstance(error, SpineError) or not isinstance(error, OSError)):
        return message
    place = place_in(error, generated)
    if message:
        return f"{visible(place)}{message}"
    if isinstance(error, SystemExit):
        return visible(f"{place}sys.exit({error.code!r}) was called; raise an exception instead")
    return visible(f"{place}{type(error).__name__}{f': {error}' if str(error) else ''}")


@contextmanager
def step_failures(generated: Path) -> Iterator[None]:
    """Turn what the code of a revision raises inside into a MigrationError with its place."""
    from spine.cli.packages import place_in

    try:
        yield
    except SpineError:
        raise
    except Exception as error:  # whatever a step raises, its author reads it the same way
        place, reason = place_in(error, generated), reason_of(error, generated)
        if not place:
            raise
        advice = _ROWS_IN_THE_WAY if _is_about_rows(error) else ""
        raise MigrationError(
            f"{visible(place)}{reason.removeprefix(place)}; nothing that its transaction did was kept{advice}"
        ) from error


def _is_about_rows(error: BaseException) -> bool:
    from sqlalchemy.exc import IntegrityError

    return isinstance(error, IntegrityError)


def _database_message(error: BaseException) -> str | None:
    from sqlalchemy.exc import DBAPIError

    if not isinstance(error, DBAPIError):
        return None
    said = visible(str(error.orig).strip().split("\n", 1)[0])
    hint = next((hint for part, hint in HINTS if part in said.lower()), None)
    return f"the database refused: {said}" + (f"; {hint}" if hint else "")
