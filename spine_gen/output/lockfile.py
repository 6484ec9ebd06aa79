"""spine.lock.json: what a later build has to know of this one, beside its own spec.

The sha256 of every file that it left, the tables that its migrations lead to, and the names of all that can
be renamed, each with a digest of what is declared under it. Makes and reads texts; the writer puts them on
disk. Hashes take a line break for one, however a checkout wrote it.
"""

import re
from dataclasses import fields
from hashlib import sha256
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import to_json

from spine.core.revision_ids import CONFLICT
from spine_gen.errors import SpineGenError
from spine_gen.migrations.names import Names
from spine_gen.migrations.table_schema import TableSchema
from spine_gen.output.older_locks import upgraded

VERSION = 2
# A lock comes out of a pull request, and what it lists is removed when no spec plans it: no path may lead
# elsewhere.
_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.\-]*/)*[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_VERSION = re.compile(r'"lock": *(\d+)')


def _inside(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path within a package")
    return path


PackagePath = Annotated[str, AfterValidator(_inside)]


class Lock(BaseModel):
    """The lock of one package; paths are below the package, with forward slashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lock: Literal[2] = 2
    generator: str  # the version that last changed anything in the package
    files: dict[PackagePath, str]  # what each build writes anew
    migrations: dict[PackagePath, str]  # what was written once and stays
    yours: tuple[PackagePath, ...]  # stubs that the spec asks for, or asked for and that are still there
    domain: str
    tiers: tuple[str, ...]
    dimensions: dict[str, str]  # names with digests, as the next three
    codes: dict[str, str]
    stages: dict[str, str]
    workflows: dict[str, str]
    tables: tuple[TableSchema, ...]  # what the migrations lead to

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


def digest(content: bytes) -> str:
    """The sha256 of a file's content with every line break as ``\\n``."""
    return sha256(normal(content)).hexdigest()


def normal(content: bytes) -> bytes:
    """The content with every line break as ``\\n``: a checkout on Windows is no edit."""
    return content.replace(b"\r\n", b"\n")


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
        if version is not None and version[1] == "1":
            return Lock.model_validate(upgraded(text))
        return Lock.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LockError(
            f"{first['msg']}{f' at {place}' if place else ''}", "restore it from version control"
        ) from error


def lock_text(lock: Lock) -> str:
    """The lock as JSON, an item or a column a line; defaults are left out: a new option changes no lock."""
    plain = {
        "lock": lock.lock,
        "generator": lock.generator,
        "files": dict(sorted(lock.files.items())),
        "migrations": dict(sorted(lock.migrations.items())),
        "yours": sorted(lock.yours),
        "domain": lock.domain,
        "tiers": lock.tiers,
        "dimensions": lock.dimensions,
        "codes": lock.codes,
        "stages": lock.stages,
        "workflows": lock.workflows,
        "tables": _TABLES.dump_python(lock.tables, exclude_defaults=True),
    }
    return _ITEM.sub(_on_one_line, to_json(plain, indent=2).decode()) + "\n"


def _on_one_line(item: re.Match[str]) -> str:
    joined = " ".join(line.strip() for line in item[1].split("\n"))
    return "{" + _BRACKET.sub(lambda found: found[0].strip() if found["bracket"] else found[0], joined) + "}"


def same_but_generator(old: Lock, new: Lock) -> bool:
    """Whether only the version differs: then the old lock stays, and an upgrade alone is no diff."""
    return old.model_copy(update={"generator": new.generator}) == new


_TEXT = r'"(?:[^"\\]|\\.)*"'
# A column or an index of a table.
_ITEM = re.compile(rf'\{{\n *("name": "[^"]*",\n *"(?:type|columns)": (?:{_TEXT}|[^{{}}"])*?)\n *\}}')
_BRACKET = re.compile(rf"{_TEXT}|(?P<bracket>\[ | \])")
_TABLES = TypeAdapter(tuple[TableSchema, ...])
