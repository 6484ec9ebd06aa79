"""Changes with the place in a file where each is to be seen: what the formats show."""

from dataclasses import dataclass

from spine_gen.breaking.change import Change
from spine_gen.breaking.kinds import JUDGEMENTS
from spine_gen.diagnostics import Place
from spine_gen.source import Document, Mapping, Node, Sequence, Span
from spine_gen.source.position import START


@dataclass(frozen=True, kw_only=True)
class PlacedChange:
    """A change, and where."""

    change: Change
    place: Place


def in_places(changes: tuple[Change, ...], path: str, document: Document | None) -> tuple[PlacedChange, ...]:
    """The changes in a newer spec, the gravest first; without a document, of a spec that is gone."""
    told = (
        PlacedChange(change=each, place=Place(path=path, span=_span(document, each.at))) for each in changes
    )
    return tuple(sorted(told, key=lambda each: JUDGEMENTS.index(each.change.judgement)))


def _span(document: Document | None, at: tuple[str, ...]) -> Span:
    """The key at the end of a path, or the last one on the way that is there."""
    if document is None:
        return START
    node: Node = document.root
    span = START
    for name in at:
        if isinstance(node, Mapping) and (entry := node.entry(name)):
            node, span = entry.value, entry.key.span
        elif isinstance(node, Sequence) and name.isdigit() and int(name) < len(node.items):
            node = node.items[int(name)]
            span = node.span
        else:
            break
    return span
