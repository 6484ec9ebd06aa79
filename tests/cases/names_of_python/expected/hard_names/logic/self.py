# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""Make meta_data from INPUT, PIPELINE."""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import BooleanRow, MetaDataRow, StringRow


def self(
    capture: Capture,
    input: InputRows[StringRow],
    pipeline: InputRows[BooleanRow],
) -> Iterator[MetaDataRow]:
    """Yield the rows of meta_data for `capture.partition`.

    `input` has the rows of INPUT for the same partition.

    `pipeline` has the rows of PIPELINE for the same partition.
    """
    raise NotImplementedError("hard.names: logic/self.py is still to be written")
