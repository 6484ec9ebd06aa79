"""Domains that are new, but have the tables of a package which no spec makes: renamed without a word."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from spine_gen.diagnostics.diagnostic import Diagnostic, Place
from spine_gen.output.findings import domain_unsaid
from spine_gen.output.found import LOCK_FILE
from spine_gen.output.lockfile import LockError, read_lock


@dataclass(frozen=True, kw_only=True)
class NewDomain:
    """A domain of which nothing was built yet."""

    domain: str
    tables: Sequence[str]
    place: Place


def unsaid_domains(root: Path, packages: Iterable[str], new: Sequence[NewDomain]) -> Iterator[Diagnostic]:
    """A finding for each of the packages, which no spec makes, and each new domain with tables of it."""
    for name in packages:
        with suppress(LockError):  # which the package's own build tells of
            lock = read_lock((root / name / LOCK_FILE).read_text(encoding="utf-8"))
            taken = {table.name for table in lock.tables}
            for each in new:
                if tables := [table for table in each.tables if table in taken]:
                    yield domain_unsaid(lock.domain, each.domain, tables, each.place)
