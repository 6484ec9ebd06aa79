"""Path templates such as ``data/{market}/{week.start:%Y%m%d}.csv``: checked against dimensions, and expanded.

Understands names, ``.start``, ``.end`` and date formats only: nothing in a template is evaluated.
"""

import re
import string
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from spine.errors import PartitionError

from .dimensions import Dimension
from .times import Date, Temporal

_FIELD = re.compile(r"(?P<name>[A-Za-z_][A-Za-z0-9_]*)(?:\.(?P<edge>start|end))?")
# Directives that mean the same in every locale and on every platform.
_DIRECTIVES = frozenset("YmdyjGVu%")


@dataclass(frozen=True, kw_only=True)
class _Field:
    name: str
    edge: str | None  # "start" or "end"
    format: str  # "" for the ISO date, or the value itself


def check_template(template: str, dimensions: Mapping[str, Dimension]) -> None:
    """PartitionError, saying what to write instead, where the dimensions cannot fill the template."""
    for part in _parts(template):
        if isinstance(part, str):
            continue
        shown = _shown(part)
        if part.name not in dimensions:
            raise PartitionError(f"{shown} names no dimension: use one of {', '.join(dimensions)}")
        dimension = dimensions[part.name]
        if part.edge is not None and not isinstance(dimension, Temporal):
            raise PartitionError(
                f"{shown} has no {part.edge}: {part.name} is not a time; write {{{part.name}}}"
            )
        if part.format and part.edge is None and not isinstance(dimension, Date):
            raise PartitionError(
                f"{shown} has a date format for what is not a day: write {{{part.name}}}, or "
                f"{{{part.name}.start:{part.format}}} where {part.name} is a time"
            )
        _check_format(part.format, shown)


class Days(Protocol):
    """What a template wants to know of a value that is a time, besides its text."""

    @property
    def start(self) -> date: ...
    @property
    def end(self) -> date: ...


def expand_template(template: str, values: Mapping[str, Days], quoted: Callable[[str], str] = str) -> str:
    """A template that was checked against the values' dimensions, with the values in it, each ``quoted``."""
    parts = _parts(template)
    return "".join(part if isinstance(part, str) else quoted(_expanded(part, values)) for part in parts)


def _parts(template: str) -> Iterator[str | _Field]:
    try:
        for literal, field, date_format, conversion in string.Formatter().parse(template):
            if literal:
                yield literal
            if field is None:
                continue
            match = _FIELD.fullmatch(field)
            if match is None or conversion is not None:
                raise PartitionError(
                    f"{{{field}}} is not understood in path {template!r}: write {{name}}, "
                    "{name.start:%Y%m%d} or {name.end:%Y%m%d}"
                )
            yield _Field(name=match["name"], edge=match["edge"], format=date_format or "")
    except ValueError as error:
        if isinstance(error, PartitionError):
            raise
        raise PartitionError(
            f"path {template!r} has unbalanced braces ({error}): write {{{{ for a brace"
        ) from error


def _check_format(date_format: str, shown: str) -> None:
    directives = re.findall(r"%(.?)", date_format, re.DOTALL)
    for directive in directives:
        if directive not in _DIRECTIVES or not directive:
            raise PartitionError(
                f"%{directive} in {shown} is not understood: use {', '.join('%' + one for one in 'YmdyjGVu')}"
            )
    if date_format and not directives:
        raise PartitionError(f"{date_format!r} in {shown} is no date format: write it as in %Y%m%d")
    if "V" in directives and ("Y" in directives or "y" in directives):
        raise PartitionError(
            f"{shown} mixes the calendar year with the ISO week, which is wrong at year ends: use %G-W%V"
        )
    if "{" in date_format or "}" in date_format or "/" in date_format.replace("%", ""):
        raise PartitionError(f"{shown} has a slash or brace in its date format: write those outside of it")


def _expanded(field: _Field, values: Mapping[str, Days]) -> str:
    value = values[field.name]
    if field.edge is None and not field.format:
        return str(value)
    day = value.end if field.edge == "end" else value.start
    return day.strftime(field.format) if field.format else day.isoformat()


def _shown(field: _Field) -> str:
    edge = f".{field.edge}" if field.edge else ""
    date_format = f":{field.format}" if field.format else ""
    return f"{{{field.name}{edge}{date_format}}}"
