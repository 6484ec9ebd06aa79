"""A document whose parts stand where they belong, where only the indentation is wrong or a key is left out.

So that one slip is one finding: what was moved is judged, and read, as if it had stood there.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from spine_gen.diagnostics import Diagnostic
from spine_gen.source import Document, Entry, Mapping, Node, Scalar
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Written
from spine_gen.spec.shape_places import in_words
from spine_gen.spec.shape_problems import misplaced

_MOST_NAMES = 4  # in a message


def straightened(document: Document) -> tuple[Document, tuple[Diagnostic, ...]]:
    """The document with everything in its place, and a finding for whatever was moved together."""
    if not isinstance(document.root, Mapping):
        return document, ()
    mover = _Mover(document.path)
    root = mover.node(document.root, Draft, ())
    return replace(document, root=root), tuple(mover.findings)


@dataclass(slots=True)
class _Mover:
    """Moves entries, from the outermost mapping inwards."""

    path: str
    findings: list[Diagnostic] = field(default_factory=list)

    def node(self, mapping: Mapping, cls: type[Written], at: tuple[str, ...]) -> Mapping:
        """A mapping with the fields of one node."""
        entries = {entry.name: entry for entry in mapping}
        for key in cls.PARTS:
            self._lift(entries, key, cls)
        for key in cls.PARTS:
            self._head(entries, key, cls, at)
            self._lower(entries, key, cls, at)
        for key, part in cls.PARTS.items():
            if (entry := entries.get(key)) and isinstance(entry.value, Mapping):
                inner = self.named if part.NAME else self.node
                entries[key] = replace(entry, value=inner(entry.value, part, (*at, key)))
        return _with(mapping, entries.values())

    def named(self, mapping: Mapping, cls: type[Written], at: tuple[str, ...]) -> Mapping:
        """A mapping of nodes by name: a part that stands among them belongs to the one before it."""
        kept: list[Entry] = []
        moved: dict[str, list[Entry]] = {}
        for entry in mapping:
            # a scalar behind a whole node may be a node written short: a column called "type"
            short = isinstance(entry.value, Scalar) and kept and isinstance(kept[-1].value, Mapping)
            if kept and not short and _is_part(entry, cls) and _takes(kept[-1], entry):
                moved.setdefault(kept[-1].name, []).append(entry)
            else:
                kept.append(entry)
        for index, entry in enumerate(kept):
            if parts := moved.get(entry.name):
                self._beside(entry, parts, in_words((*at, entry.name)))
                kept[index] = _filled(entry, parts)
        return _with(
            mapping,
            (
                replace(entry, value=self.node(entry.value, cls, (*at, entry.name)))
                if isinstance(entry.value, Mapping)
                else entry
                for entry in kept
            ),
        )

    def _lift(self, entries: dict[str, Entry], key: str, cls: type[Written]) -> None:
        """What stands below a part but belongs beside it."""
        columns = {entry.key.span.start.column for entry in entries.values()}
        for inner in _strangers(entries.get(key), cls.PARTS[key]):
            if inner.name not in cls.FIELDS or inner.name in entries:
                continue
            if inner.key.span.start.column not in columns:  # else the part above it is what stands wrong
                headline = f'"{inner.name}" stands below "{key}", not beside it'
                self._add(inner, headline, ((entries[key].key, "beside this"),), "indent it less")
            entries[key] = _without(entries[key], [inner])
            entries[inner.name] = inner

    def _head(self, entries: dict[str, Entry], key: str, cls: type[Written], at: tuple[str, ...]) -> None:
        """What stands below another part, because the key that it belongs to is left out."""
        for other, owner in cls.PARTS.items():
            if key in entries:
                return
            strange = [
                item for item in _strangers(entries.get(other), owner) if _belongs(item, cls.PARTS[key])
            ]
            if strange:
                what = f'{_listed(strange)} {_stand(strange)} below "{other}"'
                headline = f'{in_words(at)} has no "{key}": {what}'
                self._add(strange[0], headline, (), f"put `{key}:` above {_them(strange)}")
                entries[other] = _without(entries[other], strange)
                entries[key] = _new(key, strange)

    def _lower(self, entries: dict[str, Entry], key: str, cls: type[Written], at: tuple[str, ...]) -> None:
        """What stands beside a part but belongs below it."""
        owner, unknown = entries.get(key), [item for item in entries.values() if item.name not in cls.FIELDS]
        strange = [
            item
            for item in unknown
            if _belongs(item, cls.PARTS[key]) and (owner is None or _takes(owner, item))
        ]
        if not strange:
            return
        for item in strange:
            del entries[item.name]
        if owner is not None:
            self._beside(owner, strange, in_words((*at, key)))
            entries[key] = _filled(owner, strange)
            return
        headline = f'{in_words(at)} has no "{key}": {_listed(strange)} {_stand(strange)} without it'
        advice = f"put `{key}:` above {_them(strange)}, and indent {_them(strange)} below it"
        self._add(strange[0], headline, (), advice)
        entries[key] = _new(key, strange)

    def _beside(self, owner: Entry, parts: list[Entry], words: str) -> None:
        advice = f"indent {_them(parts)} further"
        if isinstance(owner.value, Mapping):
            headline = f"{_listed(parts)} {_stand(parts)} beside {words}, not below it"
            self._add(parts[0], headline, ((owner.key, "below this"),), advice)
        else:
            headline = f"{words} is empty: {_listed(parts)} {_stand(parts)} beside it, not below it"
            self._add(owner, headline, ((parts[0].key, "this belongs to it"),), advice)

    def _add(self, entry: Entry, headline: str, also: tuple[tuple[Scalar, str], ...], advice: str) -> None:
        places = tuple((key.span, text) for key, text in also)
        self.findings.append(misplaced(self.path, entry.key.span, headline, places, advice))


def _is_part(entry: Entry, cls: type[Written]) -> bool:
    """Whether what stands among such nodes is a part of one."""
    return entry.name in cls.FIELDS and not _fits(entry.value, cls)


def _strangers(owner: Entry | None, cls: type[Written]) -> list[Entry]:
    """What stands below a key and is no part of its node, or does not look like one of its nodes."""
    if owner is None or not isinstance(owner.value, Mapping):
        return []
    if cls.NAME is None:
        return [entry for entry in owner.value if entry.name not in cls.FIELDS]
    return [item for item in owner.value if not isinstance(item.value, Scalar) and not _fits(item.value, cls)]


def _belongs(entry: Entry, part: type[Written]) -> bool:
    return _fits(entry.value, part) if part.NAME else entry.name in part.FIELDS


def _fits(node: Node, cls: type[Written]) -> bool:
    """Whether it looks like such a node: a mapping of which most keys are the node's."""
    if not isinstance(node, Mapping) or not node.entries:
        return False
    known = sum(entry.name in cls.FIELDS for entry in node)
    return 2 * known >= len(node.entries)


