"""What is there of a package, for the plan of a build: its folder, its lock, its files, its revisions."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from spine_gen.migrations.chain import FOLDER as MIGRATIONS
from spine_gen.migrations.chain import is_revision_file
from spine_gen.output.digests import normal
from spine_gen.output.found import LOCK_FILE, Found, Obstacle, is_built, list_files, list_folder, read_package
from spine_gen.output.lockfile import Lock, read_lock
from spine_gen.plan import naming
from spine_gen.plan.files import PlannedFile
from spine_gen.spec.language import Spec


def home_of(root: Path, spec: Spec) -> str:
    """The package's folder as it is now: by the domain's earlier name if only that one is there."""
    package = naming.package(spec.domain)
    earlier = naming.package(spec.renamed_from) if spec.renamed_from else package
    built = {name for name in (package, earlier) if is_built(root, name)}
    return earlier if built == {earlier} else package


def read_lock_of(root: Path, package: str) -> Lock | None:
    """The package's lock, if it has one; LockError where it cannot be read."""
    content = read_package(root, package, [LOCK_FILE]).files.get(LOCK_FILE)
    return None if content is None else read_lock(normal(content).decode("utf-8", errors="replace"))


def files_of(
    root: Path,
    package: str,
    files: Iterable[PlannedFile],
    lock: Lock | None,
    *,
    moves_to: str | None = None,
) -> Found:
    """What is on disk at every path that is planned, recorded or a migration; all of a package that moves."""
    paths = {LOCK_FILE, *(file.path for file in files)}
    there = list_folder(root, f"{package}/{MIGRATIONS.rstrip('/')}")
    paths |= {f"{MIGRATIONS}{name}" for name in there if is_revision_file(name)}
    if lock is not None:
        paths |= {*lock.files, *lock.migrations, *lock.yours}
    if moves_to is None:
        return read_package(root, package, paths)
    found = read_package(root, package, {*paths, *list_files(root, package)})
    what = f"where {package} moves to, and no build put it there"
    taken = (Obstacle(path=f"{moves_to}/{path}", what=what) for path in list_files(root, moves_to))
    return replace(found, obstacles=(*found.obstacles, *taken))


def revision_texts(files: Mapping[str, bytes]) -> dict[str, str]:
    """The texts of the revisions' files: what else is in their folder, as a README, is nobody's concern."""
    return {
        path: normal(content).decode("utf-8", errors="replace")
        for path, content in files.items()
        if path.startswith(MIGRATIONS) and is_revision_file(path)
    }
