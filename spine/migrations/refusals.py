"""Why a migration does not begin: revision files, or what the database has run, are not as they have to be.

Each reason names the revision and what to do. Nothing has run when one is told.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from spine.core.revision_ids import carries_digest, is_own_text, is_step, place_of, text_digest
from spine.errors import DatabaseAheadError, MigrationError

from .applied import Applied
from .effects import unwritten
from .revisions import Revision

_LOCK = "spine.lock.json"
_PLACE = re.compile("_[0-9]{4}$")
_REBASE = "run `spine-gen rebase`, which writes the revisions that only this branch has anew after the others"


def check_files(revisions: Mapping[str, Revision]) -> None:
    """MigrationError where generated revisions are not one line, or not as spine-gen wrote them."""
    generated = [revision for revision in revisions.values() if not revision.is_core]
    _refuse([*_forks(generated), *_edited(generated)])


def check_database(url: str, applied: Applied, revisions: Mapping[str, Revision], *, whole: bool) -> None:
    """An error where the database has run what is not here, or not as it is here now."""
    check_known(url, applied, revisions, whole=whole)
    _refuse(
        f"{revision.path} was changed since {url} ran it: restore it from version control as it was then; to "
        "change the schema, change the spec and build the next revision; to change data, write the next step"
        for name in applied.done(revisions)
        if (kept := applied.kept.get(name)) is not None
        and kept != text_digest((revision := revisions[name]).text)
    )


def check_steps(running: Iterable[Revision], undone: Iterable[Revision]) -> None:
    """MigrationError where a step is not written: once it ran it stays as it is, what undoes it too."""
    _refuse(
        (
            *(
                f"{revision.path} is not written yet: write {' and '.join(left)}; where there is nothing to "
                "do, remove the line that raises, as once a database ran the file it has to stay as it is"
                for revision in running
                if (left := unwritten(revision))
            ),
            *(
                f"{revision.path} does not say what undoes it: the database cannot go back to before it, "
                "other than by a backup; what it did can be changed by another step"
                for revision in undone
                if "downgrade" in unwritten(revision)
            ),
        )
    )


def check_known(url: str, applied: Applied, revisions: Mapping[str, Revision], *, whole: bool) -> None:
    """DatabaseAheadError where the database is at revisions that no file here defines.

    Where `revisions` are not the `whole`, only those of the core can be told.
    """
    ahead = [name for name in applied.unknown(revisions) if whole or name.startswith("spine_core_")]
    if ahead:
        here = {place_of(name): name for name in revisions}
        raise DatabaseAheadError(
            url, {name: here.get(place_of(name)) for name in ahead}, _common(applied, ahead, revisions)
        )


def _common(applied: Applied, ahead: Iterable[str], revisions: Mapping[str, Revision]) -> dict[str, str]:
    """For what another branch made: the newest revision of the same package that is here and was applied."""
    found = {}
    for name in ahead:
        package = _PLACE.sub("", place_of(name))
        both = [
            kept for kept in applied.kept if kept in revisions and _PLACE.sub("", place_of(kept)) == package
        ]
        if both:
            found[name] = both[-1]
    return found


def _refuse(reasons: Iterable[str]) -> None:
    if reasons := tuple(reasons):
        raise MigrationError("; ".join(reasons))


def _forks(revisions: Iterable[Revision]) -> Iterator[str]:
    first: dict[tuple[Path, str | None], Revision] = {}
    for revision in revisions:
        other = first.setdefault((revision.path.parent, revision.follows), revision)
        if other is not revision:
            yield (
                f"{other.revision} and {revision.revision} both follow {revision.follows or 'nothing'} in "
                f"{revision.path.parent}, as where two branches each added a revision: {_REBASE}"
            )


def _edited(revisions: Iterable[Revision]) -> Iterator[str]:
    locks: dict[Path, Mapping[str, str]] = {}
    for revision in (each for each in revisions if not is_step(each.revision)):
        if carries_digest(revision.revision):
            as_written = is_own_text(revision.text, revision.revision)
        else:  # of a build from before ids carried one
            folder = revision.path.parent.parent
            recorded = locks.setdefault(folder, _recorded(folder))
            as_written = recorded.get(f"migrations/{revision.path.name}") == text_digest(revision.text)
        if not as_written:
            yield (
                f"{revision.path} is not as spine-gen wrote it: it was edited, or written by hand. "
                "Restore it from version control, or remove it; to change the schema, change the spec"
            )


def _recorded(package: Path) -> Mapping[str, str]:
    """The lock's sha256 of each revision; none where it cannot be read, as spine-gen check tells."""
    try:
        recorded = json.loads((package / _LOCK).read_bytes())["migrations"]
    except (OSError, ValueError, LookupError, TypeError):
        return {}
    return recorded if isinstance(recorded, dict) else {}
