"""spine.lock.json: what a later build has to know of this one, beside its own spec.

Digests of every file that it left, the tables that its migrations lead to, the days of its calendars, and the
names of all that can be renamed, each with a digest of what is declared under it. Makes and reads texts; the
writer puts them on disk. The text is laid out for git: where two branches change different things, and one of
them at most adds a revision, the lines that they change do not touch, and the merged lock is the one that a
build would write.
"""

import re
from dataclasses import asdict, fields
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_json

from spine.core.revision_ids import CONFLICT
from spine_gen.calendars.days import CalendarDays
from spine_gen.errors import SpineGenError
from spine_gen.migrations.names import Names
from spine_gen.migrations.table_schema import TableSchema
from spine_gen.output.lock_layout import laid_out, with_ends, without_ends
from spine_gen.output.older_locks import upgraded

VERSION = 3
# A lock comes out of a pull request, and what it lists is removed when no spec plans it: no path may lead
# elsewhere.
_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.\-]*/)*[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_VERSION = re.compile(r'"lock": *(\d+)')


def _inside(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path within a package")
    return path


def _sound(days: CalendarDays) -> CalendarDays:
    """Days of which a calendar can be made; a ValueError where it cannot."""
    assert days.calendar.days
    return days


PackagePath = Annotated[str, AfterValidator(_inside)]


class Lock(BaseModel):
    """The lock of one package; paths are below the package, with forward slashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lock: Literal[3] = 3
    generator: str  # the version that last changed anything in the package
    files: dict[PackagePath, tuple[str, ...]]  # what each build writes anew: the digests of its pieces
    migrations: dict[PackagePath, str]  # what was written once and stays: the sha256 of the whole
    yours: tuple[PackagePath, ...]  # stubs that the spec asks for, or asked for and that are still there
    domain: str
    tiers: tuple[str, ...]
    keys: dict[str, str] = {}  # what values each dimension has, in the order of partition keys
    dimensions: dict[str, str]  # names with digests, as the next three
    codes: dict[str, str]
    stages: dict[str, str]
    workflows: dict[str, str]
    tables: tuple[TableSchema, ...]  # what the migrations lead to
    calendars: dict[str, Annotated[CalendarDays, AfterValidator(_sound)]] = {}  # by dimension

    @property
    def names(self) -> Names:
        """What a later build may find renamed."""
        return Names(**{field.name: getattr(self, field.name) for field in fields(Names)})


class LockError(SpineGenError):
    """A lock cannot be read."""

    def __init__(self, reason: str, help: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.help = help


def read_lock(text: str) -> Lock:
    """The lock of that text, also one of an older form; LockError where it is none."""
    if CONFLICT.search(text):
        raise LockError(
            "it has the marks of a merge conflict",
            "run `spine-gen rebase`, which writes all that is generated anew",
        )
    version = _VERSION.search(text)
    if version is not None and int(version[1]) > VERSION:
        raise LockError(f"a newer spine-gen wrote it, as version {version[1]}", "upgrade spine-gen")
    try:
        if version is not None and version[1] in ("1", "2"):
            return Lock.model_validate(upgraded(text, int(version[1])))
        return Lock.model_validate(without_ends(_PLAIN.validate_json(text)))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LockError(
            f"{first['msg']}{f' at {place}' if place else ''}", "restore it from version control"
        ) from error


def lock_text(lock: Lock) -> str:
    """The lock as JSON; defaults are left out: a new option changes no lock."""
    plain = {
        "lock": lock.lock,
        "generator": lock.generator,
        "files": dict(sorted(lock.files.items())),
        "migrations": dict(sorted(lock.migrations.items())),
        "yours": sorted(lock.yours),
        "domain": lock.domain,
        "tiers": lock.tiers,
        "keys": lock.keys,
        "dimensions": lock.dimensions,
        "codes": lock.codes,
        "stages": lock.stages,
        "workflows": lock.workflows,
        "tables": _TABLES.dump_python(lock.tables, exclude_defaults=True),
        **(
            {"calendars": {name: asdict(days) for name, days in lock.calendars.items()}}
            if lock.calendars
            else {}
        ),
    }
    return laid_out(to_json(with_ends(plain), indent=2).decode()) + "\n"


def same_but_generator(old: Lock, new: Lock) -> bool:
    """Whether only the version differs: then the old lock stays, and an upgrade alone is no diff."""
    return old.model_copy(update={"generator": new.generator}) == new


_PLAIN = TypeAdapter(dict[str, Any])
_TABLES = TypeAdapter(tuple[TableSchema, ...])
