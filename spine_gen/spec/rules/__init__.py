"""What a spec has to mean: one rule a module, each with its code and a docstring that explains it.

The table of codes names the module that finds each of them; what it names here is a rule.
"""

from collections.abc import Iterator
from importlib import import_module
from typing import Protocol, cast

from spine_gen.diagnostics import CODES, Diagnostic
from spine_gen.spec.draft import Draft


class Rule(Protocol):
    """A module that finds one kind of problem in a draft."""

    @property
    def CODE(self) -> str: ...

    def check(self, draft: Draft) -> Iterator[Diagnostic]: ...


_MODULES = dict.fromkeys(code.found_by for code in CODES.values() if code.found_by.startswith(__name__))
RULES = tuple(cast(Rule, import_module(module)) for module in _MODULES)
