"""Diagnostics as SARIF 2.1.0, for code-scanning services."""

import json
from collections import Counter
from collections.abc import Iterable
from hashlib import sha256
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from spine_gen.diagnostics.codes import CODES, explain
from spine_gen.diagnostics.diagnostic import Diagnostic, Place

_FINGERPRINT = "spineGenFinding/v1"


def as_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """One SARIF log with one run; its rules are the codes that occur, sorted."""
    diagnostics = tuple(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    driver = {"name": "spine-gen", "version": version("spine-gen"), "rules": [_rule(code) for code in codes]}
    seen: Counter[tuple[str, ...]] = Counter()
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(diagnostic, codes, seen) for diagnostic in diagnostics],
            }
        ],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _rule(code: str) -> dict[str, Any]:
    explained = explain(code).strip()
    return {
        "id": code,
        "shortDescription": {"text": CODES[code].title},
        "help": {"text": explained, "markdown": explained},
        "defaultConfiguration": {"level": CODES[code].severity},
    }


def _result(diagnostic: Diagnostic, codes: list[str], seen: Counter[tuple[str, ...]]) -> dict[str, Any]:
    message = diagnostic.headline + (f"\n{diagnostic.help}" if diagnostic.help else "")
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": codes.index(diagnostic.code),
        "level": diagnostic.severity,
        "message": {"text": message},
        "locations": [_location(diagnostic.place, diagnostic.label)],
        "partialFingerprints": {_FINGERPRINT: _fingerprint(diagnostic, seen)},
    }
    if diagnostic.labels:
        result["relatedLocations"] = [_location(label.place, label.text) for label in diagnostic.labels]
    if diagnostic.replacement is not None:
        result["fixes"] = [_fix(diagnostic.place, diagnostic.replacement)]
    if diagnostic.acknowledged is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": diagnostic.acknowledged}]
    return result


def _fingerprint(diagnostic: Diagnostic, seen: Counter[tuple[str, ...]]) -> str:
    """The same wherever in its file a finding stands: what it says, and the how many-th that says so."""
    said = (diagnostic.code, diagnostic.place.path, diagnostic.headline)
    seen[said] += 1
    return sha256("\0".join((*said, str(seen[said]))).encode()).hexdigest()


def _fix(place: Place, replacement: str) -> dict[str, Any]:
    changed = {
        "artifactLocation": {"uri": quote(place.path)},
        "replacements": [{"deletedRegion": _region(place), "insertedContent": {"text": replacement}}],
    }
    return {"description": {"text": f"Write {replacement}"}, "artifactChanges": [changed]}


def _location(place: Place, text: str | None) -> dict[str, Any]:
    location: dict[str, Any] = {
        "physicalLocation": {"artifactLocation": {"uri": quote(place.path)}, "region": _region(place)}
    }
    if text:
        location["message"] = {"text": text}
    return location


def _region(place: Place) -> dict[str, int]:
    start, end = place.span.start, place.span.end
    return {
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    }
