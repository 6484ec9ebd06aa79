"""Diagnostics as GitHub workflow commands, which show as annotations in a pull request."""

from collections.abc import Iterable

from spine_gen.diagnostics.diagnostic import Diagnostic, Place

_TEXT = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_PROPERTY = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A", ":": "%3A", ",": "%2C"})


def as_github(diagnostics: Iterable[Diagnostic]) -> str:
    """One workflow command a line; none for what the spec acknowledges."""
    return "\n".join(_command(diagnostic) for diagnostic in diagnostics if not diagnostic.acknowledged)


def _command(diagnostic: Diagnostic) -> str:
    parts = (diagnostic.headline, *(label.text for label in diagnostic.labels), diagnostic.help)
    message = "\n".join(part for part in parts if part)
    return command(diagnostic.severity, diagnostic.place, diagnostic.code, message)


def command(level: str, place: Place, title: str, message: str) -> str:
    """One workflow command: `level` is error, warning or notice."""
    start, end = place.span.start, place.span.end
    properties = {
        "file": place.path,
        "line": start.line,
        "endLine": end.line,
        "col": start.column,
        "endColumn": max(end.column - 1, 1),
        "title": title,
    }
    if end.line != start.line:  # GitHub takes columns only within one line
        del properties["col"], properties["endColumn"]
    listed = ",".join(f"{name}={str(value).translate(_PROPERTY)}" for name, value in properties.items())
    return f"::{level} {listed}::{message.translate(_TEXT)}"
