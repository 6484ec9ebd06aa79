"""The specs that a command is about: named on the command line (files, folders), or all of the project's."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine.settings import Settings
from spine_gen.errors import SpineGenError, UnreadableSpecError

if TYPE_CHECKING:
    from spine_gen.spec.check import CheckedSpec
    from spine_gen.spec_findings import SpecFindings

SUFFIXES = (".yaml", ".yml")
STANDARD_INPUT = Path("-")
_SHOWN_INPUT = Path("<stdin>")


class NoSpecsError(SpineGenError):
    """There is nothing to do: the project has no specs where it says they are."""

    def __init__(self, folder: str, why: str) -> None:
        super().__init__(f"no specs: {folder} {why}; name a spec, or run `spine-gen init` to start a project")
        self.folder = folder


class StandardInputError(SpineGenError):
    """A command that needs to know where a spec is was given one without a place."""

    def __init__(self) -> None:
        super().__init__('"-" (standard input) can be validated only; name a file')


def find_specs(
    named: Sequence[Path] | None, settings: Settings, *, standard_input: bool = False
) -> tuple[Path, ...]:
    """The specs to read, each once: the files that are named and all that are in the folders that are named.

    None named: all of the specs folder. Opens none. StandardInputError for "-", where that is not allowed.
    """
    if not named:
        if not settings.specs.is_dir():
            why = "is not a folder" if settings.specs.exists() else "does not exist"
            raise NoSpecsError(shown(settings.specs), why)
        return _below(settings.specs)
    if STANDARD_INPUT in named and not standard_input:
        raise StandardInputError
    found = [spec for path in named for spec in (_below(path) if path.is_dir() else (path,))]
    return tuple({path.absolute(): path for path in found}.values())


def _below(folder: Path) -> tuple[Path, ...]:
    """All specs in a folder and the folders in it, sorted; what is hidden, such as .venv, holds none."""
    named = ((path, path.relative_to(folder).parts) for path in folder.rglob("*") if path.suffix in SUFFIXES)
    shows = (path for path, parts in named if not any(part.startswith(".") for part in parts))
    found = sorted(path for path in shows if path.is_file())
    if not found:
        raise NoSpecsError(shown(folder), "holds no .yaml or .yml file")
    return tuple(Path(shown(path)) for path in found)


def read_specs(paths: Sequence[Path], specs_folder: Path | None = None) -> "tuple[CheckedSpec, ...]":
    """Every spec with what is wrong with it; UnreadableSpecError for a file that cannot be read.

    The specs of other domains that inputs name are among these, or in the folder.
    """
    from spine_gen.source.other_specs import OtherSpecs
    from spine_gen.source.spec_file import read_spec_file
    from spine_gen.spec.check import check_spec

    contents = [(path.as_posix(), read_spec_file(path)) for path in paths]
    others = OtherSpecs(specs_folder, paths)
    return tuple(check_spec(content, path, others) for path, content in contents)


def find_problems(
    paths: Sequence[Path], settings: Settings, *, whole: bool = False
) -> "tuple[SpecFindings, ...]":
    """What is wrong with every spec, `whole` if these are all; UnreadableSpecError for one not readable."""
    from spine_gen.output.memory import clashing, recall
    from spine_gen.source.spec_file import READ_AT_MOST
    from spine_gen.spec_findings import in_order

    contents = {}
    if STANDARD_INPUT in paths:
        if sys.stdin is None:
            raise UnreadableSpecError(f"{_SHOWN_INPUT}", "it is closed")
        contents[_SHOWN_INPUT] = sys.stdin.buffer.read(READ_AT_MOST)
    files = [_SHOWN_INPUT if path == STANDARD_INPUT else path for path in paths]
    remembered = recall(settings.root, settings.generated).unchanged(files)
    if len(remembered) == len(files) and not clashing(remembered.values()):
        return in_order(files, (), remembered)

    from spine_gen.validation import validate_specs

    return validate_specs(
        files,
        settings.generated,
        settings.root,
        contents=contents,
        remembered=remembered,
        whole=whole,
        specs_folder=settings.specs,
    )


def shown(path: Path) -> str:
    """The path as a person in the current directory would type it."""
    relative = os.path.relpath(path)
    return path.as_posix() if relative.startswith("..") else Path(relative).as_posix()
