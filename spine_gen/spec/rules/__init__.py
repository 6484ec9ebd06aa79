"""What a spec has to mean: one rule a module, which declares its code, explains it and checks it.

A module here is a rule by standing here; nothing else lists it. Where one reading of a text finds problems of
several codes, the module has several.
"""

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, cast

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft


class Rule(Protocol):
    """A module that finds in a draft what its CODE means; or, where it has several, its CODES."""

    def check(self, draft: Draft) -> Iterator[Diagnostic]: ...


def _codes(rule: Rule) -> tuple[Code, ...]:
    several: tuple[Code, ...] = getattr(rule, "CODES", ())
    return several or (vars(rule)["CODE"],)


RULES = tuple(cast(Rule, import_module(f"{__name__}.{module.name}")) for module in iter_modules(__path__))
CODES = tuple(code for rule in RULES for code in _codes(rule))
