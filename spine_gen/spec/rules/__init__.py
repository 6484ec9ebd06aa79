"""What a spec has to mean: one rule a module, each with its code and a docstring that explains it."""

from collections.abc import Iterator
from typing import Protocol

from spine_gen.diagnostics import Diagnostic
from spine_gen.spec.draft import Draft
from spine_gen.spec.rules import undefined_stage


class Rule(Protocol):
    """A module that finds one kind of problem in a draft."""

    @property
    def CODE(self) -> str: ...

    def check(self, draft: Draft) -> Iterator[Diagnostic]: ...


RULES: tuple[Rule, ...] = (undefined_stage,)
