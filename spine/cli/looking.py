"""What the commands that look share: the moment of the past, short ids, and how long ago something was."""

from datetime import datetime
from typing import TYPE_CHECKING

from spine.cli.output import note, print_lines

if TYPE_CHECKING:
    from spine.cli.output import OutputFormat
    from spine.core.database.database import Database
    from spine.core.numbers import AsOf
    from spine.looking.freshness import FreshnessOf
    from spine.pipelines.stages import DeclaredStages
    from spine.settings import Settings

_MINUTE, _HOUR, _DAY = 60, 3600, 86400  # seconds


def moment_of(database: "Database", given: str | None) -> "AsOf | None":
    """The moment that --as-of names, if it is given."""
    if given is None:
        return None
    from spine.core.numbers import resolve

    return resolve(database, given)


def tell_moment(moment: "AsOf | None", output_format: "OutputFormat") -> None:
    """Print the number of the moment: above a table, beside JSON."""
    if moment is not None:
        line = f"as of number {moment.number}"
        if output_format == "json":
            note(line)
        else:
            print_lines([line])


def partition_as_recorded(settings: "Settings", domain: str | None, given: str | None) -> str | None:
    """The key as captures have it; packages are imported only where that hangs on what they declare."""
    if given is None or "=" not in given:
        return given
    from spine.cli.packages import load_for_looking
    from spine.cli.targets import partitionings_of
    from spine.orchestration.ranges import as_recorded
    from spine.pipelines.registry import default_registry

    load_for_looking(settings.generated)
    return as_recorded(given, partitionings_of(domain, None, default_registry))


def declared_and_freshness(
    settings: "Settings", *, look_at_files: bool = False, look: bool = False
) -> "tuple[DeclaredStages, FreshnessOf]":
    """What the generated packages declare, as far as they can be imported, and what judges captures by it."""
    from spine.cli.packages import load_for_looking
    from spine.core.data_root import DataRoot
    from spine.looking.freshness import FreshnessOf
    from spine.orchestration.stale import StaleCaptures
    from spine.pipelines.registry import default_registry
    from spine.pipelines.stages import DeclaredStages

    load_for_looking(settings.generated)
    declared = DeclaredStages(default_registry)
    stale = StaleCaptures(declared, DataRoot.of_project(settings, look=look), look_at_files=look_at_files)
    return declared, FreshnessOf(stale)


def age(since: datetime | None, now: datetime) -> str:
    """How long ago that was, as `3 min`."""
    seconds = 0 if since is None else max(int((now - since).total_seconds()), 0)
    if seconds < _MINUTE:
        return f"{seconds} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE} min"
    return f"{seconds // _HOUR} h" if seconds < 2 * _DAY else f"{seconds // _DAY} days"
