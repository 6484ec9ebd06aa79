"""A source's files elsewhere, for one partition: their addresses, and what is there when it is asked."""

import glob
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from spine.core.addresses import address_problems, is_http, quoting, shown
from spine.core.files import FileSeen, SourceFile
from spine.errors import SourceError

from .archive import Archive, Fetched, Validators
from .fetching import fetch, matching

if TYPE_CHECKING:
    from spine.core.data_root import DataRoot
    from spine.core.partitions.partitioning import Partition

_WILD = re.compile(r"[*?]")


@dataclass(frozen=True, kw_only=True)
class RemoteFile:
    """One file elsewhere, there or not."""

    address: str
    data_root: "DataRoot"
    # Where it holds several partitions: the digest of what it has of the wanted one, once it is here.
    part: Callable[[SourceFile], str | None] | None = None

    @property
    def shown(self) -> str:
        """Its address without what may be secret."""
        return shown(self.address)

    @property
    def called(self) -> str:
        """What it is, in a reason why something is stale."""
        return f"file {self.shown}"

    @property
    def has_several(self) -> bool:
        """Whether it holds several partitions, of which one is looked at."""
        return self.part is not None

    def look(self, known: FileSeen | None) -> FileSeen | None:
        """The file as it is now, asked of whoever has it; None where it, or what it had, is not there.

        What has changed is fetched for that. Raises SourceError where nobody answers.
        """
        fetched = fetch(self.address, self.data_root)
        if fetched is None:
            return None
        here = in_archive(fetched, self.data_root, self.shown)
        digest = fetched.sha256 if self.part is None else self.part(here)
        if digest is None or (known is not None and digest == known.sha256):
            return None if digest is None else known
        return FileSeen(path=self.shown, size=fetched.size, modified_ns=0, sha256=digest)

    def fetched(self) -> SourceFile | None:
        """The file in the archive, fetched now; None where it is not there."""
        fetched = fetch(self.address, self.data_root)
        return None if fetched is None else in_archive(fetched, self.data_root, self.shown)


def in_archive(fetched: Fetched, data_root: "DataRoot", shown: str) -> SourceFile:
    """What was fetched, as a file to be read."""
    path = Archive(data_root.archive).path_of(fetched.sha256)
    at = fetched.fetched_at if data_root.from_archive else None
    return SourceFile(path=path, shown=shown, sha256=fetched.sha256, archived_at=at)


def archive_as(content: bytes, path: str, partition: "Partition", data_root: "DataRoot", sign: str) -> None:
    """Have a content in the archive as if it had been fetched from where the path leads.

    Of a pattern, that has the sign in the places where it has `*` and `?`.
    """
    address = path if is_http(path) else _WILD.sub(sign, path)
    for file in remote_files(address, partition, data_root):
        archive = Archive(data_root.archive)
        incoming = archive.receive()
        try:
            incoming.write(content)
            archive.keep(incoming, file.address, file.shown, Validators())
        finally:
            incoming.discard()


def remote_files(path: str, partition: "Partition", data_root: "DataRoot") -> tuple[RemoteFile, ...]:
    """The files that a path leads to: one, or all that match a pattern now, in name order.

    Raises SourceError where the path is no address, or where it cannot be told what matches.
    """
    if problem := next(address_problems(path), None):
        raise SourceError(f"{shown(path)} {problem.what}: {problem.advice}")
    if is_http(path) or not _WILD.search(path):
        addresses = [partition.expand(path, quoted=quoting(path))]
    else:
        addresses = matching(partition.expand(path, quoted=glob.escape), data_root)
    return tuple(RemoteFile(address=address, data_root=data_root) for address in addresses)
