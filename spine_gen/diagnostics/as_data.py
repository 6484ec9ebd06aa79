"""A spec's diagnostics as plain data and back: to be kept, without the path, which depends on who asks."""

from collections.abc import Iterable, Sequence
from typing import Any

from spine_gen.diagnostics.diagnostic import Diagnostic, Label, Place
from spine_gen.source.position import Position, Span


def as_data(diagnostics: Iterable[Diagnostic], path: str) -> tuple[Any, ...] | None:
    """Lists, texts and numbers; None where one is about another file than the spec at that path."""
    diagnostics = tuple(diagnostics)
    places = [
        place for item in diagnostics for place in (item.place, *(label.place for label in item.labels))
    ]
    if any(place.path != path for place in places):
        return None
    return tuple(
        [
            item.code,
            item.severity,
            item.headline,
            _numbers(item.place),
            item.label,
            [[_numbers(label.place), label.text] for label in item.labels],
            item.help,
            item.replacement,
            item.acknowledged,
        ]
        for item in diagnostics
    )


def from_data(data: Iterable[Sequence[Any]], path: str) -> tuple[Diagnostic, ...]:
    """What ``as_data`` was given, about the spec at that path."""
    return tuple(
        Diagnostic(
            code=code,
            severity=severity,
            headline=headline,
            place=_place(numbers, path),
            label=label,
            labels=tuple(Label(place=_place(at, path), text=text) for at, text in labels),
            help=help,
            replacement=replacement,
            acknowledged=acknowledged,
        )
        for code, severity, headline, numbers, label, labels, help, replacement, acknowledged in data
    )


def _numbers(place: Place) -> list[int]:
    start, end = place.span.start, place.span.end
    return [start.line, start.column, end.line, end.column]


def _place(numbers: Sequence[int], path: str) -> Place:
    line, column, last_line, last_column = numbers
    return Place(path=path, span=Span(Position(line, column), Position(last_line, last_column)))
