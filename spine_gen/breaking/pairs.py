"""What of an older spec is still there in a newer one, by its name or as what it was renamed to."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeAlias, TypeVar

from spine_gen.migrations.renames import in_effect

T = TypeVar("T")

NamesOf: TypeAlias = Callable[[T], tuple[str, str | None]]  # what a thing is called, and was called before


@dataclass(frozen=True, kw_only=True)
class Pairs(Generic[T]):
    """Two lists of named things, side by side."""

    both: tuple[tuple[T, T], ...]  # in the older order
    gone: tuple[T, ...]
    come: tuple[T, ...]
    reordered: bool  # whether those that are in both stand in another order
    renamed: Mapping[str, str]  # earlier name to new name

    def now(self, name: str) -> str:
        """What a thing of the older list is called in the newer one."""
        return self.renamed.get(name, name)


def pair(before: Iterable[T], after: Iterable[T], names: NamesOf[T]) -> Pairs[T]:
    """The things of two lists that are the same ones."""
    old = {names(item)[0]: item for item in before}
    new = {names(item)[0]: item for item in after}
    renamed = in_effect(old, (names(item) for item in new.values()))
    called = {name: renamed.get(name, name) for name in old}
    stay = [now for now in called.values() if now in new]
    return Pairs(
        both=tuple((old[name], new[now]) for name, now in called.items() if now in new),
        gone=tuple(old[name] for name, now in called.items() if now not in new),
        come=tuple(item for name, item in new.items() if name not in called.values()),
        reordered=stay != [name for name in new if name in stay],
        renamed=renamed,
    )
