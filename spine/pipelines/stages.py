"""The stages that registered pipelines make, as they are declared: who makes what, by which definition."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from spine.core.definitions import Definition

from .registry import Registry

if TYPE_CHECKING:
    from spine.data.stage import Stage


class DeclaredStages:
    """The declarations of a registry's pipelines, looked up by domain, stage and tier."""

    def __init__(self, registry: Registry) -> None:
        self._names: dict[tuple[str, str, str], str] = {}
        self._stages: dict[tuple[str, str, str], Stage] = {}
        for name in registry.pipelines.names():
            makes = registry.pipelines.get(name).makes
            if makes is not None:
                place = (makes.domain, makes.stage, makes.tier)
                self._names[place] = name
                self._stages[place] = makes

    def __iter__(self) -> "Iterator[Stage]":
        return iter(self._stages.values())

    def stage(self, domain: str, stage: str, tier: str) -> "Stage | None":
        """The stage's declaration, if a pipeline makes it."""
        return self._stages.get((domain, stage, tier))

    def pipeline(self, domain: str, stage: str, tier: str) -> str | None:
        """The name of the pipeline that makes the stage."""
        return self._names.get((domain, stage, tier))

    def definition(self, domain: str, stage: str, tier: str) -> Definition | None:
        """What the stage is made by now, if a pipeline makes it."""
        declared = self.stage(domain, stage, tier)
        return None if declared is None else declared.definition
