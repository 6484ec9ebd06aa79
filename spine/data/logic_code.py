"""The code that a stage's logic consists of: which modules, as read when it was declared, and their digest.

Of logic in a domain's ``logic`` package that is the module that makes it, those that define what it is made
of, and whatever modules of that package these import, through others too. Libraries and the generated modules
beside it do not count. Of logic that is made elsewhere, the module that makes it counts alone.
"""

import ast
import sys
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from inspect import unwrap
from itertools import accumulate

from spine.core.python_code import code_text, imported_modules, parse

from .logic_modules import defining_modules, making_modules
from .logic_sources import PACKAGE, SourceUnreadError, module_source, package_sources

LOGIC = "logic"


@dataclass(frozen=True, kw_only=True)
class LogicCode:
    """The sources as they were when the stage was declared, which is just after they were imported."""

    function: str
    sources: dict[str, bytes]  # by module, below the package: "score", "sub.__init__"; and more than count
    package: str  # what relative imports start from; empty where no module is in a `logic` package
    first: tuple[str, ...]  # the modules of the package that the logic comes from
    apart: tuple[bytes, ...] = ()  # the sources of those elsewhere
    unread: str | None = None  # why the code is not known

    @classmethod
    def of(cls, logic: Callable[..., object]) -> "LogicCode":
        """Read the logic's modules; parsing them waits until the digest is asked for."""
        made_in, defined_in = making_modules(logic), defining_modules(logic)
        packages = {name: _logic_package(name) for name in (*made_in, *defined_in)}
        package = next(filter(None, packages.values()), "")
        if package:
            first = tuple(_below(name, package) for name, its in packages.items() if its == package)
            apart = [name for name, its in packages.items() if its != package and (its or name in made_in)]
        else:
            first = ()
            apart = [*dict.fromkeys((*made_in, next(defining_modules(unwrap(logic)))))]
        sources, texts, unread = dict[str, bytes](), tuple[bytes, ...](), None
        try:
            sources = package_sources(package, first) if package else {}
            texts = tuple(module_source(name) for name in apart)
        except SourceUnreadError as error:
            unread = str(error)
        function = getattr(unwrap(logic), "__name__", type(logic).__name__)
        return cls(
            function=function, sources=sources, package=package, first=first, apart=texts, unread=unread
        )

    @cached_property
    def digest(self) -> str | None:
        """The SHA-256 of the code that counts; None where it is not known."""
        if self.unread:
            return None
        # One elsewhere has no name, as it is the same module when it is run as a script.
        texts = sorted(
            [*self._texts().items(), *(("", _text(source, parse(source))) for source in self.apart)]
        )
        return sha256("\n".join(f"{name} {text}" for name, text in texts if text).encode("ascii")).hexdigest()

    def _texts(self) -> dict[str, str]:
        """The code of the package's first modules, and of those that they import."""
        texts: dict[str, str] = {}
        todo = deque([*self.first, PACKAGE])
        while todo:
            name = todo.popleft()
            if name in texts or name not in self.sources:
                continue
            tree = parse(self.sources[name])
            texts[name] = _text(self.sources[name], tree)
            if tree is not None:
                here = ".".join([self.package, *name.split(".")[:-1]])
                todo.extend(self._reached(imported_modules(tree, here)))
        return texts

    def _reached(self, imported: Iterator[str]) -> Iterator[str]:
        """The modules below the package that these imports run."""
        for full in imported:
            if full.startswith(f"{self.package}."):
                parents = accumulate(_below(full, self.package).split("."), "{}.{}".format)
                for name in parents:
                    yield from (name, f"{name}.{PACKAGE}")


def _text(source: bytes, tree: ast.Module | None) -> str:
    """A module's code, or a digest of what is no Python of this version's."""
    return sha256(source).hexdigest() if tree is None else code_text(tree)


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
    return module.removeprefix(package).removeprefix(".") or PACKAGE
