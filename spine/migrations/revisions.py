"""The revision files of the core and the generated packages, read without running them or loading Alembic."""

import ast
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spine.core.revision_ids import CONFLICT
from spine.errors import MigrationError

CORE_VERSIONS = Path(__file__).parent / "versions"


@dataclass(frozen=True, kw_only=True)
class Revision:
    """One revision file: its name, and the revisions that come before it."""

    revision: str
    follows: str | None  # the one before it in its own line
    before: tuple[str, ...]  # that one, and what it depends on
    destroys: tuple[str, ...]  # the tables and columns whose rows or values it destroys
    path: Path
    text: str = field(repr=False)

    @property
    def is_core(self) -> bool:
        """Whether it is the runtime's own, which comes with it."""
        return self.path.parent == CORE_VERSIONS


def version_folders(generated: Path | None) -> tuple[Path, ...]:
    """The core's folder of revisions, then that of each generated package, by name."""
    if generated is None:
        return (CORE_VERSIONS,)
    packages = sorted(lock.parent for lock in generated.glob("*/spine.lock.json"))
    folders = (package / "migrations" for package in packages)
    return (CORE_VERSIONS, *(folder for folder in folders if folder.is_dir()))


def read_revisions(folders: Iterable[Path]) -> dict[str, Revision]:
    """Every revision in the folders by name, each after those that come before it; MigrationError if torn."""
    found: dict[str, Revision] = {}
    for path in (path for folder in folders for path in sorted(folder.glob("*.py"))):
        if path.name.startswith("__"):
            continue
        revision = _read(path)
        if revision.revision in found:
            raise MigrationError(
                f"revision {revision.revision} is defined in {found[revision.revision].path} and in {path}: "
                "where branches were merged, run `spine-gen rebase`; else remove the one that is not of this "
                "project, or restore both from version control"
            )
        found[revision.revision] = revision
    return dict(_in_order(found))


def with_ancestors(revisions: Mapping[str, Revision], names: Iterable[str]) -> set[str]:
    """The named revisions that are known, and everything before them."""
    reached: set[str] = set()
    left = [name for name in names if name in revisions]
    while left:
        name = left.pop()
        if name not in reached:
            reached.add(name)
            left.extend(revisions[name].before)
    return reached


def _in_order(found: dict[str, Revision]) -> Iterator[tuple[str, Revision]]:
    done: set[str] = set()
    left = dict(found)
    while left:
        ready = next((name for name, revision in left.items() if done.issuperset(revision.before)), None)
        if ready is None:
            torn = next(iter(left.values()))
            lacking = ", ".join(one for one in torn.before if one not in done)
            raise MigrationError(
                f"{torn.path} comes after {lacking}, which no migration here defines: restore that file from "
                "version control, or build the specs again"
            )
        yield ready, left.pop(ready)
        done.add(ready)


def _read(path: Path) -> Revision:
    text = path.read_bytes().decode("utf-8", errors="replace")
    try:
        module = ast.parse(text, str(path))
    except (SyntaxError, ValueError) as error:
        if CONFLICT.search(text):
            raise MigrationError(
                f"{path} has the marks of a merge conflict: run `spine-gen rebase`, which writes the "
                "revisions that only this branch has anew after the others"
            ) from error
        raise MigrationError(
            f"{path} is no Python file ({error}): restore it from version control"
        ) from error
    values = {
        target.id: statement.value
        for statement in module.body
        if isinstance(statement, ast.Assign | ast.AnnAssign) and statement.value is not None
        for target in (statement.targets if isinstance(statement, ast.Assign) else [statement.target])
        if isinstance(target, ast.Name)
    }
    try:
        revision, destroys, *before = (
            ast.literal_eval(values[name]) if name in values else None
            for name in ("revision", "destroys", "down_revision", "depends_on")
        )
    except ValueError as error:
        raise MigrationError(
            f"{path} computes its revision names, or what it destroys: write them as plain text"
        ) from error
    if not isinstance(revision, str):
        raise MigrationError(f"{path} defines no revision: remove it, or restore it from version control")
    return Revision(
        revision=revision,
        follows=next(_names(before[:1]), None),
        before=tuple(_names(before)),
        destroys=tuple(dict.fromkeys(_names([destroys]))),
        path=path,
        text=text,
    )


def _names(given: Iterable[object]) -> Iterator[str]:
    for one in given:
        if isinstance(one, str):
            yield one
        elif isinstance(one, tuple | list):
            yield from _names(one)
