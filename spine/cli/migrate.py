"""`spine migrate`: bring the database to the generated schema."""

from spine.cli.failures import clear_failures
from spine.cli.options import DatabaseOption, FormatOption, TracebackOption
from spine.cli.output import note, print_json
from spine.cli.tables import Column, print_table


def migrate_database(
    *,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Bring the database to the generated schema: all pending revisions, or none when one fails.

    As JSON, a list of what was applied, each with its revision.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.packages import package_names
        from spine.cli.project import opened, project_settings
        from spine.migrations import upgrade
        from spine.settings import hide_password

        settings = project_settings(database_url)
        package_names(settings.generated)
        shown = hide_password(settings.database_url)
        with opened(settings) as database:
            applied = upgrade(database, settings.generated)
        if output_format == "json":
            print_json([{"revision": revision} for revision in applied])
        elif applied:
            print_table([Column(title="APPLIED")], ([revision] for revision in applied))
            note(f"{shown} is at the generated schema")
        else:
            note(f"{shown} was up to date already")
