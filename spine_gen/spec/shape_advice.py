"""What to write instead of a value that does not fit: words and forms that people bring from elsewhere."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from spine_gen.diagnostics import Advice, near_names

_ELSEWHERE = {  # by word of ours: what others say for it
    "string": "varchar char character nvarchar text str object uuid utf8 regex",
    "integer": "int int2 int4 int8 int16 int32 int64 bigint smallint tinyint long serial bigserial number",
    "float": "double real float4 float8 float32 float64",
    "decimal": "numeric money dec",
    "boolean": "bool bit",
    "date": "day daily days",
    "timestamp": "datetime datetime2 timestamptz instant time",
    "json": "jsonb dict map struct array variant",
    "iso_week": "week weekly isoweek",
    "month": "monthly",
    "quarter": "quarterly",
    "year": "yearly annual",
    "enum": "list choice category values",
    "csv": "tsv txt psv",
    "ndjson": "json jsonl jsonlines",
    "INFO": "debug notice low",
    "WARNING": "medium",
    "ERROR": "err critical fatal high",
    "record": "keep warn log ignore",
    "drop": "skip discard remove reject filter quarantine",
    "fail": "error raise abort stop",
}
_DECIMAL = re.compile(r"(?:decimal|numeric|number|dec)\s*\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)", re.ASCII | re.I)
_DETAILED = re.compile(r"(\w+)\s*(?:\(.*\)|with(?:out)? time zone)", re.ASCII | re.I)
_SHARE = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)\s*%", re.ASCII)
_WORDS = re.compile(r"[\w./]+(?:\s*,\s*[\w./]+)*")


def word_meant(value: Any, allowed: Iterable[Any]) -> str | None:
    """What to write for a word that is not on the list but is known elsewhere."""
    if not isinstance(value, str):
        return None
    words = [word for word in allowed if isinstance(word, str)]
    if "decimal" in words and (found := _DECIMAL.fullmatch(value)):
        return f"write `type: decimal, precision: {found[1]}, scale: {found[2] or 0}`"
    if found := _DETAILED.fullmatch(value):
        plain = found[1].lower()
        return _write(plain, value) if plain in words else word_meant(plain, words)
    ours = next((word for word in words if value.lower() in _ELSEWHERE.get(word, "").split()), None)
    return _write(ours, value) if ours else None


def form_meant(value: Any, expected: Sequence[str], schema: Mapping[str, Any]) -> str | None:
    """What to write for a value of the wrong type whose meaning is plain."""
    if type(value) is int and "object" in expected:
        keys = [key for key, part in schema.get("properties", {}).items() if part.get("type") == "integer"]
        return _write(f"{{{keys[0]}: {value}}}", str(value)) if len(keys) == 1 else None
    if not isinstance(value, str):
        return None
    if "number" in expected and (share := _SHARE.fullmatch(value)):
        part = f"{Decimal(share[1]) / 100:f}"
        return Advice(f"write {part}, the share from 0 to 1", written=value, instead=part)
    if "array" in expected and _WORDS.fullmatch(value):
        return _write(f"[{value}]", value)
    if "object" in expected:
        return next(_as_mapping(value, schema), None)
    return None


def _as_mapping(value: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """A word by itself where a mapping has a key for it: `string` for `{type: string}`."""
    for key, part in schema.get("properties", {}).items():
        words = part.get("enum", ()) if isinstance(part, dict) else ()
        near = [value] if value in words else near_names(value, words)
        meant = word_meant(value, words) or (near and f"write `{near[0]}`")
        if meant:
            written = meant.removeprefix("write `").removesuffix("`").removeprefix(f"{key}: ")
            others = [name for name in _needed_with(key, written, schema) if name != key]
            parts = [f"{key}: {written}", *(f"{name}: …" for name in others)]
            whole = f"{{{', '.join(parts)}}}"
            yield f"write `{whole}`" if others or len(near) > 1 else _write(whole, value)


def _needed_with(key: str, word: str, schema: Mapping[str, Any]) -> Iterator[str]:
    """The keys that have to be there where that one says the word."""
    yield from schema.get("required", ())
    for rule in schema.get("allOf", ()):
        asked = rule["if"].get("properties", {}).get(key, {})
        if word in (asked.get("const"), *asked.get("enum", ())):
            yield from rule["then"].get("required", ())


def _write(instead: str, written: str) -> Advice:
    return Advice(f"write `{instead}`", written=written, instead=instead)
