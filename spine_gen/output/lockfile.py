"""spine.lock.json: what the last build made a package from, and the sha256 of every file that it left there.

Makes and reads texts; the writer puts them on disk. Hashes take a line break for one, however a checkout
wrote it.
"""

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import to_json

from spine_gen.errors import SpineGenError
from spine_gen.spec.model import Spec

# A lock comes out of a pull request, and what it lists is removed when no spec plans it: no path may lead
# elsewhere.
_PATH = re.compile(r"(?:[A-Za-z0-9_][A-Za-z0-9_.\-]*/)*[A-Za-z0-9_][A-Za-z0-9_.\-]*")
_CONFLICT = re.compile(r"^(?:<{7}|>{7}) ", re.MULTILINE)
_VERSION = re.compile(r'"lock": *(\d+)')


def _inside(path: str) -> str:
    if not _PATH.fullmatch(path):
        raise ValueError(f"{path!r} is no path within a package")
    return path


PackagePath = Annotated[str, AfterValidator(_inside)]


class Lock(BaseModel):
    """The lock of one package; paths are below the package, with forward slashes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    lock: Literal[1] = 1
    generator: str  # the version that last changed anything in the package
    files: dict[PackagePath, str]  # what each build writes anew
    migrations: dict[PackagePath, str]  # what was written once and stays
    yours: tuple[PackagePath, ...]  # stubs that the spec asks for, or asked for and that are still there
    spec: Spec


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
    """The lock of that text; LockError where it is not one."""
    if _CONFLICT.search(text):
        raise LockError(
            "it has the marks of a merge conflict",
            "take either side of the conflict in every generated file, then build again with --force",
        )
    version = _VERSION.search(text)
    if version is not None and int(version[1]) > 1:
        raise LockError(f"a newer spine-gen wrote it, as version {version[1]}", "upgrade spine-gen")
    try:
        return Lock.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise LockError(
            f"{first['msg']}{f' at {place}' if place else ''}", "restore it from version control"
        ) from error


def lock_text(lock: Lock) -> str:
    """The lock as JSON, an item a line; defaults are left out, so that a new option changes no lock."""
    plain = {
        "lock": lock.lock,
        "generator": lock.generator,
        "files": dict(sorted(lock.files.items())),
        "migrations": dict(sorted(lock.migrations.items())),
        "yours": sorted(lock.yours),
        "spec": snapshot(lock.spec),
    }
    return to_json(plain, indent=2).decode() + "\n"


def same_but_generator(old: Lock, new: Lock) -> bool:
    """Whether only the version differs: then the old lock stays, and an upgrade alone is no diff."""
    return old.model_copy(update={"generator": new.generator}) == new


def snapshot(model: BaseModel) -> dict[str, Any]:
    """A model as plain data without its defaults, but with the `kind` that says which of several it is."""
    fields = type(model).model_fields
    values: Mapping[str, Any] = {name: getattr(model, name) for name in fields}
    return {
        name: _plain(value)
        for name, value in values.items()
        if name == "kind" or value != fields[name].get_default()
    }


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return snapshot(value)
    return [_plain(item) for item in value] if isinstance(value, tuple) else value
