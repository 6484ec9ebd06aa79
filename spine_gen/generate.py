"""The phases of a build, top to bottom: specs in, a plan of every file out; only `write_build` writes.

`build`, `check`, `diff` and a dry run are the same plan, written, judged or shown.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.migrations.chain import FOLDER as MIGRATIONS
from spine_gen.migrations.chain import is_revision_file
from spine_gen.migrations.changes import SchemaChange
from spine_gen.migrations.next_revision import MigrationPlan, plan_migrations
from spine_gen.output import findings
from spine_gen.output.compare import Change, Status
from spine_gen.output.found import Found, list_folder, read_package
from spine_gen.output.lockfile import LOCK_FILE, Lock, LockError, normal, read_lock
from spine_gen.output.package import package_changes
from spine_gen.output.writer import FileWrite, write_files
from spine_gen.plan import naming
from spine_gen.plan.collisions import check_names, check_packages, check_tables, place_of
from spine_gen.plan.files import PlannedFile
from spine_gen.plan.planner import plan_files
from spine_gen.render.renderer import render_files
from spine_gen.source import read_document
from spine_gen.source.document import Document
from spine_gen.source.spec_file import read_spec_file
from spine_gen.spec.check import CheckedSpec, check_spec
from spine_gen.spec.model import Spec


@dataclass(frozen=True, kw_only=True)
class PackagePlan:
    """What a build would do to one domain's package."""

    domain: str
    package: str  # its folder's name below the output root
    spec_path: str  # as the generated files name it
    changes: tuple[Change, ...] = ()  # every file, sorted by path, the lock last
    schema_changes: tuple[SchemaChange, ...] = ()  # what the next revision does, if there is one
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def stopping(self) -> tuple[Change, ...]:
        """The files that were edited by hand or are not the generator's: why nothing is written."""
        return tuple(change for change in self.changes if change.status.stops)

    def diff(self) -> str:
        """What would change, as a unified diff; below the output root."""
        return "".join(change.diff(f"{self.package}/") for change in self.changes)


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """What a build would do; all of it or nothing."""

    root: Path
    specs: tuple[CheckedSpec, ...]
    packages: tuple[PackagePlan, ...]
    diagnostics: tuple[Diagnostic, ...]  # about the specs, their migrations and the output

    @property
    def blocked(self) -> bool:
        """Whether something is wrong that keeps anything from being written."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @property
    def texts(self) -> dict[str, str]:
        """The specs' texts by path: what excerpts in diagnostics are cut from."""
        return {spec.path: spec.text for spec in self.specs}

    @property
    def writes(self) -> tuple[tuple[PackagePlan, Change], ...]:
        """Every file that would be created, updated or removed."""
        return tuple(
            (package, change)
            for package in self.packages
            for change in package.changes
            if change.status.writes
        )

    @property
    def up_to_date(self) -> bool:
        return not self.blocked and not self.writes

    def stale(self) -> tuple[Diagnostic, ...]:
        """For a check: one finding for every file that a build would write or remove."""
        if self.blocked:
            return ()  # the build that would be the remedy is not possible yet
        return tuple(
            findings.stale_file(change, self._folder(package.package)) for package, change in self.writes
        )

    def diff(self) -> str:
        """What would change, as a unified diff; below the output root."""
        return "".join(package.diff() for package in self.packages)

    def _folder(self, package: str) -> str:
        return shown_path(self.root / package)


def generate(
    spec_paths: Iterable[Path], root: Path, *, project: Path | None = None, force: bool = False
) -> BuildPlan:
    """The plan of building those specs into `root`, the folder of generated packages; changes nothing.

    Generated files name their spec relative to `project` (by default the folder that `root` is in), so that
    the bytes are the same wherever the project is. With `force`, hand edits of generated files are
    overwritten. Raises UnreadableSpecError for a spec that cannot be read.
    """
    project = project or root.absolute().parent
    specs = tuple(_read_spec(path) for path in sorted(set(spec_paths)))
    diagnostics = [diagnostic for spec in specs for diagnostic in spec.diagnostics]
    sources = [_Source(spec, checked, project) for checked in specs if (spec := checked.spec) is not None]
    same = [*check_packages((source.package, source.place) for source in sources)]
    diagnostics += same or check_tables(table for source in sources for table in source.tables)
    packages = tuple(_plan_package(source, root, force=force) for source in sources)
    diagnostics += [diagnostic for package in packages for diagnostic in package.diagnostics]
    return BuildPlan(root=root, specs=specs, packages=packages, diagnostics=tuple(diagnostics))


def write_build(plan: BuildPlan) -> None:
    """Write all of the plan, each package's lock last; on failure raise WriteError, with nothing changed."""
    assert not plan.blocked
    write_files(
        plan.root,
        (
            FileWrite(path=f"{package.package}/{change.path}", content=change.after)
            for package, change in plan.writes
        ),
    )


