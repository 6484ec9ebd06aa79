# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make primary_key_constraint from SELF."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import MetaDataRow, PrimaryKeyConstraintRow


def str(
    capture: Capture,
    self: InputRows[MetaDataRow],
) -> Iterator[PrimaryKeyConstraintRow]:
    """Yield the rows of primary_key_constraint for `capture.partition`.

    `self` has the rows of SELF for the same partition.
    """
    raise NotImplementedError("hard.names: logic/str.py is still to be written")
