"""Warnings that a spec acknowledges with a reason: marks them, and judges the acknowledgements."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from spine_gen.diagnostics import CODES, Diagnostic, did_you_mean
from spine_gen.source import Document, Mapping, Span
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

OWN_CODE = "SG344"
# Of a change: judged where the next revision is planned, and by then only.
OF_CHANGES = ("SG601", "SG603", "SG606", "SG608", "SG609", "SG610")


def acknowledge(draft: Draft, document: Document, found: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """What was found, acknowledged warnings with the reason, and what is wrong with the acknowledgements."""
    failed = any(diagnostic.severity == "error" for diagnostic in found)  # which may hide a warning
    marked = list(found)
    for item in draft.acknowledgements:
        if item.code is None or item.reason is None:
            continue
        place = None if item.at is None else _follow(document, item.at)
        if item.code.value in OF_CHANGES:
            if item.of is None:
                yield impossible(
                    draft,
                    item.code.span,
                    f"{item.code.value} without of",
                    "write of: table, table.column, index or partitions",
                )
        elif item.of is not None:
            headline = f"of: {item.code.value} is about a place in the spec, not about a change"
            yield impossible(draft, item.of.span, headline, "write at, with the keys that lead to it")
        elif item.code.value not in acknowledgeable():
            yield _of_no_warning(draft, item.code)
        elif isinstance(place, _Lost):
            headline = f'at: there is no "{place.name}" in the spec there'
            advice = did_you_mean(place.name, place.others, otherwise="write its key and those above it")
            yield impossible(draft, place.span, headline, advice)
        elif not item.reason.value.strip():
            yield impossible(
                draft, item.reason.span, "reason: nothing is said", "write why it is meant to be so"
            )
        else:
            meant = [at for at, each in enumerate(marked) if _is_meant(each, item.code, place)]
            for at in meant:
                marked[at] = replace(marked[at], acknowledged=item.reason.value)
            if not meant and not failed:
                yield unneeded(draft, item.code, item.at)
    yield from marked


def acknowledgeable() -> tuple[str, ...]:
    """The codes of warnings about what a spec says: those about one build pass with it."""
    return tuple(
        code
        for code, entry in CODES.items()
        if code.startswith("SG3") and entry.severity == "warning" and code != OWN_CODE
    )


def impossible(draft: Draft, span: Span, headline: str, advice: str | None) -> Diagnostic:
    """An acknowledgement is of a warning, at a place that there is.

    What: an item of `acknowledge` has the code of an error, of a warning that passes with one build, or none
    that there is; or its `at` leads nowhere, or its `reason` is blank.
    Why: an error has to be mended, as nothing is built over it; and what is misspelt acknowledges nothing.

    Bad:

        acknowledge:
          - {code: SG314, at: stages.LAOD, reason: "Prices are compared, never added up."}

    Good:

        acknowledge:
          - {code: SG314, at: stages.LOAD.table.columns.price, reason: "Prices are compared, never added up."}
    """
    return draft.finding(CODES["SG343"], span, headline, help=advice)


def unneeded(draft: Draft, code: Word, at: Word | None) -> Diagnostic:
    """An acknowledgement is of something.

    What: nothing in the spec has the warning that an item of `acknowledge` is about. This is a warning.
    Why: it would quietly take the next one of its kind, for which nobody has given a reason.

    Bad: the code is used in a check by now, but the spec still has

        acknowledge:
          - {code: SG324, at: anomalies.BAD_PRICE, reason: The check comes with the new feed.}

    Good: the item removed.
    """
    where = f" at {at.value}" if at is not None else ""
    return draft.finding(
        CODES[OWN_CODE], code.span, f"there is no {code.value}{where} to acknowledge", help="remove it"
    )


def _of_no_warning(draft: Draft, code: Word) -> Diagnostic:
    possible = acknowledgeable()
    known = CODES.get(code.value)
    listed = f"{', '.join((*possible, *OF_CHANGES))} can be acknowledged"
    if known is None:
        advice = did_you_mean(code.value, possible, otherwise=listed)
        return impossible(draft, code.span, f'no finding has the code "{code.value}"', advice)
    if known.severity == "error":
        headline = f"{code.value} is an error, and only warnings can be acknowledged"
        return impossible(draft, code.span, headline, f"mend what is wrong; {listed}")
    headline = f"{code.value} is not about what the spec says, so it cannot be acknowledged there"
    return impossible(draft, code.span, headline, f"remove it; {listed}")


def _is_meant(diagnostic: Diagnostic, code: Word, place: Span | None) -> bool:
    span = diagnostic.place.span
    within = place is None or (place.start <= span.start and span.end <= place.end)
    return diagnostic.code == code.value and within


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lost:
    """The first key of a path that is not there, and those that are."""

    name: str
    span: Span
    others: tuple[str, ...]


def _follow(document: Document, at: Word) -> Span | _Lost:
    """The key at the end of a path, with all that belongs to it."""
    node, span, start = document.root, document.root.span, 0
    for name in at.value.split("."):
        entries = node.entries if isinstance(node, Mapping) else ()
        entry = next((each for each in entries if each.name == name), None)
        if entry is None:
            others = tuple(each.name for each in entries)
            return _Lost(name=name, span=at.within(start, start + len(name)), others=others)
        node, span = entry.value, Span(entry.key.span.start, max(entry.key.span.end, entry.value.span.end))
        start += len(name) + 1
    return span
