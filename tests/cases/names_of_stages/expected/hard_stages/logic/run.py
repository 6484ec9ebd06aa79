# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make run from DEPENDENCIES."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import DependenciesRow, RunRow


def run(
    capture: Capture,
    dependencies: InputRows[DependenciesRow],
) -> Iterator[RunRow]:
    """Yield the rows of run for `capture.partition`.

    `dependencies` has the rows of DEPENDENCIES for the same partition.
    """
    raise NotImplementedError("hard.stages: logic/run.py is still to be written")
