"""What `spine-gen build` does."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from spine_gen.cli.failures import FINDINGS, clear_failures
from spine_gen.cli.terminal import note, write_out
from spine_gen.permits import NONE, Permits

if TYPE_CHECKING:
    from spine_gen.generate import BuildPlan
    from spine_gen.output.memory import Remembered


def build(
    specs: Sequence[Path] | None,
    *,
    check: bool = False,
    diff: bool = False,
    dry_run: bool = False,
    permits: Permits = NONE,
    keep_going: bool = False,
) -> None:
    """Write or show what the specs stand for; SystemExit with 1 where something is wrong.

    Logic that does not fit is told when all is written, as it can only be mended against that; the status is
    1 all the same, so that no script goes on to run it.

    Only a build that writes uses what earlier ones remember; the others look at everything.
    """
    with clear_failures():
        if check or diff or dry_run:
            failed = _show(specs, check=check, diff=diff, permits=permits)
        else:
            failed = _write(specs, permits=permits, keep_going=keep_going)
    if failed:
        raise SystemExit(FINDINGS)


def _show(specs: Sequence[Path] | None, *, check: bool, diff: bool, permits: Permits) -> bool:
    from spine_gen.cli.planning import plan_build
    from spine_gen.cli.report import report_build

    plan = plan_build(specs, permits)
    failed = report_build(plan, (*(plan.stale() if check else ()), *plan.logic))
    if plan.blocked:
        _note_blocked(plan)
        return True
    if diff:
        write_out(plan.diff())
    elif not check:
        write_out(listing(plan))
    note("nothing was written")
    return failed


def _write(specs: Sequence[Path] | None, *, permits: Permits, keep_going: bool) -> bool:
    from spine.settings import load_settings
    from spine_gen.cli.planning import take_back, with_unsaid_domains
    from spine_gen.cli.spec_files import find_specs
    from spine_gen.output.memory import clashing, recall

    settings = load_settings()
    take_back(settings.generated)
    memory = recall(settings.root, settings.generated)
    paths = find_specs(specs, settings)
    remembered = memory.unchanged(paths)
    if len(remembered) == len({*paths}) and not clashing(remembered.values()):
        _tell_unchanged(remembered)
        memory.save(remembered)
        return False

    from spine_gen.cli.report import report_build, report_logic
    from spine_gen.generate import generate, write_build
    from spine_gen.remembering import remember

    plan = generate(
        paths,
        settings.generated,
        project=settings.root,
        permits=permits,
        workers=None,
        remembered=remembered,
        specs_folder=settings.specs,
    )
    plan = plan if specs else with_unsaid_domains(plan)
    report_build(plan)
    failed = plan.blocked
    if failed:
        if not keep_going:
            _note_blocked(plan)
            return True
        plan = plan.without_errors()
    remember(memory, plan, write_build(plan))
    write_out(listing(plan))
    _note_next(plan)
    return report_logic(plan) or failed


def _tell_unchanged(remembered: "Mapping[Path, Remembered]") -> None:
    """What a build says that finds everything as it was: the specs' warnings, and how much there is."""
    if any(entry.diagnostics for entry in remembered.values()):
        from spine_gen.cli.report import report_remembered

        report_remembered(remembered)
    write_out(f"{sum(entry.file_count for entry in remembered.values())} unchanged\n")


def _note_blocked(plan: "BuildPlan") -> None:
    from spine_gen.cli.planning import note_stops

    note_stops(plan)
    note("nothing was written")


def listing(plan: "BuildPlan") -> str:
    """A line for every file that changes, and a count of them all."""
    lines = []
    for package in plan.packages:
        folder = plan.folder(package)
        writes = (change for change in package.changes if change.status.writes)
        lines += [f"{change.status.value:<6}  {folder}/{change.path}\n" for change in writes]
    statuses = [change.status.value for package in plan.packages for change in package.changes]
    written = ((statuses.count(name), done) for name, done in _DONE.items())
    counts = [f"{count} {done}" for count, done in written if count]
    unchanged = len(statuses) - len(lines) + sum(entry.file_count for entry in plan.remembered.values())
    return "".join(lines) + ", ".join([*counts, f"{unchanged} unchanged"]) + "\n"


def _note_next(plan: "BuildPlan") -> None:
    """What the build leaves to people."""
    from spine_gen.output.compare import Status
    from spine_gen.plan.naming import is_logic_path

    for package in plan.packages:
        folder = plan.folder(package)
        for change in package.changes:
            path = f"{folder}/{change.path}"
            if change.status is Status.LEFT:
                note(f"{path} is yours and stays, though the spec does not use it any more")
            elif change.status is Status.CREATE and is_logic_path(change.path):
                note(f"next: write {path}")
    if any(package.schema_changes for package in plan.packages):
        note("next: spine migrate (a new SQLite database needs none)")


_DONE = {"create": "created", "update": "updated", "move": "moved", "remove": "removed"}
