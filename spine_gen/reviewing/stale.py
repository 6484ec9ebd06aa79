"""Which stages' results become stale by a change of the spec, and through what."""

from collections.abc import Iterator
from dataclasses import dataclass

from spine.core.definitions import changed_parts
from spine_gen.breaking.pairs import pair
from spine_gen.reviewing.definition import definition_of
from spine_gen.spec.language import Spec, Stage


@dataclass(frozen=True, kw_only=True)
class StaleStage:
    """A stage whose complete captures a refresh makes again."""

    before: Stage
    after: Stage
    parts: tuple[str, ...]  # of its definition, that changed
    behind: tuple[str, ...]  # the inputs that are stale, or behind themselves

    @property
    def reason(self) -> str:
        """Why: `sql and checks changed; behind LOAD`."""
        said = []
        if self.parts:
            said.append(f"{_together(self.parts)} changed")
        if self.behind:
            said.append(f"behind {_together(self.behind)}")
        return "; ".join(said)


def stale_stages(before: Spec, after: Spec) -> tuple[StaleStage, ...]:
    """Those of the stages that were there before, in the order in which they read each other."""
    stages = pair(before.stages, after.stages, lambda item: (item.name, item.renamed_from))
    earlier = {new.name: old for old, new in stages.both}
    found: dict[str, StaleStage] = {}
    for stage in _inputs_first(after):
        if (old := earlier.get(stage.name)) is None:
            continue
        parts = changed_parts(definition_of(before, old).text, definition_of(after, stage).text)
        behind = tuple(given.stage for given in stage.inputs if given.stage in found)
        if parts or behind:
            found[stage.name] = StaleStage(before=old, after=stage, parts=parts, behind=behind)
    return tuple(found.values())


def _inputs_first(spec: Spec) -> Iterator[Stage]:
    """The stages, each after those that it reads."""
    left = {stage.name: stage for stage in spec.stages}
    while left:
        ready = next(
            stage for stage in left.values() if not any(given.stage in left for given in stage.inputs)
        )
        yield left.pop(ready.name)


def _together(names: tuple[str, ...]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last
