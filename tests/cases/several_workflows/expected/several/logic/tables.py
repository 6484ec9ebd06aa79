# Written once by spine-gen; yours from now on: it is never touched again.
# Spec: spec.yaml
"""A stage whose function, module and input have names that generated code uses
itself.
"""

from collections.abc import Iterator

from spine import Capture, InputRows

from ..rows import MetadataRow, SeveralLoadedRow


def tables(
    capture: Capture,
    load: InputRows[SeveralLoadedRow],
) -> Iterator[MetadataRow]:
    """Yield the rows of metadata for `capture.partition`.

    `load` has the rows of LOAD for the same partition.
    """
    raise NotImplementedError("several: logic/tables.py is still to be written")
