"""What fetching comes to, whatever it is fetched by: an answer, or one of two errors."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from spine.remotes import Remote

from .archive import Validators


class FetchError(Exception):
    """An attempt failed, in a way that the next need not; the message does without the address."""

    def __init__(self, what: str, wait: float | None = None) -> None:
        super().__init__(what)
        self.wait = wait  # seconds that the server asks for


class NotThereError(Exception):
    """There is nothing at the address, or nothing for us; to ask again would change nothing."""

    def __init__(self, what: str, advice: str, *, gone: bool = False) -> None:
        super().__init__(what)
        self.advice = advice
        self.gone = gone  # whether the file is not there


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is at an address."""

    blocks: Iterator[bytes]  # of the content; they raise FetchError where it does not come whole
    validators: Validators


class Client(Protocol):
    """Asks for an address once."""

    def ask(
        self, address: str, remote_of: Callable[[str], Remote], known: Validators | None, deadline: float
    ) -> AbstractContextManager[Answer | None]:
        """The answer; None where what is known is still so.

        ``remote_of`` has the settings of every address that is asked on the way; ``deadline`` is a time of
        the monotonic clock. Raises FetchError or NotThereError.
        """