def shown_path(path: Path) -> str:
    """A path as messages show it: relative to the current folder where it is below it."""
    path = Path(os.path.normpath(path.absolute()))
    here = Path.cwd()
    return (path.relative_to(here) if path.is_relative_to(here) else path).as_posix()


class _Source:
    """A valid spec with its names and its places."""

    def __init__(self, spec: Spec, checked: CheckedSpec, project: Path) -> None:
        self.spec = spec
        self.package = naming.package(spec.domain)
        self.spec_path = _named(Path(checked.path), project)
        self.document = _document(checked)
        self.place = place_of(self.document, "domain")
        self.tables = tuple(
            (stage.table.name, place_of(self.document, "stages", stage.name, "table", "name"))
            for stage in spec.stages
        )


def _plan_package(source: _Source, root: Path, *, force: bool) -> PackagePlan:
    """One package: names, what is there, what is planned, its text, and the difference."""
    plan = PackagePlan(domain=source.spec.domain, package=source.package, spec_path=source.spec_path)
    folder = shown_path(root / source.package)
    if wrong := tuple(check_names(source.spec, source.document)):
        return _stopped(plan, wrong)
    files = plan_files(source.spec, spec_path=source.spec_path)
    try:
        lock = _lock(root, source.package)
    except LockError as error:
        return _stopped(plan, [findings.unreadable_lock(error, folder)])
    found = _found(root, source.package, files, lock)
    if found.obstacles:
        return _stopped(
            plan, [findings.blocked_path(obstacle, shown_path(root)) for obstacle in found.obstacles]
        )
    if lock is None and any(path.startswith(MIGRATIONS) for path in found.files):
        return _stopped(plan, [findings.missing_lock(folder)])
    migrations = _migrations(source, lock, found, folder, force=force)
    texts = render_files((*files, *migrations.files))
    changes = package_changes(
        (*files, *migrations.files),
        texts,
        found.files,
        lock=lock,
        spec=source.spec,
        generator=version("spine-gen"),
        force=force,
    )
    return PackagePlan(
        domain=plan.domain,
        package=plan.package,
        spec_path=plan.spec_path,
        changes=changes,
        schema_changes=migrations.changes,
        diagnostics=(*migrations.diagnostics, *_stops(changes, folder)),
    )


def _stopped(plan: PackagePlan, diagnostics: Iterable[Diagnostic]) -> PackagePlan:
    return PackagePlan(
        domain=plan.domain, package=plan.package, spec_path=plan.spec_path, diagnostics=tuple(diagnostics)
    )


def _lock(root: Path, package: str) -> Lock | None:
    content = read_package(root, package, [LOCK_FILE]).files.get(LOCK_FILE)
    return None if content is None else read_lock(normal(content).decode("utf-8", errors="replace"))


def _found(root: Path, package: str, files: Iterable[PlannedFile], lock: Lock | None) -> Found:
    """What is on disk at every path that is planned, recorded or a migration."""
    paths = {LOCK_FILE, *(file.path for file in files)}
    there = list_folder(root, f"{package}/{MIGRATIONS.rstrip('/')}")
    paths |= {f"{MIGRATIONS}{name}" for name in there if is_revision_file(name)}
    if lock is not None:
        paths |= {*lock.files, *lock.migrations, *lock.yours}
    return read_package(root, package, paths)


def _migrations(
    source: _Source, lock: Lock | None, found: Found, folder: str, *, force: bool
) -> MigrationPlan:
    return plan_migrations(
        source.spec,
        spec_path=source.spec_path,
        document=source.document,
        previous=() if lock is None else lock.tables,
        files={
            path: normal(content).decode("utf-8", errors="replace")
            for path, content in found.files.items()
            if path.startswith(MIGRATIONS)
        },
        recorded={} if lock is None else lock.migrations,
        folder=folder,
        force=force,
    )


def _stops(changes: Iterable[Change], folder: str) -> Iterator[Diagnostic]:
    for change in changes:
        if change.status is Status.EDITED:
            yield findings.edited_file(change, folder)
        elif change.status is Status.FOREIGN:
            yield findings.foreign_file(change, folder)


def _read_spec(path: Path) -> CheckedSpec:
    return check_spec(read_spec_file(path), shown_path(path))


def _document(checked: CheckedSpec) -> Document:
    document = read_document(checked.text, checked.path).document
    assert document is not None  # it was read once already, without an error
    return document


def _named(path: Path, project: Path) -> str:
    """A spec's path in what is generated: below the project, else its name alone; never an absolute path.

    A link within the project counts as it is written; one that leads into the project, as where it leads.
    """
    written = Path(os.path.normpath(path.absolute())), Path(os.path.normpath(project.absolute()))
    for spec, root in (written, (path.resolve(), project.resolve())):
        if spec.is_relative_to(root):
            return spec.relative_to(root).as_posix()
    return path.name
