"""Reads the sources that the code of a stage's logic may be in, without parsing them."""

import os
import re
import sys
from pathlib import Path

PACKAGE = "__init__"
_WORDS = re.compile(rb"[\w\x80-\xff]+")


class SourceUnreadError(Exception):
    """A module's source is not there to be read; why."""


def module_source(module: str) -> bytes:
    """The source of a module that has been imported."""
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None or not file.endswith(".py"):
        raise SourceUnreadError(f"{module} has no source file")
    return _bytes(Path(file), module)


def package_sources(package: str, first: tuple[str, ...]) -> dict[str, bytes]:
    """The sources of every module whose name is a word of one that is read.

    Those that are imported are among them, wherever in the code that is; so nothing has to be parsed yet.
    """
    listed: dict[str, Path] = {}  # folders end in a slash, as one may have a module's name
    for folder in getattr(sys.modules.get(package), "__path__", ()):
        listed |= _entries(Path(folder), "")
    words = {PACKAGE.encode(), *(word.encode() for name in first for word in name.split("."))}
    sources: dict[str, bytes] = {}
    while name := next((name for name in listed if _last_word(name) in words), None):
        path = listed.pop(name)
        if name.endswith("/"):
            listed |= _entries(path, f"{name.rstrip('/')}.")
        else:
            sources[name] = _bytes(path, f"{package}.{name}")
            words.update(_WORDS.findall(sources[name]))
    for name in first:
        if name not in sources and f"{name}.{PACKAGE}" not in sources:
            raise SourceUnreadError(f"{package}.{name} has no source file in its package's folder")
    return sources


def _last_word(name: str) -> bytes:
    return name.rpartition(".")[2].rstrip("/").encode()


def _entries(folder: Path, prefix: str) -> dict[str, Path]:
    """The modules and folders in a folder."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise SourceUnreadError(f"the folder {folder.name} cannot be read: {error.strerror}") from error
    modules = {
        f"{prefix}{entry.name.removesuffix('.py')}": Path(entry.path)
        for entry in entries
        if entry.name.endswith(".py")
    }
    folders = {
        f"{prefix}{entry.name}/": Path(entry.path)
        for entry in entries
        if entry.name.isidentifier() and entry.is_dir()
    }
    return modules | folders


def _bytes(path: Path, module: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceUnreadError(f"the source of {module} cannot be read: {error.strerror}") from error
