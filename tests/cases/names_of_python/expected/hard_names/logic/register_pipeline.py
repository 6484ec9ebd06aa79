# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make boolean from INPUT."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import BooleanRow, StringRow


def register_pipeline(
    capture: Capture,
    input: InputRows[StringRow],
) -> Iterator[BooleanRow]:
    """Yield the rows of boolean for `capture.partition`.

    `input` has the rows of INPUT for the same partition.
    """
    raise NotImplementedError(
        "hard.names: logic/register_pipeline.py is still to be written"
    )
