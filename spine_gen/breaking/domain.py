"""What changes about a domain as a whole: its name, partitions, tiers and anomaly codes."""

from collections.abc import Iterator

from spine_gen.breaking.change import Change, described, instead, listed, renamed
from spine_gen.breaking.pairs import Pairs
from spine_gen.spec.language import Anomaly, Calendar, ChangeKind, Dimension, Spec, Tier

SEVERITIES = ("INFO", "WARNING", "ERROR")
_FIRST, _LAST = "", "~"  # before and after every key: where no bound is given


def domain_changes(before: Spec, after: Spec) -> Iterator[Change]:
    """Its name, owner and description."""
    yield from renamed("renamed-domain", "domain", before.domain, after.domain, ("domain",))
    if before.owner != after.owner:
        said = f"the owner of {before.domain} is"
        yield instead("changed-owner", before.domain, said, ("owner",), (before.owner, after.owner))
    yield from described("domain", before.domain, before.description, after.description, ())


def partition_changes(dimensions: Pairs[Dimension], after: tuple[Dimension, ...]) -> Iterator[Change]:
    """Partition keys are stored as text: their form is a contract with every query that names one."""
    for item in dimensions.gone:
        message = f"partition keys have no {item.name} any more"
        yield Change(kind="removed-dimension", subject=item.name, message=message, at=("partitions",))
    for old, new in dimensions.both:
        at = ("partitions", new.name)
        yield from renamed("renamed-dimension", "partition dimension", old.name, new.name, at)
        if old.type != new.type:
            said = f"keys of partition dimension {old.name} are of type"
            yield instead("retyped-dimension", old.name, said, (*at, "type"), (old.type, new.type))
        else:
            yield from _bounds(old, new, at)
            yield from _values(old, new, at)
            yield from _calendar(old, new, (*at, "calendar"))
    for item in dimensions.come:
        message = f"partition keys have a {item.name}"
        yield Change(kind="added-dimension", subject=item.name, message=message, at=("partitions", item.name))
    if dimensions.reordered:
        order = listed(tuple(new.name for new in after if new not in dimensions.come))
        message = f"partition keys have their parts in another order: {order}"
        yield Change(kind="reordered-dimensions", subject="partitions", message=message, at=("partitions",))


def _bounds(before: Dimension, after: Dimension, at: tuple[str, ...]) -> Iterator[Change]:
    if before.start != after.start:
        later = (after.start or _FIRST) > (before.start or _FIRST)
        kind: ChangeKind = "later-start" if later else "earlier-start"
        said = f"partition dimension {before.name} starts at"
        yield instead(kind, before.name, said, (*at, "start"), (before.start, after.start))
    if before.end != after.end:
        later = (after.end or _LAST) > (before.end or _LAST)
        kind = "later-end" if later else "earlier-end"
        said = f"partition dimension {before.name} ends at"
        yield instead(kind, before.name, said, (*at, "end"), (before.end, after.end))


def _values(before: Dimension, after: Dimension, at: tuple[str, ...]) -> Iterator[Change]:
    name, at = before.name, (*at, "values")
    for value in before.values:
        if value not in after.values:
            message = f"partition dimension {name} has no value {value} any more"
            yield Change(kind="removed-value", subject=f"{name}.{value}", message=message, at=at)
    for value in after.values:
        if value not in before.values:
            message = f"partition dimension {name} has the value {value} too"
            yield Change(kind="added-value", subject=f"{name}.{value}", message=message, at=at)
    stay = tuple(value for value in before.values if value in after.values)
    if stay != (order := tuple(value for value in after.values if value in before.values)):
        said = f"the values of partition dimension {name} are in the order"
        yield instead("reordered-values", name, said, at, (listed(stay), listed(order)))
    if before.pattern != after.pattern:
        said = f"values of partition dimension {name} match"
        yield instead("changed-pattern", name, said, (*at[:-1], "pattern"), (before.pattern, after.pattern))


def _calendar(before: Dimension, after: Dimension, at: tuple[str, ...]) -> Iterator[Change]:
    name, old, new = before.name, before.calendar, after.calendar
    if old is None or new is None:
        if old is not None:
            message = f"partition dimension {name} is of every day, and no more by calendar {_days_of(old)}"
            yield Change(kind="removed-calendar", subject=name, message=message, at=at[:-1])
        if new is not None:
            message = f"partition dimension {name} is of the days of calendar {_days_of(new)} only"
            yield Change(kind="added-calendar", subject=name, message=message, at=at)
        return
    if _days_of(old) != _days_of(new):
        said = f"partition dimension {name} is by the calendar"
        yield instead("changed-calendar", name, said, at, (_days_of(old), _days_of(new)))
    last = old.through or before.end or _LAST, new.through or after.end or _LAST
    if old.through != new.through and last[0] != last[1]:  # otherwise it is the dimension that ends elsewhere
        kind: ChangeKind = "extended-calendar" if last[0] < last[1] else "shortened-calendar"
        yield instead(kind, name, f"the calendar of {name} is known through", at, last)


def _days_of(calendar: Calendar) -> str:
    if calendar.exchange is not None:
        return calendar.exchange
    weekend = f" with weekends of {', '.join(calendar.weekend)}" if calendar.weekend else ""
    return f"{calendar.holidays}{weekend}"


def tier_changes(tiers: Pairs[Tier]) -> Iterator[Change]:
    """The tiers' names; a stage that is of another one is a change of its own."""
    for item in tiers.gone:
        yield Change(
            kind="removed-tier", subject=item.name, message=f"tier {item.name} is gone", at=("tiers",)
        )
    for old, new in tiers.both:
        yield from renamed("renamed-tier", "tier", old.name, new.name, ("tiers", new.name))
    for item in tiers.come:
        message = f"tier {item.name} is new"
        yield Change(kind="added-tier", subject=item.name, message=message, at=("tiers", item.name))
    if tiers.reordered:
        message = "the tiers are in another order"
        yield Change(kind="reordered-tiers", subject="tiers", message=message, at=("tiers",))


def code_changes(codes: Pairs[Anomaly]) -> Iterator[Change]:
    """The anomaly codes, their severities and descriptions."""
    for item in codes.gone:
        message = f"anomaly code {item.code} is gone"
        yield Change(kind="removed-code", subject=item.code, message=message, at=("anomalies",))
    for old, new in codes.both:
        at = ("anomalies", new.code)
        yield from renamed("renamed-code", "anomaly code", old.code, new.code, at)
        if old.severity != new.severity:
            raised = SEVERITIES.index(new.severity) > SEVERITIES.index(old.severity)
            kind: ChangeKind = "raised-severity" if raised else "lowered-severity"
            said = f"anomaly code {old.code} has severity"
            yield instead(kind, old.code, said, (*at, "severity"), (old.severity, new.severity))
        if old.stored != new.stored:
            more = new.stored is None or (old.stored is not None and new.stored > old.stored)
            kind = "more-stored" if more else "fewer-stored"
            said = f"of the anomalies {old.code} of a capture there are stored"
            numbers = ["all" if one is None else one for one in (old.stored, new.stored)]
            yield instead(kind, old.code, said, (*at, "stored"), (numbers[0], numbers[1]))
        yield from described("anomaly code", old.code, old.description, new.description, at)
    for item in codes.come:
        message = f"anomaly code {item.code} is new"
        yield Change(kind="added-code", subject=item.code, message=message, at=("anomalies", item.code))
