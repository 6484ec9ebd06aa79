"""What a build would do to each spec's package: from the spec's text to the differences on disk.

Each spec stands on its own here, but several are read at once, because their code is laid out together. What
two specs have to agree on is looked at in ``generate``.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path

from spine_gen.calendars.days import CalendarDays
from spine_gen.calendars.written import written_calendars
from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.logic.check import NOTHING, LogicFindings, check_logic
from spine_gen.migrations.chain import FOLDER as MIGRATIONS
from spine_gen.migrations.chain import find_forks
from spine_gen.migrations.changes import SchemaChange
from spine_gen.migrations.next_revision import MigrationPlan, plan_migrations
from spine_gen.migrations.safety import check_chain
from spine_gen.output import findings
from spine_gen.output.compare import Change, Status, moved
from spine_gen.output.existing import files_of, home_of, read_lock_of, revision_texts
from spine_gen.output.found import LOCK_FILE, Found
from spine_gen.output.lockfile import Lock, LockError
from spine_gen.output.onto import Onto
from spine_gen.output.package import package_changes
from spine_gen.output.writer import FileWrite
from spine_gen.permits import NONE, Permits
from spine_gen.plan import naming
from spine_gen.plan.collisions import check_names, place_of, tables_taken
from spine_gen.plan.files import PlannedFile
from spine_gen.plan.planner import plan_files
from spine_gen.render.renderer import render_packages
from spine_gen.source.other_specs import NO_OTHERS, OtherSpecs
from spine_gen.source.spec_file import read_spec_file, shown_path
from spine_gen.spec.check import CheckedSpec, check_spec
from spine_gen.spec.language import Spec


@dataclass(frozen=True, kw_only=True)
class PackagePlan:
    """What a build would do to one domain's package."""

    domain: str
    package: str  # its folder's name below the output root
    spec_path: str  # as the generated files name it
    changes: tuple[Change, ...] = ()  # every file, sorted by path, the lock last
    schema_changes: tuple[SchemaChange, ...] = ()  # what the next revision does, if there is one
    diagnostics: tuple[Diagnostic, ...] = ()
    logic: LogicFindings = NOTHING  # which never stops a build
    found: Mapping[str, bytes] = field(default_factory=dict, repr=False)  # what is there of all that was read
    moves_from: str | None = None  # its folder by the domain's earlier name, where that is still there

    @property
    def stopping(self) -> tuple[Change, ...]:
        """The files that were edited by hand or are not the generator's: why nothing is written."""
        return tuple(change for change in self.changes if change.status.stops)

    @property
    def writes(self) -> tuple[FileWrite, ...]:
        """What a build puts and removes below the output root, in order."""
        puts = (
            FileWrite(path=f"{self.package}/{change.path}", content=change.after)
            for change in self.changes
            if change.status.writes
        )
        if self.moves_from is None:
            return tuple(puts)
        return (*puts, *(FileWrite(path=f"{self.moves_from}/{path}", content=None) for path in self.found))

    def diff(self) -> str:
        """What would change, as a unified diff; below the output root."""
        return "".join(change.diff(f"{self.package}/") for change in self.changes)


@dataclass(frozen=True, kw_only=True)
class SpecPlan:
    """One spec: what is wrong with it, the names that it takes, and what a build would do to its package."""

    file: Path
    path: str  # as messages name it
    content: bytes
    text: str  # as decoded, for excerpts
    diagnostics: tuple[Diagnostic, ...]
    package: PackagePlan | None = None  # None where a diagnostic is an error
    place: Place | None = None  # of the domain, which gives the package its name
    tables: tuple[tuple[str, Place], ...] = ()
    others: Mapping[Path, bytes] = field(default_factory=dict)  # specs of other domains that it was judged by

    @property
    def ok(self) -> bool:
        return self.package is not None


def plan_specs(
    files: Sequence[Path],
    *,
    root: Path,
    project: Path,
    permits: Permits = NONE,
    contents: Mapping[Path, bytes] | None = None,
    onto: Callable[[str], Onto | None] | None = None,
    others: OtherSpecs = NO_OTHERS,
) -> list[SpecPlan]:
    """A plan for each of the specs, in their order; UnreadableSpecError for one that cannot be read.

    Those with `contents` are not read. `onto` says of a package what another branch has of it, where it is to
    be built on that rather than on what is there.
    """
    known = contents or {}
    sources: list[_Source] = []
    drafts: list[_Draft | PackagePlan | None] = []
    for file in files:  # each spec as a whole, whose SQL is remembered for a while
        sources.append(source := _read(file, project, known.get(file), others))
        drafts.append(_draft(source, root, onto, permits) if source.checked.ok else None)
    unfinished = [draft for draft in drafts if isinstance(draft, _Draft)]
    texts = iter(render_packages((*draft.files, *draft.migrations.files) for draft in unfinished))
    packages = [
        _finished(draft, next(texts), permits) if isinstance(draft, _Draft) else draft for draft in drafts
    ]
    return [source.planned(package) for source, package in zip(sources, packages, strict=True)]


@dataclass(frozen=True, kw_only=True)
class _Source:
    """A spec as read."""

    file: Path
    content: bytes
    checked: CheckedSpec
    spec_path: str

    def planned(self, package: PackagePlan | None) -> SpecPlan:
        spec, document = self.checked.spec, self.checked.document
        return SpecPlan(
            file=self.file,
            path=self.checked.path,
            content=self.content,
            text=self.checked.text,
            diagnostics=self.checked.diagnostics,
            package=package,
            place=place_of(document, "domain") if package and document else None,
            tables=tables_taken(spec, document) if spec and document else (),
            others=self.checked.others,
        )


