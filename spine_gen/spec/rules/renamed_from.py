"""A thing has one earlier name, and an earlier name became one thing.

What: `renamed_from` is the name that the thing still has, is given twice, or leads in a circle.
Why: rows, captures and anomalies go from the one name to the other; they cannot go to two, and where two
names change places at once no step could be the first.

Bad:

    columns:
      volume: {type: integer, renamed_from: shares}
      traded: {type: integer, renamed_from: shares}

Good:

    columns:
      volume: {type: integer, renamed_from: shares}
      traded: {type: integer, nullable: true}
"""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG345", "an earlier name that cannot be", explanation=__doc__)

_Renamed: TypeAlias = Iterable[tuple[Word | None, Word | None]]  # a name, and what it was called before


def check(draft: Draft) -> Iterator[Diagnostic]:
    tables = [stage.table for stage in draft.stages if stage.table]
    groups: tuple[_Renamed, ...] = (
        ((draft.domain, draft.renamed_from),),
        ((item.name, item.renamed_from) for item in draft.tiers),
        ((item.name, item.renamed_from) for item in draft.partitions),
        ((item.code, item.renamed_from) for item in draft.anomalies),
        ((item.name, item.renamed_from) for item in draft.stages),
        ((item.name, item.renamed_from) for item in draft.workflows),
        ((item.name, item.renamed_from) for item in tables),
        *(((item.name, item.renamed_from) for item in table.columns) for table in tables),
    )
    for group in groups:
        yield from _check(draft, [(name, old) for name, old in group if name and old])


def _check(draft: Draft, renamed: list[tuple[Word, Word]]) -> Iterator[Diagnostic]:
    first: dict[str, Word] = {}
    before = {name.value: old.value for name, old in renamed}
    for name, old in renamed:
        if old.value == name.value:
            headline = f'"{name.value}" is renamed from the name that it has'
            yield draft.finding(CODE, old.span, headline, help="give the earlier name, or remove the key")
        elif old.value in first:
            yield draft.finding(
                CODE,
                old.span,
                f'"{old.value}" cannot have become two things',
                also=((first[old.value].span, "the first"),),
                help="keep the one that it is called now, and declare the other as new",
            )
        elif _leads_back(name.value, before):
            yield draft.finding(
                CODE,
                old.span,
                f'"{name.value}" and "{old.value}" change places',
                help="rename one to a third name, build, and rename it again in the next change",
            )
        first.setdefault(old.value, old)


def _leads_back(name: str, before: dict[str, str]) -> bool:
    """Whether earlier names lead from a name to that name again."""
    at, seen = before.get(name), {name}
    while at is not None and at not in seen:
        seen.add(at)
        at = before.get(at)
    return at == name
