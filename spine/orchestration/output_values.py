"""Values as JSON can hold them, and back: equal, and of the same types.

What JSON has is written as it is. Any other value is a tag, an object of one key that begins with ``$``, such
as ``{"$date": "2025-12-15"}``; a dict that looks like a tag is written as one itself, so that nothing is read
for what it is not. Reading makes values of the types in the table below and runs nobody's code.
"""

import math
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import Decimal
from functools import partial
from json.encoder import encode_basestring_ascii as quoted
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

MAX_DEPTH = 100
MAX_BITS = 2_000  # of an integer in decimal digits: Python may be told to read no more than 640 of those


class NotKeptError(ValueError):
    """A value that would not come back as it is; the message says why."""


class RoomError(NotKeptError):
    """There is not enough room for the value."""


class ValueWriter:
    """Writes values as JSON text, as long as there is room for them: one character each at least."""

    def __init__(self, room: int) -> None:
        self._room = room
        self._keys: dict[str, str] = {}  # of dicts, as they are written: rows have the same ones

    def text(self, value: object) -> str:
        """The value as JSON of ASCII characters; NotKeptError for one that would not come back."""
        return self._texts((value,), 1)[0]

    def _texts(self, values: Collection[object], depth: int) -> list[str]:
        self._room -= len(values)
        if self._room < 0:
            raise RoomError
        leaves, nested = _LEAVES, self._nested
        return [leaves[kind](one) if (kind := type(one)) in leaves else nested(one, depth) for one in values]

    def _nested(self, value: Any, depth: int) -> str:
        kind = type(value)
        if kind is not dict and kind not in _SERIES:
            raise NotKeptError(f"it holds a {kind.__name__}, which cannot be given back as it is")
        if depth > MAX_DEPTH:
            raise NotKeptError(f"it holds a {kind.__name__} {MAX_DEPTH} levels deep")
        if kind is dict:
            return self._dict(value, depth + 1)
        items = f"[{','.join(self._texts(value, depth + 1))}]"
        return items if kind is list else _tagged(_SERIES[kind], items)

    def _dict(self, value: dict[Any, Any], depth: int) -> str:
        items, keys = self._texts(value.values(), depth), self._keys
        try:
            plain = [keys[key] if type(key) is str else "" for key in value]
        except KeyError:
            keys.update((key, _plain_key(key)) for key in value if type(key) is str)
            plain = [keys[key] if type(key) is str else "" for key in value]
        if all(plain) and not (len(plain) == 1 and plain[0].startswith('"$')):
            return f"{{{','.join(map(''.join, zip(plain, items, strict=True)))}}}"
        pairs = zip(self._texts(value.keys(), depth), items, strict=True)
        return _tagged("$dict", f"[{','.join([f'[{key},{item}]' for key, item in pairs])}]")


def _plain_key(key: str) -> str:
    """The key with its colon; nothing where it is no plain JSON text."""
    text = _text(key)
    return f"{text}:" if text.startswith('"') else ""


def untagged(tagged: dict[str, Any]) -> Any:
    """What an object that was read stands for, its own values decoded: the hook of `json.loads`."""
    if len(tagged) == 1:
        ((tag, content),) = tagged.items()
        if tag in _READERS:
            return _READERS[tag](content)
    return tagged


def _tagged(tag: str, content: str) -> str:
    return f'{{"{tag}":{content}}}'


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:  # two lone surrogates in a row would come back as one character
            return _tagged("$text", f'"{value.encode("utf-8", "surrogatepass").hex()}"')
    return quoted(value)


def _integer(value: int) -> str:
    return repr(value) if value.bit_length() < MAX_BITS else _tagged("$int", f'"{value:#x}"')


def _float(value: float) -> str:
    return repr(value) if math.isfinite(value) else _tagged("$float", f'"{value}"')


def _moment(tag: str, value: datetime | time) -> str:
    """A datetime or time: in ISO format where that says all, else that with its fold and zone beside it."""
    zone = value.tzinfo
    if not value.fold and (zone is None or zone is UTC or _is_plain_offset(zone)):
        return _tagged(tag, f'"{value.isoformat()}"')
    local = value.replace(tzinfo=None, fold=0).isoformat()
    return _tagged(tag, f'["{local}",{value.fold},{_zone(zone)}]')


def _is_plain_offset(zone: tzinfo) -> bool:
    """Whether the ISO format says all about it: it is an offset without a name of its own."""
    return type(zone) is timezone and repr(zone) == repr(timezone(zone.utcoffset(None)))


def _zone(zone: tzinfo | None) -> str:
    """What `_zone_of` reads: nothing, a name of the time zone database, or an offset and a name."""
    if zone is None:
        return "null"
    if type(zone) is ZoneInfo and zone.key is not None:
        return quoted(zone.key)
    if type(zone) is timezone:
        name = "null" if _is_plain_offset(zone) else quoted(zone.tzname(None))
        return f"[{_duration(zone.utcoffset(None))},{name}]"
    raise NotKeptError(
        f"it holds a time in a {type(zone).__name__}, which cannot be given back as it is (a ZoneInfo can)"
    )


def _zone_of(written: Any) -> tzinfo | None:
    if isinstance(written, list):
        offset, name = written
        return timezone(timedelta(*offset)) if name is None else timezone(timedelta(*offset), name)
    return None if written is None else ZoneInfo(written)


def _moment_of(kind: type[datetime | time], written: Any) -> datetime | time:
    if isinstance(written, str):
        return kind.fromisoformat(written)
    text, fold, zone = written
    return kind.fromisoformat(text).replace(fold=fold, tzinfo=_zone_of(zone))


def _duration(value: timedelta) -> str:
    return f"[{value.days},{value.seconds},{value.microseconds}]"


# What holds no other value, and how it is written.
_LEAVES: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    str: _text,
    int: _integer,
    float: _float,
    date: lambda value: _tagged("$date", f'"{value.isoformat()}"'),
    datetime: lambda value: _moment("$datetime", value),
    time: lambda value: _moment("$time", value),
    timedelta: lambda value: _tagged("$timedelta", _duration(value)),
    Decimal: lambda value: _tagged("$decimal", f'"{value}"'),
    UUID: lambda value: _tagged("$uuid", f'"{value}"'),
    bytes: lambda value: _tagged("$bytes", f'"{b64encode(value).decode()}"'),
    bytearray: lambda value: _tagged("$bytearray", f'"{b64encode(value).decode()}"'),
    complex: lambda value: _tagged("$complex", f"[{_float(value.real)},{_float(value.imag)}]"),
}
_SERIES: dict[type, str] = {list: "", tuple: "$tuple", set: "$set", frozenset: "$frozenset"}
_READERS: dict[str, Callable[[Any], Any]] = {
    "$text": lambda content: bytes.fromhex(content).decode("utf-8", "surrogatepass"),
    "$int": lambda content: int(content, 16),
    "$float": float,
    "$date": date.fromisoformat,
    "$datetime": partial(_moment_of, datetime),
    "$time": partial(_moment_of, time),
    "$timedelta": lambda content: timedelta(*content),
    "$decimal": Decimal,
    "$uuid": UUID,
    "$bytes": b64decode,
    "$bytearray": lambda content: bytearray(b64decode(content)),
    "$complex": lambda content: complex(*content),
    "$tuple": tuple,
    "$set": set,
    "$frozenset": frozenset,
    "$dict": dict,
}
