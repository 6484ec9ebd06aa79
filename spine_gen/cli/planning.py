"""The plan of a build, as the commands that write, judge or show it ask for it."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.terminal import note
from spine_gen.permits import NONE, Permits

if TYPE_CHECKING:
    from spine_gen.diagnostics import Diagnostic
    from spine_gen.generate import BuildPlan
    from spine_gen.output.lockfile import Lock


def plan_build(specs: Sequence[Path] | None, permits: Permits = NONE) -> "BuildPlan":
    """What building those specs (none: all of the project's) would do."""
    from spine.settings import load_settings
    from spine_gen.cli.spec_files import find_specs
    from spine_gen.generate import generate

    settings = load_settings()
    paths = find_specs(specs, settings)
    plan = generate(paths, settings.generated, project=settings.root, permits=permits, workers=None)
    return plan if specs else with_unsaid_domains(plan)


def with_unsaid_domains(plan: "BuildPlan") -> "BuildPlan":
    """The plan of all specs with a finding for every domain that is new, but has another one's tables."""
    from spine_gen.output.findings import domain_unsaid
    from spine_gen.output.found import LOCK_FILE

    found = []
    for lock in _locks_without_spec(plan):
        taken = {table.name for table in lock.tables}
        for spec in plan.specs:
            package, tables = spec.package, [name for name, _ in spec.tables if name in taken]
            if tables and spec.place and package is not None and LOCK_FILE not in package.found:
                found.append(domain_unsaid(lock.domain, package.domain, tables, spec.place))
    return replace(plan, diagnostics=(*plan.diagnostics, *found)) if found else plan


def _locks_without_spec(plan: "BuildPlan") -> "Iterator[Lock]":
    from spine_gen.output.found import LOCK_FILE
    from spine_gen.output.lockfile import LockError, read_lock

    for name in _packages_without_spec(plan):
        with suppress(LockError):  # which the package's own build tells of
            yield read_lock((plan.root / name / LOCK_FILE).read_text(encoding="utf-8"))


def _packages_without_spec(plan: "BuildPlan") -> list[str]:
    """Of a plan of all specs: the generated packages that none of them makes, or moves elsewhere."""
    from spine_gen.output.found import list_packages

    if any(not spec.ok for spec in plan.specs):
        return []  # the invalid spec may be the one that makes it
    made = {name for package in plan.packages for name in (package.package, package.moves_from)}
    made |= {entry.package for entry in plan.remembered.values()}
    return [name for name in list_packages(plan.root) if name not in made]


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
