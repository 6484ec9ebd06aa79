"""What an attempt at a stage would depend on now: its definition, the inputs it asks for, the files it reads.

Names and places only: nothing is looked up in a database or on a disk to make one.
"""

from dataclasses import dataclass
from pathlib import Path

from .captures import Place, StageKey
from .definitions import Definition


@dataclass(frozen=True, kw_only=True)
class AskedInput:
    """Another stage, and the partitions of it that are asked for, whether they are there or not."""

    stage_key: StageKey
    partition_keys: tuple[str, ...]  # oldest first; the last one is the partition itself

    @property
    def places(self) -> list[Place]:
        """Each of the partitions."""
        return [self.stage_key.at(key) for key in self.partition_keys]


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    """What a capture of one stage and partition depends on."""

    definition: Definition
    inputs: tuple[AskedInput, ...] = ()
    files: tuple[tuple[Path, str], ...] = ()  # the path, and how messages name it; it need not be there

    @property
    def places(self) -> list[Place]:
        """Every partition of its inputs that is asked for."""
        return [place for one in self.inputs for place in one.places]
