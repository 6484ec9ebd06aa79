"""The plan of a build, as the commands that write, judge or show it ask for it."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.terminal import note
from spine_gen.permits import NONE, Permits

if TYPE_CHECKING:
    from spine_gen.diagnostics import Diagnostic
    from spine_gen.generate import BuildPlan


def plan_build(specs: Sequence[Path] | None, permits: Permits = NONE) -> "BuildPlan":
    """What building those specs (none: all of the project's) would do."""
    from spine.settings import load_settings
    from spine_gen.cli.spec_files import find_specs
    from spine_gen.generate import generate

    settings = load_settings()
    paths = find_specs(specs, settings)
    plan = generate(
        paths,
        settings.generated,
        project=settings.root,
        permits=permits,
        workers=None,
        specs_folder=settings.specs,
    )
    return plan if specs else with_unsaid_domains(plan)


def with_unsaid_domains(plan: "BuildPlan") -> "BuildPlan":
    """The plan of all specs with a finding for every domain that is new, but has another one's tables."""
    from spine_gen.output.found import LOCK_FILE
    from spine_gen.output.unsaid import NewDomain, unsaid_domains

    new = [
        NewDomain(domain=package.domain, tables=[name for name, _ in spec.tables], place=spec.place)
        for spec in plan.specs
        if spec.place and (package := spec.package) is not None and LOCK_FILE not in package.found
    ]
    found = tuple(unsaid_domains(plan.root, _packages_without_spec(plan), new))
    return replace(plan, diagnostics=(*plan.diagnostics, *found)) if found else plan


def _packages_without_spec(plan: "BuildPlan") -> tuple[str, ...]:
    """Of a plan of all specs: the generated packages that none of them makes, or moves elsewhere."""
    from spine_gen.output.found import list_packages

    if any(not spec.ok for spec in plan.specs):
        return ()  # the invalid spec may be the one that makes it
    made = {name for package in plan.packages for name in (package.package, package.moves_from) if name}
    return list_packages(plan.root, but={*made, *(entry.package for entry in plan.remembered.values())})


def take_back(root: Path) -> None:
    """Undo what killed commands left half written in a folder, and say so."""
    from spine_gen.output.found import has_staging

    if not has_staging(root):
        return
    from spine_gen.output.staging import take_back_killed
    from spine_gen.source.spec_file import shown_path

    if count := len(take_back_killed(root)):
        files = "1 file is" if count == 1 else f"{count} files are"
        note(f"an earlier command was killed while it wrote {shown_path(root)}: {files} as before it again")


def orphaned_packages(plan: "BuildPlan") -> "tuple[Diagnostic, ...]":
    """A finding for every generated package that none of the specs makes: for a plan of all of them."""
    from spine_gen.output.findings import orphaned_package
    from spine_gen.source.spec_file import shown_path

    return tuple(orphaned_package(shown_path(plan.root / name)) for name in _packages_without_spec(plan))


def note_stops(plan: "BuildPlan") -> None:
    """Show, on stderr, what a build would do to the files that stop it; nothing in them steers a terminal."""
    from spine_gen.diagnostics.as_text import visible

    for package in plan.packages:
        for change in package.stopping:
            note(visible(change.diff(f"{package.package}/"), keep_lines=True))
