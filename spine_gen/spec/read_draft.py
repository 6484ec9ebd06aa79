"""Located document to draft to model, by the declarations of the language.

Reading is lenient, because the shape check reports it all: what is empty or of the wrong type is left out,
and a misspelt key is read as the one that was meant.
"""

import dataclasses
from collections import abc
from collections.abc import Callable
from decimal import Decimal
from functools import cache
from types import UnionType
from typing import Any, Literal, TypeAlias, TypeVar, Union, get_args, get_origin

from spine_gen.source import Document, Entry, Mapping, Node, Scalar, Sequence
from spine_gen.spec.language import Draft, Spec
from spine_gen.spec.misspelt_keys import meant_keys
from spine_gen.spec.node import (
    AnyText,
    AsWritten,
    Constant,
    Filled,
    Located,
    LocatedData,
    Word,
    Written,
    data_of,
)

_MOST_BITS = 1000  # of an integer that is surely a float
_W = TypeVar("_W", bound=Written)
_Reader: TypeAlias = Callable[[Entry], tuple[Any, bool]]  # the value, and whether that is all of it
_Leaf: TypeAlias = Callable[[Node], Located[Any] | None]


def read_draft(document: Document) -> Draft:
    """The draft of a document of any shape."""
    draft = _read(Draft, document.root, document.root)
    vars(draft).update(path=document.path)
    return draft


def to_spec(draft: Draft) -> Spec:
    """The model of a draft in which nothing is wrong, with those of the domains that its inputs name."""
    spec = _plain(draft)
    assert isinstance(spec, Spec)
    homes = {item.place[0]: draft.home(item) for stage in draft.stages for item in stage.inputs}
    others = {
        domain: _plain(home) for domain, home in homes.items() if home is not None and home is not draft
    }
    vars(spec).update(others=others)
    return spec


def _plain(value: Any) -> Any:
    """A draft's value without places; what is left out takes the declaration's default."""
    match value:
        case Located() | LocatedData():
            return value.value
        case tuple():
            return tuple(_plain(item) for item in value)
        case Written():
            declared: Any = type(value)
            return value.valid(
                **{
                    name: _plain(part)
                    for name, needed in _needed(declared)
                    if (part := getattr(value, name)) is not None or needed
                }
            )
    return value


@cache
def _needed(cls: type[Written]) -> tuple[tuple[str, bool], ...]:
    """Every field, and whether it has no default."""
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    return tuple((item.name, item.default is dataclasses.MISSING) for item in fields)


def _read(cls: type[_W], node: Node, head: Node, name: Word | None = None) -> _W:
    """A node of that class, as far as it can be read."""
    entries = _entries(node, cls.FIELDS)
    values: dict[str, Any] = {} if cls.NAME is None else {cls.NAME: name}
    partly = set()
    declared: Any = cls
    for field, absent, read in _readers(declared):
        entry = entries.get(field)
        values[field], whole = (absent, True) if entry is None else read(entry)
        if not whole:
            partly.add(field)
    draft = cls(**values)
    keys = {field: entry.key for field, entry in entries.items()}
    vars(draft).update(head=head, keys=keys, partly=frozenset(partly))
    return draft


def _entries(node: Node, fields: abc.Mapping[str, str]) -> dict[str, Entry]:
    """By field, the entry under its key or under what most likely stands for that."""
    if not isinstance(node, Mapping):
        return {}
    if node.by_name.keys() <= fields.keys():
        return {fields[key]: entry for key, entry in node.by_name.items()}
    meant = meant_keys(node.by_name, fields)
    found = ((field, node.entry(meant.get(key, key))) for key, field in fields.items())
    return {field: entry for field, entry in found if entry is not None}


@cache
def _readers(cls: type[Written]) -> tuple[tuple[str, Any, _Reader], ...]:
    """Every field but the name, what it has where it is left out, and how it is read."""
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    return tuple((item.name, *_reader(item)) for item in fields if item.name != cls.NAME)


def _reader(item: dataclasses.Field[Any]) -> tuple[Any, _Reader]:
    """By what the field holds in a draft: a flag, a list of values or nodes, a value, or a node."""
    drafted = get_args(item.type)[0]
    if drafted is bool:
        return item.default, lambda entry: (_flag(entry.value, usual=item.default is True), True)
    if get_origin(drafted) is tuple:
        (inner, _) = get_args(drafted)
        if get_origin(inner) is Located:
            leaf, alone = _leaf(inner), "alone" in item.metadata
            return (), lambda entry: _values(entry.value, leaf, alone=alone)
        options = get_args(inner) or (inner,)
        return (), lambda entry: _nodes(entry.value, options)
    (inner, *_) = get_args(drafted) if get_origin(drafted) in (Union, UnionType) else (drafted,)
    if get_origin(inner) is Located:
        leaf = _leaf(inner)
        return None, lambda entry: (leaf(entry.value), True)
    if inner is LocatedData:
        return None, lambda entry: (LocatedData(data_of(entry.value), entry.value), True)
    return None, lambda entry: (_part(entry, inner), True)


