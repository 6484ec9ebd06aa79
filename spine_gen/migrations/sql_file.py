"""A revision's SQL for both databases as one text: what they share stands once, the rest is marked."""

from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher
from itertools import chain
from typing import Literal

Dialect = Literal["sqlite", "postgresql"]
DIALECTS: tuple[Dialect, ...] = ("sqlite", "postgresql")


def both(texts: Mapping[Dialect, str]) -> str:
    """One text; a line that only one of the databases has ends in that one's name."""
    sqlite, postgresql = (texts[dialect].splitlines() for dialect in DIALECTS)
    lines = sqlite if sqlite == postgresql else _merged(sqlite, postgresql)
    return "".join(f"{line}\n" for line in lines)


def lines_for(dialect: Dialect, text: str) -> str:
    """What of such a text is one database's."""
    others = tuple(_mark(other) for other in DIALECTS if other != dialect)
    lines = (line for line in text.splitlines() if not line.endswith(others))
    return "".join(f"{line.removesuffix(_mark(dialect))}\n" for line in lines)


def _merged(sqlite: list[str], postgresql: list[str]) -> Iterator[str]:
    for same, ours, theirs in _aligned(sqlite, postgresql, sqlite, postgresql):
        yield from ours if same else _beside(ours, theirs)


def _beside(sqlite: list[str], postgresql: list[str]) -> Iterator[str]:
    """Lines that differ, each beside the one that begins alike: of the same column, or the same command."""
    for same, ours, theirs in _aligned(
        sqlite, postgresql, [_first_word(line) for line in sqlite], [_first_word(line) for line in postgresql]
    ):
        if same:
            pairs = zip(_marked(ours, "sqlite"), _marked(theirs, "postgresql"), strict=True)
            yield from chain.from_iterable(pairs)
        else:
            yield from (*_marked(ours, "sqlite"), *_marked(theirs, "postgresql"))


def _aligned(
    first: list[str], second: list[str], key_of_first: list[str], key_of_second: list[str]
) -> Iterator[tuple[bool, list[str], list[str]]]:
    """Stretches of both, and whether their keys are the same there."""
    matcher = SequenceMatcher(None, key_of_first, key_of_second, autojunk=False)
    for tag, start, end, other_start, other_end in matcher.get_opcodes():
        yield tag == "equal", first[start:end], second[other_start:other_end]


def _first_word(line: str) -> str:
    return line.split(maxsplit=1)[0] if line.strip() else ""


def _marked(lines: list[str], dialect: Dialect) -> list[str]:
    return [f"{line}{_mark(dialect)}" for line in lines]


def _mark(dialect: Dialect) -> str:
    return f"  -- {dialect}"
