"""How a database differs from what its revisions made of it, as `spine migrate --drift` prints it."""

from dataclasses import asdict

from spine.cli.output import OutputFormat, note, print_json
from spine.cli.project import open_for_planning
from spine.cli.tables import Column, print_table
from spine.errors import DatabaseBehindError
from spine.migrations import drift
from spine.settings import Settings


def print_drift(settings: Settings, shown: str, form: OutputFormat) -> bool:
    """Print how the database differs from what was declared; whether it does."""
    with open_for_planning(settings) as database:
        try:
            found = drift(database, settings.generated)
        except DatabaseBehindError as error:
            raise DatabaseBehindError(shown) from error  # and not the empty one in place of a missing file
    if form == "json":
        print_json(asdict(found))
    else:
        if found.differences:
            print_table(
                [Column(title="DIFFERENT"), Column(title="HOW", long=True)],
                ([each.what, each.says] for each in found.differences),
            )
        if found.added:
            note(f"made by others, and left alone: {', '.join(found.added)}")
    if found.pending:
        note(f"not compared, as it did not run yet: {', '.join(found.pending)}")
    count = len(found.differences)
    note(
        f"{shown}: {count} difference{'' if count == 1 else 's'} from what its revisions made"
        if count
        else f"{shown} is as its revisions made it"
    )
    return bool(found.differences)
