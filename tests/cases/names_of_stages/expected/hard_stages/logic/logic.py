# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make definition from LOGIC."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import DefinitionRow, LogicRow


def logic(
    capture: Capture,
    logic: InputRows[LogicRow],
) -> Iterator[DefinitionRow]:
    """Yield the rows of definition for `capture.partition`.

    `logic` has the rows of LOGIC for the same partition.
    """
    raise NotImplementedError("hard.stages: logic/logic.py is still to be written")
