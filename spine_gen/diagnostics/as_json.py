"""Diagnostics as JSON, for tools."""

import json
from collections.abc import Iterable
from typing import Any

from spine_gen.diagnostics.diagnostic import Diagnostic, Place


def as_json(diagnostics: Iterable[Diagnostic]) -> str:
    """A JSON array, one object a finding; lines and columns count from 1, ends are exclusive."""
    return json.dumps([_finding(diagnostic) for diagnostic in diagnostics], indent=2, ensure_ascii=False)


def _finding(diagnostic: Diagnostic) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "headline": diagnostic.headline,
        **_place(diagnostic.place),
        "label": diagnostic.label,
        "labels": [{**_place(label.place), "text": label.text} for label in diagnostic.labels],
        "help": diagnostic.help,
        "replacement": diagnostic.replacement,
        "acknowledged": diagnostic.acknowledged,
    }


def _place(place: Place) -> dict[str, Any]:
    start, end = place.span.start, place.span.end
    return {
        "path": place.path,
        "line": start.line,
        "column": start.column,
        "end_line": end.line,
        "end_column": end.column,
    }
