"""Importing the generated packages, so that their pipelines and workflows are registered.

A package is a folder of the generated directory with a spine.lock.json. What goes wrong while importing one
is its author's to mend, so it is told by file and line rather than as a traceback.
"""

import importlib
import json
import sys
import traceback
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spine.cli.output import note, visible
from spine.errors import NoPackagesError, PackageImportError

if TYPE_CHECKING:
    from types import ModuleType

    from spine.examples.example import Example

LOCK = "spine.lock.json"


@dataclass(frozen=True, kw_only=True)
class PackageExamples:
    """The examples of one package, and its spec's path below the project."""

    spec: str
    examples: "tuple[Example, ...]"


def load_packages(generated: Path) -> tuple[str, ...]:
    """Import every generated package under `generated`, in order of name; the names imported.

    Puts the folder first on sys.path, where the packages' own imports need it. Raises NoPackagesError where
    there is nothing to import, PackageImportError for the first package that fails.
    """
    names = package_names(generated)
    if str(generated) not in sys.path:
        sys.path.insert(0, str(generated))
    with redirect_stdout(sys.stderr):  # what logic prints is no result
        for name in names:
            _import_package(name, generated)
    return names


def load_examples(generated: Path) -> tuple[PackageExamples, ...]:
    """Import every generated package, and the examples of those that have some.

    Raises what ``load_packages`` raises.
    """
    names = [name for name in load_packages(generated) if (generated / name / "examples.py").is_file()]
    modules = [_import(f"{name}.examples", generated, package=name) for name in names]
    return tuple(PackageExamples(spec=module.SPEC, examples=module.EXAMPLES) for module in modules)


def load_for_looking(generated: Path) -> None:
    """Import what can be imported of the packages, for commands that also do without.

    Where one fails, what is declared is not compared, and a note says so.
    """
    try:
        load_packages(generated)
    except NoPackagesError:
        return
    except PackageImportError as error:
        note(f"definitions are not compared: {visible(str(error))}")


def package_names(generated: Path) -> tuple[str, ...]:
    """The names of the generated packages, sorted. Raises NoPackagesError where there are none."""
    if not generated.is_dir():
        raise NoPackagesError(
            f"there is no folder of generated packages at {generated}; make it with spine-gen build, "
            "run spine inside the project, or set generated in [tool.spine]"
        )
    try:
        names = tuple(sorted(lock.parent.name for lock in generated.glob(f"*/{LOCK}")))
    except OSError as error:
        raise NoPackagesError(f"{generated} cannot be read ({error.strerror}); make it readable") from error
    if not names:
        raise NoPackagesError(
            f"{generated} holds no generated package (a folder with a {LOCK}); make one with spine-gen build"
        )
    return names


def declared_domains(generated: Path) -> tuple[str, ...]:
    """The domains of the generated packages as their locks name them; a lock that names none is left out."""
    found = []
    for lock in sorted(generated.glob(f"*/{LOCK}")):
        try:
            recorded = json.loads(lock.read_bytes())
            found.append(str((recorded.get("spec") or recorded)["domain"]))  # an older lock has the spec
        except (OSError, ValueError, LookupError, TypeError, AttributeError):
            continue  # what is wrong with a lock is for spine-gen check to tell
    return tuple(found)


def _import_package(name: str, generated: Path) -> None:
    module = _import(name, generated, package=name)
    file = module.__file__
    if file is None or generated.resolve() not in Path(file).resolve().parents:
        raise PackageImportError(
            f"generated package {name} is hidden by the module {name} at {file or 'a built-in'}; "
            "give the domain another name",
            package=name,
        )


def _import(name: str, generated: Path, *, package: str) -> "ModuleType":
    try:
        return importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever its code raises, its author reads it the same way
        raise PackageImportError(
            f"generated package {package} cannot be imported: {place_in(error, generated)}"
            f"{type(error).__name__}: {_text(error)}",
            package=package,
        ) from error


def place_in(error: BaseException, generated: Path) -> str:
    """Where in the generated packages the error arose, as `file:line: `, as far as it tells."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno or 1}: "
    inside = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if generated in Path(frame.filename).parents
    ]
    return f"{inside[-1].filename}:{inside[-1].lineno}: " if inside else ""


def _text(error: BaseException) -> str:
    return error.msg if isinstance(error, SyntaxError) else str(error)
