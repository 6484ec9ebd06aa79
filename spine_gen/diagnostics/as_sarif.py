"""Diagnostics as SARIF 2.1.0, for code-scanning services."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from spine_gen.diagnostics.codes import CODES
from spine_gen.diagnostics.diagnostic import Diagnostic, Place


def as_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """One SARIF log with one run; its rules are the codes that occur, sorted."""
    diagnostics = tuple(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "spine-gen", "rules": [_rule(code) for code in codes]}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(diagnostic, codes) for diagnostic in diagnostics],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    return {"id": code, "shortDescription": {"text": CODES[code].title}}


def _result(diagnostic: Diagnostic, codes: list[str]) -> dict[str, Any]:
    message = diagnostic.headline + (f"\n{diagnostic.help}" if diagnostic.help else "")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity,
        "message": {"text": message},
        "locations": [_location(diagnostic.place, diagnostic.label)],
    }
    if diagnostic.labels:
        result["relatedLocations"] = [_location(label.place, label.text) for label in diagnostic.labels]
    return result


def _location(place: Place, text: str | None) -> dict[str, Any]:
    start, end = place.span.start, place.span.end
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": quote(place.path)},
            "region": {
                "startLine": start.line,
                "startColumn": start.column,
                "endLine": end.line,
                "endColumn": end.column,
            },
        }
    }
    if text:
        location["message"] = {"text": text}
    return location
