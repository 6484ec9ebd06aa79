"""The stages that registered pipelines make, as they are declared: who makes what, by which definition."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from spine.core.captures import StageKey
from spine.core.definitions import Definition

from .registry import Registry

if TYPE_CHECKING:
    from spine.data.stage import Stage


class DeclaredStages:
    """The declarations of a registry's pipelines."""

    def __init__(self, registry: Registry) -> None:
        self._names: dict[StageKey, str] = {}
        self._stages: dict[StageKey, Stage] = {}
        for name in registry.pipelines.names():
            makes = registry.pipelines.get(name).makes
            if makes is not None:
                self._names[makes.stage_key] = name
                self._stages[makes.stage_key] = makes

    def __iter__(self) -> "Iterator[Stage]":
        return iter(self._stages.values())

    def stage(self, key: StageKey) -> "Stage | None":
        """The stage's declaration, if a pipeline makes it."""
        return self._stages.get(key)

    def pipeline(self, key: StageKey) -> str | None:
        """The name of the pipeline that makes the stage."""
        return self._names.get(key)

    def definition(self, key: StageKey) -> Definition | None:
        """What the stage is made by now, if a pipeline makes it."""
        declared = self.stage(key)
        return None if declared is None else declared.definition
