"""Importing the generated packages, so that their pipelines and workflows are registered.

A package is a folder of the generated directory with a spine.lock.json. What goes wrong while importing one
is its author's to mend, so it is told by file and line rather than as a traceback.
"""

import importlib
import json
import sys
import traceback
from contextlib import redirect_stdout
from pathlib import Path

from spine.cli.output import note, visible
from spine.errors import NoPackagesError, PackageImportError

LOCK = "spine.lock.json"


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
    try:
        module = importlib.import_module(name)
    except (Exception, SystemExit) as error:  # whatever its code raises, its author reads it the same way
        raise PackageImportError(
            f"generated package {name} cannot be imported: {place_in(error, generated)}"
            f"{type(error).__name__}: {_text(error)}",
            package=name,
        ) from error
    file = module.__file__
    if file is None or generated.resolve() not in Path(file).resolve().parents:
        raise PackageImportError(
            f"generated package {name} is hidden by the module {name} at {file or 'a built-in'}; "
            "give the domain another name",
            package=name,
        )


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