def _takes(owner: Entry, entry: Entry) -> bool:
    """Whether an entry may have been meant to stand below another."""
    if isinstance(owner.value, Mapping):
        return owner.value.entry(entry.name) is None
    return isinstance(owner.value, Scalar) and owner.value.value is None


def _with(mapping: Mapping, entries: Iterable[Entry]) -> Mapping:
    return replace(mapping, by_name=_by_name(entries))


def _without(owner: Entry, parts: list[Entry]) -> Entry:
    assert isinstance(owner.value, Mapping)
    return replace(owner, value=_with(owner.value, (entry for entry in owner.value if entry not in parts)))


def _filled(owner: Entry, parts: list[Entry]) -> Entry:
    own = owner.value.entries if isinstance(owner.value, Mapping) else ()
    return replace(owner, value=_mapping((*own, *parts)))


def _new(key: str, parts: list[Entry]) -> Entry:
    """An entry for a key that is left out; its place is where it should be."""
    return Entry(key=replace(parts[0].key, value=key, text=key), value=_mapping(parts))


def _mapping(entries: Sequence[Entry]) -> Mapping:
    first, last = entries[0].key, entries[-1].value
    by_name = _by_name(entries)
    return Mapping(by_name=by_name, lines=first.lines, start=first.start, end=max(first.end, last.end))


def _by_name(entries: Iterable[Entry]) -> dict[str, Entry]:
    return {entry.name: entry for entry in entries}


def _listed(parts: list[Entry]) -> str:
    names = [f'"{entry.name}"' for entry in parts]
    if len(names) > _MOST_NAMES:
        names[_MOST_NAMES - 1 :] = [f"{len(names) - _MOST_NAMES + 1} more"]
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _stand(parts: list[Entry]) -> str:
    return "stands" if len(parts) == 1 else "stand"


def _them(parts: list[Entry]) -> str:
    return "it" if len(parts) == 1 else "them"
