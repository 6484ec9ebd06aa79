"""One change between two specs, as frozen data; how it is shown is decided elsewhere."""

from collections.abc import Iterator
from dataclasses import dataclass

from spine_gen.breaking.kinds import KINDS, Judgement
from spine_gen.spec.language import ChangeKind


@dataclass(frozen=True, kw_only=True)
class Change:
    """What is not as it was, of one subject."""

    kind: ChangeKind
    subject: str  # a table.column, a code, a STAGE.CODE: what readers call it, by its earlier name
    message: str
    at: tuple[str, ...]  # the keys that lead to it in the newer spec, as far as it is there
    before: str | None = None
    after: str | None = None
    ignored: str | None = None  # the spec's reason why it is meant

    @property
    def judgement(self) -> Judgement:
        return KINDS[self.kind].judgement


def instead(
    kind: ChangeKind, subject: str, said: str, at: tuple[str, ...], values: tuple[object, object]
) -> Change:
    """A change of one value to another."""
    was, now = ("none" if value is None else str(value) for value in values)
    return Change(
        kind=kind, subject=subject, message=f"{said} {now} instead of {was}", at=at, before=was, after=now
    )


def renamed(kind: ChangeKind, what: str, before: str, after: str, at: tuple[str, ...]) -> Iterator[Change]:
    """A change of a name, where it is another one."""
    if before != after:
        message = f"{what} {before} is called {after} from here on"
        yield Change(kind=kind, subject=before, message=message, at=at, before=before, after=after)


def described(
    what: str, subject: str, before: str | None, after: str | None, at: tuple[str, ...]
) -> Iterator[Change]:
    """A change of a description, where it is another one."""
    if before != after:
        yield Change(
            kind="changed-description",
            subject=subject,
            message=f"{what} {subject} is described in other words",
            at=(*at, "description"),
            before=before,
            after=after,
        )


def listed(names: tuple[str, ...]) -> str:
    """Names as one text: `(symbol, week)`."""
    return f"({', '.join(names)})"
