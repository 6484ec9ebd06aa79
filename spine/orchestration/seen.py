"""What a lambda saw: the facts and values that it asked its context for, to be told with its answer."""

import reprlib
from typing import Any, TypeVar

from spine.orchestration.views import read_only

MOST = 6  # things that are told
LONGEST = 60  # characters of one value
BITS = 200  # of an integer; of a longer one, Python may refuse to write the digits
FEW = 3  # items; of more, the number is told

T = TypeVar("T")


class Seen:
    """What one lambda asked for, each thing once, as it was first answered; and the views it got."""

    def __init__(self) -> None:
        self._answers: dict[str, Any] = {}
        self._missing: dict[str, None] = {}  # an ordered set
        self._views: dict[str, tuple[Any, Any]] = {}  # context key → its value and the view of it
        self.keys: set[str] = set()  # of the context that it asked for, there or not

    def fact(self, asked: str, answer: T) -> T:
        """Note what a question about stages was answered with; the answer."""
        self._answers.setdefault(asked, answer)
        return answer

    def view(self, key: str, value: Any) -> Any:
        """Note the value of a context key; what the lambda may see of it."""
        self.keys.add(key)
        if key in self._views and self._views[key][0] is value:
            return self._views[key][1]
        view = read_only(value)
        self._views[key] = value, view
        self._answers.setdefault(f"context[{key!r}]", value)
        return view

    def missing(self, key: str) -> None:
        """Note that the context was asked for a key which it does not have."""
        self.keys.add(key)
        self._missing[f"context[{key!r}]"] = None

    @property
    def told(self) -> str | None:
        """What was seen, in short: ``rows(INGEST) = 0``; None where nothing was asked for."""
        told = [f"{asked} = {_shown(answer)}" for asked, answer in self._answers.items()]
        told += [f"{asked} is missing" for asked in self._missing]
        return ", ".join(told[:MOST] + ["…"] * (len(told) > MOST)) or None


class _Short(reprlib.Repr):
    """Values in a few characters, their own text cut in the middle."""

    def __init__(self) -> None:
        super().__init__()
        self.maxlevel = 2
        self.maxstring = self.maxother = self.maxlong = LONGEST


def _shown(value: Any) -> str:
    if isinstance(value, int) and value.bit_length() > BITS:
        return f"an integer of {value.bit_length():,} bits"
    is_many = isinstance(value, list | tuple | dict | set | frozenset) and len(value) > FEW
    text = f"a {type(value).__name__} of {len(value):,}" if is_many else _Short().repr(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
