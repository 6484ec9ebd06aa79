"""Changes as text, as data, as annotations of a pull request, and as SARIF."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from spine_gen.breaking.kinds import JUDGEMENTS, KINDS, Judgement
from spine_gen.breaking.placed import PlacedChange
from spine_gen.diagnostics.as_github import command
from spine_gen.diagnostics.as_sarif import FINGERPRINT, fingerprint, location, sarif_log

_GITHUB: dict[Judgement, str] = {"breaking": "error", "dangerous": "warning", "safe": "notice"}
_SARIF: dict[Judgement, str] = {"breaking": "error", "dangerous": "warning", "safe": "note"}


def as_text(told: Iterable[PlacedChange]) -> str:
    """A line for each that is not ignored."""
    return "".join(
        f"{each.place.path}:{each.place.span.start.line}: {each.change.judgement}: "
        f"{each.change.kind}: {each.change.message}\n"
        for each in told
        if each.change.ignored is None
    )


def as_data(told: Iterable[PlacedChange]) -> list[dict[str, Any]]:
    """All of them, as plain data."""
    return [
        {
            "kind": each.change.kind,
            "judgement": each.change.judgement,
            "subject": each.change.subject,
            "message": each.change.message,
            "before": each.change.before,
            "after": each.change.after,
            "path": each.place.path,
            "line": each.place.span.start.line,
            "ignored": each.change.ignored,
        }
        for each in told
    ]


def as_github(told: Iterable[PlacedChange]) -> str:
    """A workflow command for each that is not ignored."""
    return "".join(
        f"{command(_GITHUB[each.change.judgement], each.place, each.change.kind, each.change.message)}\n"
        for each in told
        if each.change.ignored is None
    )


def as_sarif(told: Sequence[PlacedChange]) -> str:
    """A log whose rules are the kinds that occur; those that are ignored are suppressed."""
    kinds = [kind for kind in KINDS if any(each.change.kind == kind for each in told)]
    rules = [
        {
            "id": kind,
            "shortDescription": {"text": KINDS[kind].meaning},
            "defaultConfiguration": {"level": _SARIF[KINDS[kind].judgement]},
        }
        for kind in kinds
    ]
    seen: Counter[tuple[str, ...]] = Counter()
    return sarif_log(rules, [_result(each, kinds, seen) for each in told])


def summary(told: Sequence[PlacedChange], against: str) -> str:
    """How many there are of each judgement; then the ignored ones, each with its reason."""
    counted = Counter(each.change.judgement for each in told if each.change.ignored is None)
    counts = ", ".join(f"{counted[judgement]} {judgement}" for judgement in JUDGEMENTS)
    return "\n".join((f"changes since {against}: {counts}", *_ignored(told)))


def _ignored(told: Iterable[PlacedChange]) -> Iterator[str]:
    for each in told:
        if each.change.ignored is not None:
            yield f"ignored: {each.change.kind} of {each.change.subject}: {each.change.ignored}"


def _result(each: PlacedChange, kinds: Sequence[str], seen: Counter[tuple[str, ...]]) -> dict[str, Any]:
    change, place = each.change, each.place
    result: dict[str, Any] = {
        "ruleId": change.kind,
        "ruleIndex": kinds.index(change.kind),
        "level": _SARIF[change.judgement],
        "message": {"text": change.message},
        "locations": [location(place)],
        "partialFingerprints": {FINGERPRINT: fingerprint(change.kind, place.path, change.message, seen)},
    }
    if change.ignored is not None:
        result["suppressions"] = [{"kind": "inSource", "justification": change.ignored}]
    return result
