"""Fetch what an address has into the archive: on a condition, measured, and a bounded number of times.

Without a network, the newest that the archive has is taken instead.
"""

import random
import time
from collections.abc import Callable
from fnmatch import fnmatchcase
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from spine.core.addresses import is_http, shown
from spine.errors import SourceError
from spine.remotes import remote_of

from .answers import Answer, Client, FetchError, NotThereError
from .archive import Archive, Fetched, Validators
from .file_systems import FileSystemClient, listed
from .http import HttpClient

if TYPE_CHECKING:
    from spine.core.data_root import DataRoot

T = TypeVar("T")

_LONGEST_WAIT = 60.0  # seconds, also where a server asks for more


def fetch(address: str, data_root: "DataRoot") -> Fetched | None:
    """What the address has now, whole and in the archive; None where nothing is there.

    Raises SourceError where it could not be had.
    """
    archive = Archive(data_root.archive)
    if data_root.from_archive:
        return newest(address, archive, shown(address))
    known = _usable(archive.newest(address), archive)
    client: Client = HttpClient() if is_http(address) else FileSystemClient()

    def once(deadline: float) -> Fetched:
        settings = partial(remote_of, remotes=data_root.remotes)
        with client.ask(address, settings, _validators(known), deadline) as answer:
            if answer is not None:
                return _received(answer, archive, address)
            assert known is not None
            return known

    return _tried(once, address, data_root)


def matching(pattern: str, data_root: "DataRoot") -> list[str]:
    """The addresses of the files that match now, in name order; without a network, those of the archive.

    Raises SourceError where it cannot be told.
    """
    if data_root.from_archive:
        return _archived(pattern, Archive(data_root.archive))
    remote = remote_of(pattern, data_root.remotes)
    return sorted(_tried(lambda _deadline: listed(pattern, remote), pattern, data_root) or ())


def newest(address: str, archive: Archive, named: str) -> Fetched:
    """The newest that the archive has of an address, which messages name otherwise.

    Raises SourceError where that is nothing, or damaged.
    """
    found = archive.newest(address)
    if found is None:
        raise SourceError(
            f"the archive has nothing of {named}: run without --from-archive, where it can be fetched"
        )
    if not archive.holds(found):
        raise SourceError(
            f"what the archive has of {named}, fetched {found.fetched_at}, is damaged or gone "
            f"({archive.path_of(found.sha256)}): bring it back, or run without --from-archive"
        )
    return found


def _archived(pattern: str, archive: Archive) -> list[str]:
    parts = pattern.split("/")
    return [
        address
        for address in archive.all_shown()
        if len(address.split("/")) == len(parts) and all(map(fnmatchcase, address.split("/"), parts))
    ]


def _tried(ask: Callable[[float], T], address: str, data_root: "DataRoot") -> T | None:
    """What it gives, at one of a number of attempts; None where nothing is there."""
    remote = remote_of(address, data_root.remotes)
    deadline = time.monotonic() + remote.total_timeout
    attempt, last = 0, FetchError("it was not tried")
    while attempt < remote.attempts:
        attempt += 1
        try:
            return ask(deadline)
        except NotThereError as error:
            if error.gone:
                return None
            raise SourceError(
                f"{shown(address)} cannot be fetched: {error}. {_sentence(error.advice)}"
            ) from error
        except FetchError as error:
            last = error
        wait = _wait(attempt, remote.backoff, last.wait)
        if attempt == remote.attempts or time.monotonic() + wait > deadline:
            break
        time.sleep(wait)
    raise SourceError(
        f"{shown(address)} cannot be fetched: {last} (attempt {attempt} of {remote.attempts}). Run again "
        "later, or with --from-archive, by what was fetched before."
    ) from last


def _usable(found: Fetched | None, archive: Archive) -> Fetched | None:
    """What need not be fetched again where the server says that it is still so: it has to be whole here."""
    if found is None or not (found.etag or found.last_modified) or not archive.holds(found):
        return None
    return found


def _validators(known: Fetched | None) -> Validators | None:
    return None if known is None else Validators(etag=known.etag, last_modified=known.last_modified)


def _received(answer: Answer, archive: Archive, address: str) -> Fetched:
    incoming = archive.receive()
    try:
        for block in answer.blocks:
            incoming.write(block)
        return archive.keep(incoming, address, shown(address), answer.validators)
    except OSError as error:
        raise SourceError(
            f"{shown(address)} cannot be put into the archive: {error.strerror or error}. Make room there, "
            "or name another folder as [tool.spine] archive."
        ) from error
    finally:
        incoming.discard()


def _wait(attempt: int, backoff: float, asked: float | None) -> float:
    """Twice as long each time, and not all at once: somebody else may have failed in the same moment."""
    own = backoff * float(2 ** (attempt - 1)) * random.uniform(0.5, 1.0)
    return min(max(own, asked or 0.0), _LONGEST_WAIT)


def _sentence(advice: str) -> str:
    return advice[:1].upper() + advice[1:] + "."
