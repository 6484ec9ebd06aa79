"""Reads a spec's bytes from disk: those of a plain file, or a message that says what is there instead."""

import os
from pathlib import Path

from spine_gen.errors import UnreadableSpecError

READ_AT_MOST = 2_000_000  # bytes: more than a spec may have, so that a huge file is refused, not read


def read_spec_file(path: Path) -> bytes:
    """The file's bytes (the beginning of one far too long); UnreadableSpecError where there are none."""
    try:
        if path.is_dir():
            example = next(iter(sorted(path.glob("*.yaml"))), path / "domain.yaml")
            raise UnreadableSpecError(f"{path}", f"it is a folder; name a file in it, such as {example}")
        if path.exists() and not path.is_file():
            raise UnreadableSpecError(f"{path}", "it is not a plain file")
        with path.open("rb") as file:
            return file.read(READ_AT_MOST)
    except OSError as error:
        raise UnreadableSpecError(f"{path}", (error.strerror or str(error)).lower()) from error
    except ValueError as error:  # a NUL in the name
        raise UnreadableSpecError(repr(f"{path}"), str(error)) from error


def shown_path(path: Path) -> str:
    """A path as messages show it: relative to the current folder where it is below it."""
    path = Path(os.path.normpath(path.absolute()))
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()
