"""`spine accept`: say that a changed definition or logic gives the results that the earlier one gave."""

from typing import Annotated

import typer

from spine.cli.failures import clear_failures
from spine.cli.options import DatabaseOption, FormatOption, TracebackOption
from spine.cli.output import note, print_json
from spine.cli.tables import Column, print_table

SHORT = 12  # characters of a digest, which tell it from the others


def accept_changes(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain, such as finra.otc.")],
    stage: Annotated[
        str | None, typer.Argument(metavar="[STAGE]", help="Only this stage, such as AGGREGATE.")
    ] = None,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why no result differs; kept for auditors.")
    ],
    definition: Annotated[
        str | None,
        typer.Option(
            "--definition", metavar="DIGEST", help="Accept this one, as it is listed, not the newest."
        ),
    ] = None,
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Record that a change of the definition or logic alters no results: what was made before is fresh again.

    That is the last change of each stage; what still earlier definitions made is listed and stays stale.
    Nothing is made again and no row is touched. As JSON, a list with stage, tier, definition (its digest),
    change, captures (how many stand by it) and accepted.
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.packages import load_packages
        from spine.cli.project import open_for_running, project_settings
        from spine.cli.targets import declared_stages
        from spine.core.acceptances import accept
        from spine.core.tracking import Tracking
        from spine.errors import AcceptanceError
        from spine.pipelines.registry import default_registry

        settings = project_settings(database_url)
        load_packages(settings.generated)
        wanted = declared_stages(domain, stage, default_registry)
        with open_for_running(settings) as database:
            tracking = Tracking(database)
            found = [
                one
                for makes in wanted
                for one in accept(
                    tracking,
                    of=makes.stage_key,
                    now=makes.definition,
                    reason=reason,
                    definition=definition,
                )
            ]
        if definition is not None and not any(one.is_accepted for one in found):
            raise AcceptanceError(
                f"no capture that stands was made by a definition {definition!r} that is not accepted yet: "
                "without --definition, the last change is accepted and the others are listed"
            )
        if output_format == "json":
            print_json(
                [
                    {
                        "stage": one.stage,
                        "tier": one.tier,
                        "definition": one.definition,
                        "change": one.change,
                        "captures": one.captures,
                        "accepted": one.is_accepted,
                    }
                    for one in found
                ]
            )
        elif found:
            print_table(
                [
                    Column(title="STAGE"),
                    Column(title="CAPTURES", numeric=True),
                    Column(title="DEFINITION"),
                    Column(title="CHANGE", long=True),
                    Column(title="ACCEPTED"),
                ],
                (
                    [
                        one.stage,
                        one.captures,
                        one.definition[:SHORT],
                        one.change,
                        "yes" if one.is_accepted else "no",
                    ]
                    for one in found
                ),
            )
        if any(not one.is_accepted for one in found):
            note("what is not accepted stays stale: --definition DIGEST accepts another than the newest")
        if not found:
            note("there is no change to accept: what is complete was made by the definitions as they are")
