"""The spec files that a command is about: named on the command line, or all of the project's."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine.settings import Settings
from spine_gen.errors import SpineGenError, UnreadableSpecError

if TYPE_CHECKING:
    from spine_gen.spec.check import CheckedSpec

SUFFIXES = (".yaml", ".yml")
READ_AT_MOST = 2_000_000  # bytes: more than any spec may have, so that a huge file is refused, not read


class NoSpecsError(SpineGenError):
    """There is nothing to do: the project has no specs where it says they are."""

    def __init__(self, folder: str, why: str) -> None:
        super().__init__(f"no specs: {folder} {why}; name a spec, or run `spine-gen init` to start a project")
        self.folder = folder


def find_specs(named: Sequence[Path] | None, settings: Settings) -> tuple[Path, ...]:
    """The specs to read, each once: those named, else all of the specs folder, sorted. Opens none."""
    if named:
        return tuple({path.absolute(): path for path in named}.values())
    folder = shown(settings.specs)
    if not settings.specs.is_dir():
        raise NoSpecsError(folder, "is not a folder" if settings.specs.exists() else "does not exist")
    found = sorted(path for path in settings.specs.rglob("*") if path.suffix in SUFFIXES and path.is_file())
    if not found:
        raise NoSpecsError(folder, "holds no .yaml file")
    return tuple(Path(shown(path)) for path in found)


def read_specs(paths: Sequence[Path]) -> "tuple[CheckedSpec, ...]":
    """Every spec with what is wrong with it; UnreadableSpecError for a file that cannot be read."""
    contents = [(path.as_posix(), read_file(path)) for path in paths]
    from spine_gen.spec.check import check_spec

    return tuple(check_spec(content, path) for path, content in contents)


def read_file(path: Path) -> bytes:
    """A spec's bytes (the beginning of a file that is far too long to be one)."""
    if path.is_dir():
        example = next((item for item in sorted(path.glob("*.yaml"))), path / "domain.yaml")
        raise UnreadableSpecError(f"{path}", f"it is a folder; name a file in it, such as {example}")
    if path.exists() and not path.is_file():
        raise UnreadableSpecError(f"{path}", "it is not a regular file")
    try:
        with path.open("rb") as file:
            return file.read(READ_AT_MOST)
    except OSError as error:
        raise UnreadableSpecError(f"{path}", (error.strerror or str(error)).lower()) from error
    except ValueError as error:  # a NUL in the name
        raise UnreadableSpecError(repr(f"{path}"), str(error)) from error


def shown(path: Path) -> str:
    """The path as a person in the current directory would type it."""
    relative = os.path.relpath(path)
    return path.as_posix() if relative.startswith("..") else Path(relative).as_posix()
