"""The spec files that a command is about: named on the command line, or all of the project's."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine.settings import Settings
from spine_gen.errors import SpineGenError

if TYPE_CHECKING:
    from spine_gen.spec.check import CheckedSpec, SpecFindings

SUFFIXES = (".yaml", ".yml")


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
    from spine_gen.source.spec_file import read_spec_file
    from spine_gen.spec.check import check_spec

    contents = [(path.as_posix(), read_spec_file(path)) for path in paths]
    return tuple(check_spec(content, path) for path, content in contents)


def find_problems(paths: Sequence[Path]) -> "tuple[SpecFindings, ...]":
    """What is wrong with every spec; UnreadableSpecError for a file that cannot be read."""
    import spine_gen.spec.check  # noqa: F401 - before workers begin, which then have it
    from spine_gen.workers import in_batches, worker_count

    return tuple(in_batches(_judge, paths, workers=worker_count(len(paths))))


def _judge(paths: Sequence[Path]) -> "list[SpecFindings]":
    from spine_gen.source.spec_file import read_spec_file
    from spine_gen.spec.check import find_problems

    return [find_problems(read_spec_file(path), path.as_posix()) for path in paths]


def shown(path: Path) -> str:
    """The path as a person in the current directory would type it."""
    relative = os.path.relpath(path)
    return path.as_posix() if relative.startswith("..") else Path(relative).as_posix()
