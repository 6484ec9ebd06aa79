"""A plan in the making: what is to be made, what comes before what, and what nothing here can make."""

import graphlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from spine.core.captures import Place
from spine.errors import CircularInputsError
from spine.orchestration.plan import Unmade


@dataclass(kw_only=True)
class Node:
    """A stage of a partition that is to be made."""

    reason: str
    capture_id: str | None  # its current capture
    home: tuple[str, str] | None = None  # the workflow and step that left it out, where one did
    declared: set[Place] = field(default_factory=set)  # what a new attempt asks for
    # What its capture read, and what made a run leave it out.
    recorded: set[Place] = field(default_factory=set)
    is_redefined: bool = False  # its capture read what another definition declared

    @property
    def after(self) -> set[Place]:
        """What comes before it."""
        return set(self.declared) if self.is_redefined else self.declared | self.recorded


class Draft:
    """Nodes by place."""

    def __init__(
        self, *, is_wanted: Callable[[Place], bool], obstacle: Callable[[Place], str | None]
    ) -> None:
        """``obstacle`` tells why nothing here makes a place, if nothing does."""
        self._is_wanted = is_wanted
        self._obstacle = obstacle
        self._unmade: dict[Place, Unmade] = {}
        self.nodes: dict[Place, Node] = {}

    @property
    def unmade(self) -> tuple[Unmade, ...]:
        """What cannot be made, in order."""
        return tuple(self._unmade[place] for place in sorted(self._unmade))

    def add(
        self, place: Place, *, reason: str, capture_id: str | None, home: tuple[str, str] | None = None
    ) -> bool:
        """Add a node, if it is wanted, can be made and is not there yet; whether it was added."""
        if place in self.nodes or place in self._unmade or not self._is_wanted(place):
            return False
        obstacle = self._obstacle(place)
        if obstacle is None:
            self.nodes[place] = Node(reason=reason, capture_id=capture_id, home=home)
            return True
        if capture_id is not None:  # else there are no rows that stay as they are
            self._unmade[place] = Unmade(place=place, reason=reason, obstacle=obstacle)
        return False

    def in_order(self) -> Iterator[tuple[Place, Node, tuple[Place, ...]]]:
        """Each node with those that come before it, after them; else by partition.

        Raises CircularInputsError for stages that are declared to be made from each other.
        """
        after = {place: self.nodes[place].after & self.nodes.keys() for place in sorted(self.nodes)}
        order = self._sorter(after)
        while order.is_active():
            ready = sorted(order.get_ready(), key=lambda place: (place.partition_key, place))
            for place in ready:
                yield place, self.nodes[place], tuple(sorted(after[place]))
            order.done(*ready)

    def _sorter(self, after: dict[Place, set[Place]]) -> "graphlib.TopologicalSorter[Place]":
        """Of what only history says, whatever goes round in a circle is left out of ``after``."""
        while True:
            order = graphlib.TopologicalSorter(after)
            try:
                order.prepare()
            except graphlib.CycleError as error:
                circle: list[Place] = error.args[1]  # each comes before the next
                recorded = (
                    (before, place)
                    for before, place in pairwise(circle)
                    if before not in self.nodes[place].declared
                )
                before, place = next(recorded, (None, None))
                if before is None or place is None:
                    raise CircularInputsError([str(one) for one in circle]) from error
                after[place].discard(before)
            else:
                return order
