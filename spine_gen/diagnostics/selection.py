"""Which findings are asked for, by their codes, and the most important of many."""

from collections.abc import Sequence
from dataclasses import dataclass

from spine_gen.diagnostics.codes import CODES, unknown_code
from spine_gen.diagnostics.diagnostic import Diagnostic

EVERYTHING = ("SG",)


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Codes, or how they begin: of those that fit a code the longest decides, of equals the ignored one."""

    select: tuple[str, ...] = EVERYTHING
    ignore: tuple[str, ...] = ()

    def takes(self, code: str) -> bool:
        """Whether findings of that code are asked for."""
        return _longest(self.select, code) > _longest(self.ignore, code)


def read_selection(select: Sequence[str], ignore: Sequence[str]) -> Selection:
    """The selection of lists such as `SG3,SG201`; UnknownCodeError for one that no code begins with."""
    return Selection(select=_codes(select) or EVERYTHING, ignore=_codes(ignore))


def most_important(diagnostics: Sequence[Diagnostic], most: int) -> tuple[Diagnostic, ...]:
    """At most so many, errors before warnings, in the order in which they were."""
    ranked = sorted(range(len(diagnostics)), key=lambda at: diagnostics[at].severity != "error")
    return tuple(diagnostics[at] for at in sorted(ranked[:most]))


def _codes(lists: Sequence[str]) -> tuple[str, ...]:
    codes = tuple(code.strip().upper() for each in lists for code in each.split(","))
    for code in codes:
        if not code or not any(known.startswith(code) for known in CODES):
            raise unknown_code(code)
    return codes


def _longest(beginnings: tuple[str, ...], code: str) -> int:
    return max((len(beginning) for beginning in beginnings if code.startswith(beginning)), default=0)
