"""A plan as a value: which stages of which partitions are to be made, why, and what comes before what.

It names things only, so that whatever executes it, here or on another machine, needs the generated packages
and the manifest, and nothing of whoever made it.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from spine.core.captures import Place


@dataclass(frozen=True, kw_only=True)
class Task:
    """One stage of one partition, made by one workflow: its step, after the checks and choices before it."""

    place: Place
    workflow: str  # a registered workflow, or the pipeline itself where it is in none
    step: str  # the workflow's step that makes the stage
    reason: str  # "stale: …", "behind: …", "gone: …", "left out: …"
    after: tuple[Place, ...] = ()  # tasks that come before it

    def as_json(self) -> Mapping[str, object]:
        """The task as plain values."""
        return {
            **self.place._asdict(),
            "workflow": self.workflow,
            "step": self.step,
            "reason": self.reason,
            "after": [place._asdict() for place in self.after],
        }


@dataclass(frozen=True, kw_only=True)
class Unmade:
    """One that would be made again, and that nothing here can make: its rows stay as they are."""

    place: Place
    reason: str  # as a task's
    obstacle: str  # "no workflow is known that makes it"

    def as_json(self) -> Mapping[str, object]:
        """It as plain values."""
        return {**self.place._asdict(), "reason": self.reason, "obstacle": self.obstacle}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Tasks in an order in which each comes after those that it depends on."""

    tasks: tuple[Task, ...]
    unmade: tuple[Unmade, ...] = ()

    @property
    def edges(self) -> tuple[tuple[Place, Place], ...]:
        """What comes before what."""
        return tuple((before, task.place) for task in self.tasks for before in task.after)

    def as_json(self) -> Mapping[str, object]:
        """The plan as plain values, for whoever prints it or hands it on."""
        return {
            "tasks": [task.as_json() for task in self.tasks],
            "unmade": [one.as_json() for one in self.unmade],
        }
