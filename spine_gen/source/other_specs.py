"""Finds the spec of another domain, which an input names: among the specs of the project."""

import re
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

from spine_gen.errors import UnreadableSpecError
from spine_gen.source.spec_file import read_spec_file

_DOMAIN = re.compile(rb"""^domain\s*:\s*["']?([a-z0-9_.]+)""", re.MULTILINE)
_SUFFIXES = (".yaml", ".yml")


class OtherSpecs:
    """The specs below a folder, by the domains that they declare; none is read before one is asked for."""

    def __init__(self, folder: Path | None = None, files: Iterable[Path] = ()) -> None:
        """``files`` are further specs, and count before those in the folder."""
        self._folder = folder
        self._named = tuple(files)

    def __getstate__(self) -> tuple[Path | None, tuple[Path, ...]]:
        return self._folder, self._named

    def __setstate__(self, state: tuple[Path | None, tuple[Path, ...]]) -> None:
        self._folder, self._named = state

    def find(self, domain: str) -> tuple[Path, bytes] | None:
        """The file that declares the domain, and its content; None where none does."""
        path = self._files.get(domain)
        return None if path is None else (path, read_spec_file(path))

    def domains(self) -> tuple[str, ...]:
        """All that there are."""
        return tuple(self._files)

    @cached_property
    def _files(self) -> dict[str, Path]:
        found: dict[str, Path] = {}
        for path in (*self._named, *self._below()):
            try:
                domain = declared_domain(read_spec_file(path))
            except UnreadableSpecError:
                continue
            if domain is not None:
                found.setdefault(domain, path)
        return found

    def _below(self) -> list[Path]:
        if self._folder is None or not self._folder.is_dir():
            return []
        return sorted(
            path
            for path in self._folder.rglob("*")
            if path.suffix in _SUFFIXES
            and not any(part.startswith(".") for part in path.relative_to(self._folder).parts)
        )


def declared_domain(content: bytes) -> str | None:
    """The domain that a spec declares, as far as can be seen without reading it as YAML."""
    match = _DOMAIN.search(content)
    return None if match is None else match[1].decode()


NO_OTHERS = OtherSpecs()