@dataclass(frozen=True, kw_only=True)
class _Draft:
    """A package of which everything is known but the text of its files."""

    plan: PackagePlan  # so far
    spec: Spec
    files: tuple[PlannedFile, ...]
    migrations: MigrationPlan
    found: Found
    lock: Lock | None
    calendars: Mapping[str, CalendarDays]
    folder: str
    onto: Onto | None

    @property
    def revisions(self) -> Mapping[str, bytes]:
        """The files that the next revision comes after."""
        return self.found.files if self.onto is None else self.onto.revisions


def _read(file: Path, project: Path, content: bytes | None, others: OtherSpecs) -> _Source:
    content = read_spec_file(file) if content is None else content
    checked = check_spec(content, shown_path(file), others)
    return _Source(file=file, content=content, checked=checked, spec_path=_named(file, project))


def _draft(
    source: _Source, root: Path, other: Callable[[str], Onto | None] | None, permits: Permits
) -> _Draft | PackagePlan:
    """Names, what is there, and what is planned; or a plan that ends with why nothing can be written."""
    spec, document = source.checked.spec, source.checked.document
    assert spec is not None
    assert document is not None
    package = naming.package(spec.domain)
    plan = PackagePlan(domain=spec.domain, package=package, spec_path=source.spec_path)
    folder = shown_path(root / package)
    if wrong := tuple(check_names(spec, document)):
        return replace(plan, diagnostics=wrong)
    home = home_of(root, spec)
    onto = other(package) if other is not None else None
    try:
        lock = read_lock_of(root, home) if onto is None else onto.merged_lock()
    except LockError as error:
        found = files_of(root, home, plan_files(spec, spec_path=source.spec_path), None)
        apart = check_chain(find_forks(revision_texts(found.files)), folder)
        return replace(plan, diagnostics=(findings.unreadable_lock(error, folder), *apart))
    if lock is not None and lock.domain not in (spec.domain, spec.renamed_from):
        place = place_of(document, "domain")
        return replace(plan, diagnostics=(findings.other_domain(lock.domain, spec.domain, place),))
    calendars = written_calendars(spec, lock.calendars if lock else {}, partial(place_of, document))
    days = {name: one.calendar for name, one in calendars.days.items()}
    files = plan_files(spec, spec_path=source.spec_path, calendars=days)
    found = files_of(root, home, files, lock, moves_to=package if home != package else None)
    blocked = tuple(findings.blocked_path(obstacle, shown_path(root)) for obstacle in found.obstacles)
    if blocked or calendars.diagnostics:
        return replace(plan, diagnostics=(*calendars.diagnostics, *blocked))
    if onto is None and lock is None and any(path.startswith(MIGRATIONS) for path in found.files):
        return replace(plan, diagnostics=(findings.missing_lock(folder),))
    migrations = plan_migrations(
        spec,
        spec_path=source.spec_path,
        document=document,
        previous=onto.names if onto else None if lock is None else lock.names,
        files=revision_texts(onto.revisions if onto else found.files),
        recorded=onto.recorded if onto else {} if lock is None else lock.migrations,
        folder=folder,
        permits=permits,
    )
    plan = plan if home == package else replace(plan, moves_from=home)
    return _Draft(
        plan=plan,
        spec=spec,
        files=files,
        migrations=migrations,
        found=found,
        lock=lock,
        calendars=calendars.days,
        folder=folder,
        onto=onto,
    )


def _finished(draft: _Draft, texts: dict[str, str], permits: Permits) -> PackagePlan:
    changes = package_changes(
        (*draft.files, *draft.migrations.files),
        texts,
        draft.found.files,
        lock=draft.lock,
        spec=draft.spec,
        generator=_own_version(),
        calendars=draft.calendars,
        steps={path: draft.revisions[path] for path in draft.migrations.steps},
        force=permits.overwrite or draft.onto is not None,
    )
    if draft.onto is not None:
        changes = draft.onto.with_revisions(changes, draft.found.files)
    if draft.plan.moves_from:
        *others, lock = changes
        there = {path: found for path, found in draft.found.files.items() if path != LOCK_FILE}
        changes = (*moved(others, there), lock)
    return replace(
        draft.plan,
        changes=changes,
        schema_changes=draft.migrations.changes,
        diagnostics=(*draft.migrations.diagnostics, *_stops(changes, draft.folder)),
        logic=check_logic(draft.spec, draft.found.files, draft.folder),
        found=draft.found.files,
    )


@cache
def _own_version() -> str:
    return version("spine-gen")  # which reads a file


def _stops(changes: Iterable[Change], folder: str) -> Iterator[Diagnostic]:
    for change in changes:
        if change.status is Status.EDITED:
            yield findings.edited_file(change, folder)
        elif change.status is Status.FOREIGN:
            yield findings.foreign_file(change, folder)


def _named(path: Path, project: Path) -> str:
    """A spec's path in what is generated: below the project, else its name alone; never an absolute path.

    A link within the project counts as it is written; one that leads into the project, as where it leads.
    """
    written = Path(os.path.normpath(path.absolute())), Path(os.path.normpath(project.absolute()))
    for spec, root in (written, (path.resolve(), project.resolve())):
        if spec.is_relative_to(root):
            return spec.relative_to(root).as_posix()
    return path.name
