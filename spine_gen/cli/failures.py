"""Misuse as people read it: one message on stderr and exit status 2, never a traceback.

Covers what the project raises on purpose and what the operating system refuses. Anything else is a fault of
the program and keeps its traceback.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from spine_gen.cli.terminal import note
from spine_gen.errors import SpineGenError

FINDINGS, MISUSE, INTERRUPTED = 1, 2, 130


@contextmanager
def clear_failures() -> Iterator[None]:
    """Turn an expected error inside into its message and its exit status."""
    from spine.errors import SpineError

    try:
        yield
    except KeyboardInterrupt:
        note("interrupted; nothing was left half written")
        raise SystemExit(INTERRUPTED) from None
    except (SpineGenError, SpineError) as error:
        note(f"error: {_visible(str(error))}")
        raise SystemExit(MISUSE) from error
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        note(f"error: {_visible(f'{place}{error.strerror or error}')}")
        raise SystemExit(MISUSE) from error


def _visible(message: str) -> str:
    """The message with nothing in it that steers a terminal: names come from outside."""
    from spine_gen.diagnostics.as_text import visible

    return visible(message, keep_lines=True)
