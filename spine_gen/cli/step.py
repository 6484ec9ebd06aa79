"""`spine-gen step`: begins a revision that a person writes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.errors import SpineGenError

if TYPE_CHECKING:
    from spine_gen.generate import BuildPlan


class StepError(SpineGenError):
    """There is nothing yet that a step could come after."""


def begin_step(
    spec: Annotated[Path, typer.Argument(metavar="SPEC", help="The spec file.", show_default=False)],
    what: Annotated[
        str, typer.Argument(metavar="WHAT", help="What the step does, in words.", show_default=False)
    ],
) -> None:
    """Begin a revision that you write: a change of data, in the line after the newest revision.

    The file is yours: it is never written again, and later revisions come after it. Columns that it lists in
    `fills` have no NULL afterwards, so that they may be declared required then.
    """
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.building import listing
        from spine_gen.cli.planning import plan_build, take_back
        from spine_gen.cli.report import report_build
        from spine_gen.cli.terminal import note, write_out
        from spine_gen.generate import write_build
        from spine_gen.output.writer import FileWrite, write_files
        from spine_gen.source.spec_file import shown_path

        take_back(load_settings().generated)
        plan = plan_build([spec])
        failed = report_build(plan)
        if not failed:
            path, text = _begun(plan, what)
            write_files(plan.root, [FileWrite(path=path, content=text.encode())])
            with_step = plan_build([spec])
            write_build(with_step)
            shown = shown_path(plan.root / path)
            write_out(f"create  {shown}\n{listing(with_step)}")
            note(f"next: write {shown}")
    if failed:
        raise typer.Exit(FINDINGS)


def _begun(plan: "BuildPlan", what: str) -> tuple[str, str]:
    """The step's path below the root, and its text."""
    from spine.core.revision_ids import with_digest
    from spine_gen.migrations.chain import read_chain
    from spine_gen.migrations.step import plan_step
    from spine_gen.output.existing import revision_texts
    from spine_gen.render.renderer import render_files

    if not plan.up_to_date or len(plan.packages) != 1:
        raise StepError("a step comes after a spec that was built: name one, and run `spine-gen build`")
    (package,) = plan.packages
    chain = read_chain(revision_texts(package.found), {})
    step = plan_step(package.domain, what, spec_path=package.spec_path, chain=chain)
    (text,) = render_files([step]).values()
    return f"{package.package}/{step.path}", with_digest(text)
