"""The phases of a build, top to bottom: specs in, a plan of every file out; only `write_build` writes.

`build`, `check`, `diff` and a dry run are the same plan, written, judged or shown.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from spine_gen.diagnostics.as_data import from_data
from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.output import findings
from spine_gen.output.compare import Change
from spine_gen.output.memory import Remembered, Stamp, clashing
from spine_gen.output.onto import Onto
from spine_gen.output.writer import write_files
from spine_gen.packages import PackagePlan, SpecPlan, plan_specs
from spine_gen.permits import NONE, Permits
from spine_gen.plan.collisions import check_specs
from spine_gen.source.other_specs import OtherSpecs
from spine_gen.source.spec_file import read_spec_file, shown_path
from spine_gen.workers import in_batches, worker_count

__all__ = ["BuildPlan", "PackagePlan", "SpecPlan", "generate", "write_build"]


@dataclass(frozen=True, kw_only=True)
class BuildPlan:
    """What a build would do; all of it or nothing."""

    root: Path
    specs: tuple[SpecPlan, ...]
    diagnostics: tuple[Diagnostic, ...]  # about the specs, their migrations and the output
    remembered: Mapping[Path, Remembered] = field(default_factory=dict)  # specs that were not read again

    @property
    def packages(self) -> tuple[PackagePlan, ...]:
        """One for each spec without an error."""
        return tuple(spec.package for spec in self.specs if spec.package is not None)

    @property
    def blocked(self) -> bool:
        """Whether something is wrong that keeps anything from being written."""
        return any(diagnostic.severity == "error" for diagnostic in self.diagnostics)

    @property
    def texts(self) -> dict[str, str]:
        """The specs' texts by path: what excerpts in diagnostics are cut from."""
        again = (path for path, entry in self.remembered.items() if entry.diagnostics)
        texts = {shown_path(path): read_spec_file(path).decode("utf-8-sig") for path in again}
        of_logic = (text for package in self.packages for text in package.logic.texts.items())
        return {**texts, **{spec.path: spec.text for spec in self.specs}, **dict(of_logic)}

    @property
    def logic(self) -> tuple[Diagnostic, ...]:
        """Where what people wrote does not fit what is built: told, and mended after the build."""
        return tuple(item for package in self.packages for item in package.logic.diagnostics)

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

    def without_errors(self) -> "BuildPlan":
        """The same plan for the specs that no error is about: what can be written though others cannot."""
        errors = [item for item in self.diagnostics if item.severity == "error"]
        wrong = {place.path for item in errors for place in (item.place, *(at.place for at in item.labels))}
        specs = tuple(
            spec
            for spec in self.specs
            if spec.package is not None
            and spec.path not in wrong
            and all(item.severity != "error" for item in spec.package.diagnostics)
        )
        return replace(self, specs=specs, diagnostics=())

    def stale(self) -> tuple[Diagnostic, ...]:
        """For a check: one finding for every file that a build would write or remove."""
        if self.blocked:
            return ()  # the build that would be the remedy is not possible yet
        return tuple(findings.stale_file(change, self.folder(package)) for package, change in self.writes)

    def diff(self) -> str:
        """What would change, as a unified diff; below the output root."""
        return "".join(package.diff() for package in self.packages)

    def folder(self, package: PackagePlan) -> str:
        """A package's folder as a person in the current directory would type it."""
        return shown_path(self.root / package.package)


def generate(
    spec_paths: Iterable[Path],
    root: Path,
    *,
    project: Path | None = None,
    permits: Permits = NONE,
    workers: int | None = 1,
    remembered: Mapping[Path, Remembered] | None = None,
    onto: Callable[[str], Onto | None] | None = None,
    specs_folder: Path | None = None,
) -> BuildPlan:
    """The plan of building those specs into `root`, the folder of generated packages; changes nothing.

    Generated files name their spec relative to `project` (by default the folder that `root` is in), so that
    the bytes are the same wherever the project is. `permits` are the options that let a build do what it does
    not do by itself. More than one worker means that many processes (None: as many as there are cores for),
    and the same plan. What `memory` knows to be unchanged is not read again. Raises UnreadableSpecError for a
    spec that cannot be read. `onto` says of a package what another branch has of it, on which it is built
    then. The specs of other domains that inputs name are among these, or in the `specs_folder`.
    """
    paths = sorted(set(spec_paths))
    others = OtherSpecs(specs_folder, paths)
    remembered = remembered or {}
    plan = partial(
        plan_specs,
        root=root,
        project=project or root.absolute().parent,
        permits=permits,
        onto=onto,
        others=others,
    )
    rest = [path for path in paths if path not in remembered]
    specs = tuple(in_batches(plan, rest, workers=worker_count(len(rest)) if workers is None else workers))
    packages = [spec.package for spec in specs if spec.package is not None]
    if remembered and clashing(
        remembered.values(),
        (package.package for package in packages),
        {table for spec in specs for table, _ in spec.tables},
    ):
        return generate(
            paths,
            root,
            project=project,
            permits=permits,
            workers=workers,
            onto=onto,
            specs_folder=specs_folder,
        )
    said = {spec.file: spec.diagnostics for spec in specs}
    said |= {
        path: from_data(entry.diagnostics, shown_path(path))
        for path, entry in remembered.items()
        if entry.diagnostics
    }
    found = [item for path in paths for item in said.get(path, ())]
    found += _collisions(specs)
    found += [item for package in packages for item in package.diagnostics]
    return BuildPlan(root=root, specs=specs, diagnostics=tuple(found), remembered=remembered)


def write_build(plan: BuildPlan) -> dict[str, Stamp]:
    """Write all of the plan, each package's lock last; on failure raise WriteError, with nothing changed.

    Returns the stamps of what was written, by path below the root, as ``write_files`` does.
    """
    assert not plan.blocked
    return write_files(
        plan.root,
        (write for package in plan.packages for write in package.writes),
    )


def _collisions(specs: Sequence[SpecPlan]) -> tuple[Diagnostic, ...]:
    """Packages that two specs would write; or else tables that two would create."""
    named = ((spec.package.package, spec.place) for spec in specs if spec.package is not None and spec.place)
    return check_specs(named, (table for spec in specs for table in spec.tables))
