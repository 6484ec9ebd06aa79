"""What a pipeline left in the context, kept with its capture so that a rerun that skips it can give it back.

One text a capture: ``[2, values, reasons]``. The values are pairs of context key and value (see
`output_values`), in a text of their own that is compressed where it is long; the reasons say why each of the
others was not kept. A text that begins with ``{`` is from before that: an object of plain values.
"""

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from spine.orchestration.output_values import NotKeptError, RoomError, ValueWriter, untagged

MAX_CHARACTERS = 50_000_000  # of JSON text, per capture, before it is compressed
LONG = 10_000  # characters; what is longer is compressed
TOO_LONG = f"with what came before it, it takes more than {MAX_CHARACTERS:,} characters of JSON"
FORMAT = 2


@dataclass(frozen=True, kw_only=True)
class KeptOutputs:
    """The outputs of one capture as JSON text, and why each of the others could not be kept."""

    values: str  # JSON pairs of context key and value
    lost: Mapping[str, str]  # context key → reason

    @property
    def is_any(self) -> bool:
        """Whether there is anything to store."""
        return self.values != "[]" or bool(self.lost)

    @cached_property
    def text(self) -> str:
        """What is stored."""
        values = self.values
        if len(values) > LONG:
            values = b64encode(zlib.compress(values.encode("ascii"), level=1)).decode("ascii")
        return json.dumps([FORMAT, values, self.lost])


@dataclass(frozen=True, kw_only=True)
class RestoredOutputs:
    """The outputs as values, and why each of the others was not kept."""

    values: Mapping[str, Any]
    lost: Mapping[str, str]


def keep_outputs(written: Mapping[str, Any]) -> KeptOutputs:
    """The values under the written keys as text, those that come back from it as they are and fit."""
    room = MAX_CHARACTERS
    kept: list[str] = []
    lost: dict[str, str] = {}
    for key, value in written.items():
        try:
            entry = _entry(key, value, room)
        except NotKeptError as problem:
            lost[str(key)] = str(problem)
            continue
        room -= len(entry)
        kept.append(entry)
    return KeptOutputs(values=f"[{','.join(kept)}]", lost=lost)


def restore_outputs(text: str) -> RestoredOutputs:
    """What `keep_outputs` made the text of."""
    if text.startswith("{"):
        return RestoredOutputs(values=json.loads(text), lost={})
    version, values, lost = json.loads(text)
    assert version == FORMAT
    if not values.startswith("["):
        values = zlib.decompress(b64decode(values)).decode("ascii")
    pairs = json.loads(values, object_hook=untagged)
    return RestoredOutputs(values=dict(pairs), lost=lost)


def _entry(key: object, value: object, room: int) -> str:
    """One key and its value as JSON text; NotKeptError where there is none, or it is longer than the room."""
    if type(key) is not str:
        raise NotKeptError("its key is not text")
    try:
        writer = ValueWriter(room)
        entry = f"[{writer.text(key)},{writer.text(value)}]"
    except RoomError:
        raise NotKeptError(TOO_LONG) from None
    if len(entry) > room:
        raise NotKeptError(TOO_LONG)
    return entry
