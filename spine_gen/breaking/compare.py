"""All that changes from one spec to the next, a part of the spec after the other."""

from collections.abc import Iterator
from dataclasses import replace

from spine_gen.breaking.change import Change
from spine_gen.breaking.checks import check_changes
from spine_gen.breaking.domain import code_changes, domain_changes, partition_changes, tier_changes
from spine_gen.breaking.pairs import pair
from spine_gen.breaking.stages import stage_changes
from spine_gen.breaking.tables import table_changes
from spine_gen.breaking.workflows import workflow_changes
from spine_gen.spec.language import IgnoredChange, Spec


def find_changes(before: Spec, after: Spec) -> tuple[Change, ...]:
    """Every change, with the newer spec's reason where that says to ignore it."""
    ignored = ignored_changes(after)
    return tuple(_judged(change, ignored) for change in _changes(before, after))


def removed_spec(before: Spec) -> tuple[Change, ...]:
    """What is gone where a spec is."""
    empty = replace(before, stages=(), anomalies=(), workflows=())
    gone = Change(
        kind="removed-domain",
        subject=before.domain,
        message=f"domain {before.domain} is gone, with all that is declared for it",
        at=(),
    )
    return (gone, *_changes(before, empty))


def ignored_changes(spec: Spec) -> tuple[IgnoredChange, ...]:
    """The changes that a spec says to ignore."""
    return spec.breaking.ignore if spec.breaking else ()


def concerns(item: IgnoredChange, change: Change) -> bool:
    """Whether a change is one that is meant."""
    return item.kind == change.kind and item.subject in (None, change.subject)


def _changes(before: Spec, after: Spec) -> Iterator[Change]:
    dimensions = pair(before.partitions, after.partitions, lambda item: (item.name, item.renamed_from))
    tiers = pair(before.tiers, after.tiers, lambda item: (item.name, item.renamed_from))
    codes = pair(before.anomalies, after.anomalies, lambda item: (item.code, item.renamed_from))
    stages = pair(before.stages, after.stages, lambda item: (item.name, item.renamed_from))
    yield from domain_changes(before, after)
    yield from partition_changes(dimensions, after.partitions)
    yield from tier_changes(tiers)
    yield from code_changes(codes)
    yield from stage_changes(stages, tiers, codes)
    yield from check_changes(stages, codes)
    yield from table_changes(before, after, stages)
    yield from workflow_changes(before, after, stages)


def _judged(change: Change, ignored: tuple[IgnoredChange, ...]) -> Change:
    reason = next((item.reason for item in ignored if concerns(item, change)), None)
    return replace(change, ignored=reason)
