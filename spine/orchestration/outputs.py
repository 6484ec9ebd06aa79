"""What a pipeline left in the context, kept with its capture so that a rerun that skips it can give it back.

Only values that JSON gives back exactly are kept, up to a size: rows that are many belong in a table, where
the next pipeline reads them by their capture_id.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MAX_CHARACTERS = 1_000_000  # of JSON text, per capture
MAX_DEPTH = 100
MAX_BITS = 10_000  # of an integer: Python refuses to write out or read much longer ones
TOO_LONG = f"with what came before it, it takes more than {MAX_CHARACTERS:,} characters of JSON"


@dataclass(frozen=True, kw_only=True)
class KeptOutputs:
    """The outputs as text, and why each of the others could not be kept."""

    text: str | None  # a JSON object; None where nothing was kept
    lost: Mapping[str, str]  # context key → reason


def keep_outputs(written: Mapping[str, Any]) -> KeptOutputs:
    """The values under the written keys as JSON text, those that come back from it exactly and fit."""
    room = MAX_CHARACTERS
    kept: list[str] = []
    lost: dict[str, str] = {}
    for key, value in written.items():
        problem = _inexact(value) if isinstance(key, str) else "its key is not text"
        if problem is None:
            entry = f"{json.dumps(key)}: {json.dumps(value)}"
            if len(entry) <= room:
                room -= len(entry)
                kept.append(entry)
                continue
            problem = TOO_LONG
        lost[str(key)] = problem
    return KeptOutputs(text="{" + ", ".join(kept) + "}" if kept else None, lost=lost)


def restore_outputs(text: str) -> dict[str, Any]:
    """The values that `keep_outputs` wrote."""
    outputs = json.loads(text)
    assert isinstance(outputs, dict)
    return outputs


def _inexact(value: object) -> str | None:
    """Why JSON would not give the value back equal and of the same types, or be too long; None if it does."""
    length = 0  # what the JSON text will have at least
    stack: list[tuple[object, int]] = [(value, 1)]
    while stack:
        item, depth = stack.pop()
        length += 1
        match item:
            case None | bool():
                pass
            case int() if type(item) is int and item.bit_length() < MAX_BITS:
                pass
            case float() if type(item) is float and math.isfinite(item):
                pass
            case str() if type(item) is str and _encodes(item):
                length += len(item)
            case list() if type(item) is list and depth < MAX_DEPTH:
                stack.extend((inner, depth + 1) for inner in item)
            case dict() if type(item) is dict and depth < MAX_DEPTH and all(type(key) is str for key in item):
                stack.extend((inner, depth + 1) for pair in item.items() for inner in pair)
            case _:
                return f"it holds {_shown(item)}, which JSON does not give back as it is"
        if length + len(stack) > MAX_CHARACTERS:
            return TOO_LONG
    return None


def _shown(item: object) -> str:
    if type(item) in (list, dict):
        keys = ", ".join(repr(key) for key in item if type(key) is not str) if isinstance(item, dict) else ""
        return f"a dict with the key {keys}" if keys else f"a {type(item).__name__} {MAX_DEPTH} levels deep"
    if type(item) is int:
        return f"an integer of {item.bit_length()} bits"
    if type(item) is float:
        return str(item)
    if type(item) is str:
        return "text that is not valid Unicode"
    return f"a {type(item).__name__}"


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
