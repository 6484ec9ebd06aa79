"""How a domain's partition keys look, and the change where they look otherwise from here on.

Keys of several dimensions name each: ``market=NYSE/day=2025-01-02``; that of a single one is its value alone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

from spine_gen.spec.language import Dimension
from spine_gen.spec.partition_types import TEMPORAL

TEXT = "text"  # of an enum or a string: any text is one
_LOOKS: Mapping[str, tuple[str, ...]] = {  # as LIKE has it; a quarter is no month
    "date": ("____-__-__",),
    "iso_week": ("____-W__",),
    "month": ("____-0_", "____-1_"),
    "quarter": ("____-Q_",),
    "year": ("____",),
    TEXT: ("%",),
}


Forms: TypeAlias = Mapping[str, str]  # what values each dimension has, in the order of the key


@dataclass(frozen=True, kw_only=True)
class ChangePartitions:
    """Partition keys look otherwise from here on: what is there under others stands beside what is made."""

    domain: str
    before: Forms
    after: Forms
    stage: tuple[str, str] | None = None  # and its tier; None: every stage of the domain

    destroys = True  # the rows are there, but no reader is shown them any more

    @property
    def subject(self) -> str:
        return "partitions"

    @property
    def reason(self) -> str:
        of = "" if self.stage is None else f" of {self.stage[0]}"
        return f"What was made{of} for other partitions than {written(self.after)} is not current any more."

    @property
    def slug(self) -> str:
        return "change_partitions"

    @property
    def looks(self) -> tuple[str, ...]:
        """How the keys look from here on, as LIKE has it."""
        each = [_LOOKS[form] for form in self.after.values()]
        if len(each) == 1:
            return each[0]
        named = ([f"{name}={look}" for look in looks] for name, looks in zip(self.after, each, strict=True))
        return tuple("/".join(parts) for parts in product(*named))

    def reverse(self) -> "ChangePartitions":
        return replace(self, before=self.after, after=self.before)


def written(forms: Forms) -> str:
    """How keys are written, for people: ``market=…/day=YYYY-MM-DD``."""
    each = {name: "…" if form == TEXT else TEMPORAL[form].form for name, form in forms.items()}
    return "/".join(f"{name}={form}" if len(each) > 1 else form for name, form in each.items())


def key_forms(dimensions: Sequence[Dimension]) -> dict[str, str]:
    """What values each dimension has, in the order of the key."""
    return {each.name: each.type if each.type in _LOOKS else TEXT for each in dimensions}


def forms_text(forms: Forms) -> str:
    """The forms as one text, for the lock."""
    return "/".join(f"{name}={form}" for name, form in forms.items())


def forms_of_text(text: str) -> dict[str, str]:
    """The forms of such a text."""
    return dict(part.split("=", 1) for part in text.split("/"))


def partitions_change(
    domain: str, before: Forms, after: Forms, stage: tuple[str, str] | None = None
) -> ChangePartitions | None:
    """The change from one form of keys to the other, under the same names; none where earlier keys fit.

    Nor is there one where the earlier form is not known: no build left it.
    """
    if not before or _fit(before, after):
        return None
    return ChangePartitions(domain=domain, before=before, after=after, stage=stage)


def _fit(before: Forms, after: Forms) -> bool:
    alike = len(before) == len(after) == 1 or [*before] == [*after]  # of a single one, its name is in no key
    return alike and all(new in (old, TEXT) for old, new in zip(before.values(), after.values(), strict=True))
