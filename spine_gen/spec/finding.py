"""How the spec phase makes a diagnostic."""

from collections.abc import Iterable

from spine_gen.diagnostics import Advice, Diagnostic, Label, Place
from spine_gen.diagnostics.diagnostic import Severity
from spine_gen.source import Span


def finding(
    path: str,
    code: str,
    span: Span,
    headline: str,
    *,
    severity: Severity = "error",
    label: str | None = None,
    also: Iterable[tuple[Span, str]] = (),
    help: str | None = None,
) -> Diagnostic:
    """A diagnostic in one file; `also` are further places in the same file."""
    return Diagnostic(
        code=code,
        severity=severity,
        headline=headline,
        place=Place(path=path, span=span),
        label=label,
        labels=tuple(Label(place=Place(path=path, span=where), text=text) for where, text in also),
        help=None if help is None else str(help),
        replacement=help.instead_of(span) if isinstance(help, Advice) else None,
    )
