"""Near names: what the user may have meant."""

import re
from collections.abc import Iterable
from difflib import SequenceMatcher

from spine_gen.diagnostics.advice import Advice

MOST = 4
_NEAR_ENOUGH = 0.6
_SURE = 0.75  # below, it may well be another word: ISNULL is no NULLIF
_PLAIN = re.compile(r"(?!(?:true|false|null)$)[A-Za-z_][A-Za-z0-9_.]*", re.ASCII)  # a text in YAML, and SQL


def near_names(name: str, known: Iterable[str]) -> tuple[str, ...]:
    """The known names nearest to this one, best first, at most four; case and separators count little."""
    folded = _fold(name)
    ranked = [(-_likeness(folded, _fold(one)), one) for one in dict.fromkeys(known)]
    ranked = [each for each in ranked if -each[0] >= _NEAR_ENOUGH]
    return tuple(candidate for _, candidate in sorted(ranked)[:MOST])


def did_you_mean(name: str, known: Iterable[str], *, otherwise: str | None = None) -> str | None:
    """A help line with near names, or all names where they are few; else the alternative.

    Where one name alone is near, the line is advice that can be followed as it stands.
    """
    known = tuple(dict.fromkeys(known))
    near = near_names(name, known)
    if near:
        line = f"did you mean {_one_of(near)}?"
        sure = len(near) == 1 and _likeness(_fold(name), _fold(near[0])) >= _SURE
        exact = sure and _PLAIN.fullmatch(near[0])
        return Advice(line, written=name, instead=near[0]) if exact else line
    if otherwise is not None:
        return otherwise
    if 0 < len(known) <= 2 * MOST:
        return f"use {_one_of(known)}"
    return None


def _likeness(one: str, other: str) -> float:
    if sorted(one) == sorted(other):
        return 1.0  # another case, another separator, or two letters swapped
    return SequenceMatcher(None, one, other).ratio()


def _one_of(names: tuple[str, ...]) -> str:
    quoted = [f'"{name}"' for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _fold(name: str) -> str:
    return name.lower().replace("-", "").replace("_", "").replace(".", "")
