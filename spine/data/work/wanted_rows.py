"""Files that hold several partitions, as one partition's capture reads them: is there anything of it?"""

from collections.abc import Sequence

from spine.data.sources.held_file import HeldFile
from spine.data.staging.duck import Duck
from spine.data.staging.line_numbers import count
from spine.data.staging.partition_rows import PartitionRows
from spine.errors import SourceError


def refuse_nothing(duck: Duck, files: Sequence[HeldFile], of: PartitionRows) -> None:
    """Raise SourceError where the files have no rows of the wanted partition, as where a file is missing.

    Most likely they have not come yet: COMPLETE with no rows, it would be passed over when they do.
    """
    if count(duck, "loaded"):
        return
    names = files[0].shown + (f" (with {len(files) - 1} more)" if len(files) > 1 else "")
    raise SourceError(
        f"{names} has no rows of {of.told}, by {of.columns}: {_there(duck, len(files), of)}. Run it when "
        "they are there, or correct the source's rows"
    )


def _there(duck: Duck, files: int, of: PartitionRows) -> str:
    """What the files have instead."""
    told = ", ".join(of.names())
    parts = (f"SELECT {told} FROM staged_{file} WHERE {of.placed}" for file in range(files))
    ends = ", ".join(f"min({name}), max({name})" for name in of.names())
    found = duck.connection.execute(f"SELECT {ends} FROM ({' UNION ALL '.join(parts)})").fetchone()
    if found is None or found[0] is None:
        return "it has none at all"
    pairs = zip(of.mapped, found[::2], found[1::2], strict=True)
    return "it has " + " and ".join(
        f"{one.dimension} {first}" + (f" to {last}" if first != last else "") for one, first, last in pairs
    )
