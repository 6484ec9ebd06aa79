# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make logic from RUN."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import LogicRow, RunRow


def stage(
    capture: Capture,
    run: InputRows[RunRow],
) -> Iterator[LogicRow]:
    """Yield the rows of logic for `capture.partition`.

    `run` has the rows of RUN for the same partition.
    """
    raise NotImplementedError("hard.stages: logic/stage.py is still to be written")
