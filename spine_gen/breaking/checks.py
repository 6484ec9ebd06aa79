"""What changes about checks: what they keep out, record or let through."""

from collections.abc import Iterator

from spine.core.sql_tokens import joined_tokens
from spine_gen.breaking.change import Change, instead
from spine_gen.breaking.pairs import Pairs
from spine_gen.spec.language import Anomaly, ChangeKind, Check, Stage

STRICTNESS = ("record", "drop", "fail")
_KINDS: dict[bool, ChangeKind] = {True: "weakened-check", False: "strengthened-check"}


def check_changes(stages: Pairs[Stage], codes: Pairs[Anomaly]) -> Iterator[Change]:
    """Those of every stage that is in both specs."""
    for before, after in stages.both:
        yield from _stage(before, after, codes, ("stages", after.name, "checks"))


def _stage(before: Stage, after: Stage, codes: Pairs[Anomaly], at: tuple[str, ...]) -> Iterator[Change]:
    same = _same(before.checks, after.checks, codes)
    for place, old in enumerate(before.checks):
        subject = f"{before.name}.{old.code}"
        if place in same:
            now = same[place]
            yield from _check(subject, old, after.checks[now], (*at, str(now)))
        else:
            message = f"check {subject} is gone: nothing looks for {old.looks_for}"
            yield Change(kind="removed-check", subject=subject, message=message, at=at, before=old.effect)
    for now, new in enumerate(after.checks):
        if now not in same.values():
            message = f"check {before.name}.{new.code} is new: {new.effect} where {new.looks_for}"
            yield Change(
                kind="added-check",
                subject=f"{before.name}.{new.code}",
                message=message,
                at=(*at, str(now)),
                after=new.effect,
            )


def _same(before: tuple[Check, ...], after: tuple[Check, ...], codes: Pairs[Anomaly]) -> dict[int, int]:
    """The places of the checks that are in both: by code and condition first, then by code alone."""
    same: dict[int, int] = {}
    for alike in (_tokens, _any):
        for place, old in enumerate(before):
            for now, new in enumerate(after):
                fits = codes.now(old.code) == new.code and alike(old) == alike(new)
                if fits and place not in same and now not in same.values():
                    same[place] = now
    return same


def _check(subject: str, before: Check, after: Check, at: tuple[str, ...]) -> Iterator[Change]:
    if before.effect != after.effect:
        weaker = STRICTNESS.index(after.effect) < STRICTNESS.index(before.effect)
        said = f"check {subject} has the action"
        yield instead(_KINDS[weaker], subject, said, (*at, "action"), (before.effect, after.effect))
    elif before.max_rate != after.max_rate:
        weaker = _rate(after) > _rate(before)
        said = f"check {subject} fails the stage past a rate of"
        yield instead(_KINDS[weaker], subject, said, (*at, "max_rate"), (before.max_rate, after.max_rate))
    if _tokens(before) != _tokens(after):
        said = f"check {subject} looks for"
        values = before.looks_for, after.looks_for
        yield instead("changed-condition", subject, said, (*at, after.kind), values)


def _rate(check: Check) -> float:
    """The share of rows that it may find; all of them where nothing is said."""
    return 1.0 if check.max_rate is None else check.max_rate


def _tokens(check: Check) -> tuple[str, ...]:
    """What it looks for, but for how that is written."""
    sql = check.when or check.having
    if sql is None:
        return check.kind, check.looks_for
    return check.kind, joined_tokens(sql.sqlite, "sqlite"), joined_tokens(sql.postgresql)


def _any(_: Check) -> tuple[str, ...]:
    return ()
