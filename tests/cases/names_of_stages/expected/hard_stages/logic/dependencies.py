# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make dependencies from STAGE, MAKES."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import DependenciesRow, MakesRow, StageRow


def dependencies(
    capture: Capture,
    stage: InputRows[StageRow],
    makes: InputRows[MakesRow],
) -> Iterator[DependenciesRow]:
    """Yield the rows of dependencies for `capture.partition`.

    `stage` has the rows of STAGE for the same partition.

    `makes` has the rows of MAKES for the same partition.
    """
    raise NotImplementedError(
        "hard.stages: logic/dependencies.py is still to be written"
    )
