"""The code that a stage's logic consists of: which modules, as read when it was declared, and their digest.

Of a function in a domain's ``logic`` package that is its module, and whatever modules of that package it
imports, through others too. Libraries and the generated modules beside it do not count. A function that is
defined elsewhere has its own module alone.
"""

import os
import re
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from hashlib import sha256
from inspect import unwrap
from itertools import accumulate
from pathlib import Path
from types import FunctionType, MethodType

from spine.core.python_code import code_text, imported_modules, parse

LOGIC = "logic"
_INIT = "__init__"
_WORDS = re.compile(rb"[\w\x80-\xff]+")


class SourceUnreadError(Exception):
    """A module's source is not there to be read; why."""


@dataclass(frozen=True, kw_only=True)
class LogicCode:
    """The sources as they were when the stage was declared, which is just after they were imported."""

    function: str
    sources: dict[str, bytes]  # by module, below the package: "score", "sub.__init__"; and more than count
    package: str  # what relative imports start from
    first: tuple[str, ...]  # the modules that define the function
    unread: str | None = None  # why the code is not known

    @classmethod
    def of(cls, logic: Callable[..., object]) -> "LogicCode":
        """Read the function's modules; parsing waits until the digest is asked for."""
        defined_in = tuple(dict.fromkeys(_defining_modules(logic)))
        package = next((root for name in defined_in if (root := _logic_package(name))), "")
        if package:
            own = (name for name in defined_in if _logic_package(name) == package)
            first = tuple(_below(name, package) for name in own)
        else:
            first = (next(_defining_modules(unwrap(logic))),)
        sources, unread = dict[str, bytes](), None
        try:
            sources = _package_sources(package, first) if package else {first[0]: _source(first[0])}
        except SourceUnreadError as error:
            unread = str(error)
        function = getattr(unwrap(logic), "__name__", type(logic).__name__)
        return cls(function=function, sources=sources, package=package, first=first, unread=unread)

    @cached_property
    def digest(self) -> str | None:
        """The SHA-256 of the code that counts; None where it is not known."""
        if self.unread:
            return None
        texts = sorted(self._texts().items())
        if not self.package:
            texts = [("", text) for _, text in texts]  # the same module when it is run as a script
        return sha256("\n".join(f"{name} {text}" for name, text in texts if text).encode("ascii")).hexdigest()

    def _texts(self) -> dict[str, str]:
        """The code of the first modules, and of those that they import."""
        texts: dict[str, str] = {}
        todo = deque(self.first)
        if self.package:
            todo.append(_INIT)
        while todo:
            name = todo.popleft()
            if name in texts or name not in self.sources:
                continue
            tree = parse(self.sources[name])
            if tree is None:
                texts[name] = sha256(self.sources[name]).hexdigest()
                continue
            texts[name] = code_text(tree)
            if self.package:
                here = ".".join([self.package, *name.split(".")[:-1]])
                todo.extend(self._reached(imported_modules(tree, here)))
        return texts

    def _reached(self, imported: Iterator[str]) -> Iterator[str]:
        """The modules below the package that these imports run."""
        for full in imported:
            if full.startswith(f"{self.package}."):
                parents = accumulate(_below(full, self.package).split("."), "{}.{}".format)
                for name in parents:
                    yield from (name, f"{name}.{_INIT}")


def _defining_modules(logic: object) -> Iterator[str]:
    """The modules of a function and of what it wraps: a decorator's own module comes first."""
    todo, seen = [logic], set[int]()
    while todo:
        one = todo.pop(0)
        if id(one) in seen or not callable(one):
            continue
        seen.add(id(one))
        match one:
            case partial():
                todo.append(one.func)
            case MethodType():
                todo.append(one.__func__)
            case FunctionType():
                yield one.__globals__.get("__name__", one.__module__)
                todo.append(getattr(one, "__wrapped__", None))
                todo.extend(_cell_contents(one))
            case type():
                yield one.__module__
            case object(__wrapped__=wrapped):
                todo.append(wrapped)
            case _:
                todo.append(type(one))


def _cell_contents(function: FunctionType) -> Iterator[object]:
    for cell in function.__closure__ or ():
        try:
            yield cell.cell_contents
        except ValueError:  # not assigned yet
            continue


def _logic_package(module: str) -> str:
    """The `logic` package that the module is in, or is; empty if none."""
    names = module.split(".")
    if names[-1] == LOGIC and hasattr(sys.modules.get(module), "__path__"):
        return module
    above = names[:-1]
    if LOGIC not in above:
        return ""
    return ".".join(above[: len(above) - above[::-1].index(LOGIC)])


def _below(module: str, package: str) -> str:
    """A module's name below the package; that of the package itself is its ``__init__``."""
    return module.removeprefix(package).removeprefix(".") or _INIT


def _package_sources(package: str, first: tuple[str, ...]) -> dict[str, bytes]:
    """The sources of every module whose name is a word of one that is read.

    Those that are imported are among them, wherever in the code that is; so nothing has to be parsed yet.
    """
    listed: dict[str, Path] = {}  # folders end in a slash, as one may have a module's name
    for folder in getattr(sys.modules.get(package), "__path__", ()):
        listed |= _entries(Path(folder), "")
    words = {_INIT.encode(), *(word.encode() for name in first for word in name.split("."))}
    sources: dict[str, bytes] = {}
    while name := next((name for name in listed if _last_word(name) in words), None):
        path = listed.pop(name)
        if name.endswith("/"):
            listed |= _entries(path, f"{name.rstrip('/')}.")
        else:
            sources[name] = _bytes(path, f"{package}.{name}")
            words.update(_WORDS.findall(sources[name]))
    for name in first:
        if name not in sources and f"{name}.{_INIT}" not in sources:
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


def _source(module: str) -> bytes:
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None or not file.endswith(".py"):
        raise SourceUnreadError(f"{module} has no source file")
    return _bytes(Path(file), module)


def _bytes(path: Path, module: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SourceUnreadError(f"the source of {module} cannot be read: {error.strerror}") from error
