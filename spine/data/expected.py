"""What a new attempt at a stage would be made from, as its declaration has it for one partition."""

from pathlib import Path
from typing import TYPE_CHECKING

from spine.core.dependencies import Dependencies

from .inputs.current import asked_inputs
from .sources.declared import place_of
from .stage import Stage

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partition


def expected_dependencies(makes: Stage, partition: "Partition", data_root: Path) -> Dependencies:
    """The dependencies of the partition; its files are named, not looked at.

    Raises SourceError where the source's path leads outside the data root.
    """
    return Dependencies(
        definition=makes.definition,
        inputs=asked_inputs(makes.domain, makes.inputs, partition),
        files=() if makes.source is None else (place_of(makes.source, partition, data_root),),
    )
