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

FINGERPRINT = "spineGenFinding/v1"


def as_sarif(diagnostics: Iterable[Diagnostic]) -> str:
    """One SARIF log with one run; its rules are the codes that occur, sorted."""
    diagnostics = tuple(diagnostics)
    codes = sorted({diagnostic.code for diagnostic in diagnostics})
    seen: Counter[tuple[str, ...]] = Counter()
    return sarif_log(
        [_rule(code) for code in codes], [_result(diagnostic, codes, seen) for diagnostic in diagnostics]
    )


def sarif_log(rules: list[dict[str, Any]], results: list[dict[str, Any]]) -> str:
    """The log of one run of spine-gen."""
    driver = {"name": "spine-gen", "version": version("spine-gen"), "rules": rules}
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": results,
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
        "locations": [location(diagnostic.place, diagnostic.label)],
        "partialFingerprints": {
            FINGERPRINT: fingerprint(diagnostic.code, diagnostic.place.path, diagnostic.headline, seen)
        },
    }
    if diagnostic.labels:
        result["relatedLocations"] = [location(label.place, label.text) for label in diagnostic.labels]
    if diagnostic.replacement is not None:
        result["fixes"] = [_fix(diagnostic.place, diagnostic.replacement)]
    if diagnostic.acknowledged is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": diagnostic.acknowledged}]
    return result


def fingerprint(code: str, path: str, headline: str, seen: Counter[tuple[str, ...]]) -> str:
    """The same wherever in its file a finding stands: what it says, and the how many-th that says so."""
    said = (code, path, headline)
    seen[said] += 1
    return sha256("\0".join((*said, str(seen[said]))).encode()).hexdigest()


def _fix(place: Place, replacement: str) -> dict[str, Any]:
    changed = {
        "artifactLocation": {"uri": quote(place.path)},
        "replacements": [{"deletedRegion": _region(place), "insertedContent": {"text": replacement}}],
    }
    return {"description": {"text": f"Write {replacement}"}, "artifactChanges": [changed]}


def location(place: Place, text: str | None = None) -> dict[str, Any]:
    """A place, and what is said there."""
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