def _flag(node: Node, *, usual: bool) -> bool:
    return node.value if isinstance(node, Scalar) and isinstance(node.value, bool) else usual


def _leaf(located: Any) -> _Leaf:
    """How a value of that type is read; None where it is of another."""
    (wanted,) = get_args(located)
    if get_origin(wanted) is Literal:
        wanted = type(get_args(wanted)[0])
    return _LEAVES[wanted]


def _values(node: Node, leaf: _Leaf, *, alone: bool) -> tuple[tuple[Located[Any], ...], bool]:
    items = node.items if isinstance(node, Sequence) else (node,) if alone else ()
    values = tuple(value for item in items if (value := leaf(item)))
    return values, (alone or isinstance(node, Sequence)) and len(values) == len(items)


def _nodes(node: Node, options: tuple[type[Written], ...]) -> tuple[tuple[Written, ...], bool]:
    """A mapping of named nodes, or a list of their names alone; else a list of nodes."""
    one = options[0]
    found: list[Written | None] = []
    match node:
        case Mapping() if one.NAME:
            found = [_named(one, entry) for entry in node]
        case Sequence() if one.NAME:
            found = [_read(one, item, item, word) if (word := _word(item)) else None for item in node.items]
        case Sequence():
            found = [_item(item, options) for item in node.items]
        case _:
            return (), False
    nodes = tuple(item for item in found if item is not None)
    return nodes, len(nodes) == len(found)


def _named(cls: type[Written], entry: Entry) -> Written | None:
    """A node that stands under its name; a value in its place stands for some of its fields."""
    draft = _read(cls, entry.value, entry.key, Located(entry.name, entry.key))
    if cls.TEXT_FOR:
        declared: Any = cls
        value = _leaf_in_place(declared)(entry.value)
        if value is None:
            return None
        vars(draft).update(dict.fromkeys(cls.TEXT_FOR, value))
    return draft


def _item(node: Node, options: tuple[type[Written], ...]) -> Written | None:
    """The one option that the node has the naming key of; of a single option, that."""
    if len(options) == 1:
        return _read(options[0], node, node)
    every = {key: key for option in options for key in option.FIELDS}
    there = {key for key, entry in _entries(node, every).items() if _word(entry.value)}
    fitting = [option for option in options if next(iter(option.FIELDS)) in there]
    return _read(fitting[0], node, node) if len(fitting) == 1 else None


def _part(entry: Entry, cls: type[_W]) -> _W | None:
    """A node of its own; a value in its place stands for some of its fields."""
    if isinstance(entry.value, Mapping):
        return _read(cls, entry.value, entry.key)
    declared: Any = cls
    value = _leaf_in_place(declared)(entry.value) if cls.TEXT_FOR else None
    if value is None:
        return None
    draft = _read(cls, entry.value, entry.key)
    vars(draft).update(dict.fromkeys(cls.TEXT_FOR, value))
    return draft


@cache
def _leaf_in_place(cls: type[Written]) -> _Leaf:
    """How a value in place of the node is read: as the first field that it stands for."""
    declared: Any = cls
    (annotation,) = (item.type for item in dataclasses.fields(declared) if item.name == cls.TEXT_FOR[0])
    located, _ = get_args(get_args(annotation)[0])
    return _leaf(located)


def _word(node: Node) -> Word | None:
    return Located(node.value, node) if isinstance(node, Scalar) and isinstance(node.value, str) else None


def _filled(node: Node) -> Word | None:
    word = _word(node)
    return word if word and word.value else None


def _as_written(node: Node) -> Word | None:
    """Text or a number, as the text that was written: `2025`, `007`."""
    if not isinstance(node, Scalar) or node.value is None or isinstance(node.value, bool):
        return None
    return Located(node.text, node)


def _any_text(node: Node) -> Word | None:
    return Located(node.text, node) if isinstance(node, Scalar) else None


def _integer(node: Node) -> Located[int] | None:
    if isinstance(node, Scalar) and isinstance(node.value, int) and not isinstance(node.value, bool):
        return Located(node.value, node)
    return None


def _number(node: Node) -> Located[float] | None:
    if not isinstance(node, Scalar) or isinstance(node.value, bool):
        return None
    value = node.value
    if isinstance(value, float) or (isinstance(value, int) and value.bit_length() <= _MOST_BITS):
        return Located(float(value), node)
    return None


def _constant(node: Node) -> Located[str | int | bool | Decimal] | None:
    """Text, a boolean, or a number as exact as it was written."""
    if not isinstance(node, Scalar) or node.value is None:
        return None
    return Located(Decimal(node.text) if isinstance(node.value, float) else node.value, node)


_LEAVES: dict[Any, _Leaf] = {
    str: _word,
    Filled: _filled,
    AsWritten: _as_written,
    AnyText: _any_text,
    int: _integer,
    float: _number,
    Constant: _constant,
}
