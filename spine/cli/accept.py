"""`spine accept`: say that a changed definition or logic gives the results that the earlier one gave."""

import sys
from contextlib import redirect_stdout
from typing import Annotated

import typer

from spine.cli.failures import clear_failures
from spine.cli.options import DatabaseOption, FormatOption, TracebackOption
from spine.cli.output import note, print_json
from spine.cli.tables import Column, print_table


def accept_changes(
    domain: Annotated[str, typer.Argument(metavar="DOMAIN", help="The domain, such as finra.otc.")],
    stage: Annotated[
        str | None, typer.Argument(metavar="[STAGE]", help="Only this stage, such as AGGREGATE.")
    ] = None,
    *,
    reason: Annotated[
        str, typer.Option("--reason", metavar="TEXT", help="Why no result differs; kept for auditors.")
    ],
    database_url: DatabaseOption = None,
    output_format: FormatOption = "text",
    show_traceback: TracebackOption = False,
) -> None:
    """Record that changes of the definition or logic alter no results: what was made before is fresh again.

    Nothing is made again and no row is touched. As JSON, a list with stage, tier, definition (its digest),
    change and captures (how many stand by it).
    """
    with clear_failures(show_traceback=show_traceback):
        from spine.cli.packages import load_packages
        from spine.cli.project import open_for_running, project_settings
        from spine.cli.targets import declared_stages
        from spine.core.acceptances import accept
        from spine.core.tracking import Tracking
        from spine.pipelines.registry import default_registry

        settings = project_settings(database_url)
        with redirect_stdout(sys.stderr):
            load_packages(settings.generated)
        wanted = declared_stages(domain, stage, default_registry)
        with open_for_running(settings) as database:
            tracking = Tracking(database)
            accepted = [
                one
                for makes in wanted
                for one in accept(
                    tracking,
                    domain=makes.domain,
                    stage=makes.stage,
                    tier=makes.tier,
                    now=makes.definition,
                    reason=reason,
                )
            ]
        if output_format == "json":
            print_json(
                [
                    {
                        "stage": one.stage,
                        "tier": one.tier,
                        "definition": one.definition,
                        "change": one.change,
                        "captures": one.captures,
                    }
                    for one in accepted
                ]
            )
        elif accepted:
            print_table(
                [
                    Column(title="STAGE"),
                    Column(title="CAPTURES", numeric=True),
                    Column(title="ACCEPTED", long=True),
                ],
                ([one.stage, one.captures, one.change] for one in accepted),
            )
        if not accepted:
            note("there is no change to accept: what is complete was made by the definitions as they are")
