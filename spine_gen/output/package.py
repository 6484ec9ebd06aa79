"""One package's changes: every planned file beside what is there, and the lock that follows from them."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from spine_gen.calendars.days import CalendarDays
from spine_gen.migrations.names import names_of
from spine_gen.output.compare import Change, Planned, Status, compare
from spine_gen.output.digests import digest, normal, piece_digests
from spine_gen.output.found import LOCK_FILE
from spine_gen.output.lockfile import Lock, lock_text, same_but_generator
from spine_gen.plan.files import Ownership, PlannedFile
from spine_gen.spec.language import Spec

_NO_STEPS: Mapping[str, bytes] = MappingProxyType({})
_NO_CALENDARS: Mapping[str, CalendarDays] = MappingProxyType({})


def package_changes(
    files: Iterable[PlannedFile],
    texts: Mapping[str, str],
    found: Mapping[str, bytes],
    *,
    lock: Lock | None,
    spec: Spec,
    generator: str,
    calendars: Mapping[str, CalendarDays] = _NO_CALENDARS,
    steps: Mapping[str, bytes] = _NO_STEPS,
    force: bool = False,
) -> tuple[Change, ...]:
    """Every file's change, sorted by path, and the lock's last.

    `texts` are the planned files' by path; `found` is what is on disk, also at the lock's paths; `generator`
    is the version that the lock names if anything else in it changes; `calendars` are the days by dimension;
    `steps` are the revisions that people write.
    """
    owners = {file.path: file.ownership for file in files}
    planned = [
        Planned(path=path, content=texts[path].encode(), yours=owner is Ownership.YOURS)
        for path, owner in owners.items()
    ]
    planned += [Planned(path=path, content=content, yours=True) for path, content in steps.items()]
    owners |= dict.fromkeys(steps, Ownership.YOURS)
    changes = compare(planned, found, lock, force=force)
    new = _next_lock(owners, changes, lock, spec=spec, generator=generator, calendars=calendars)
    return (*changes, _lock_change(new, found.get(LOCK_FILE)))


def _next_lock(
    owners: Mapping[str, Ownership],
    changes: tuple[Change, ...],
    lock: Lock | None,
    *,
    spec: Spec,
    generator: str,
    calendars: Mapping[str, CalendarDays],
) -> Lock:
    """The lock after the build; the old one where only the version differs."""
    after = {change.path: change.after for change in changes if change.after is not None}

    def owned(by: Ownership) -> dict[str, bytes]:
        return {path: after[path] for path, owner in owners.items() if owner is by}

    left = (change.path for change in changes if change.status is Status.LEFT)
    new = Lock(
        generator=generator,
        files={path: piece_digests(content) for path, content in owned(Ownership.GENERATOR).items()},
        migrations={
            **(lock.migrations if lock is not None else {}),
            **{path: digest(content) for path, content in owned(Ownership.HISTORY).items()},
        },
        yours=tuple(sorted([*owned(Ownership.YOURS), *left])),
        **vars(names_of(spec)),
        calendars=dict(calendars),
    )
    return lock if lock is not None and same_but_generator(lock, new) else new


def _lock_change(lock: Lock, before: bytes | None) -> Change:
    after = lock_text(lock).encode()
    status = Status.CREATE if before is None else Status.UPDATE
    if before is not None and normal(before) == after:
        status = Status.IDENTICAL
    return Change(path=LOCK_FILE, status=status, before=before, after=after)
