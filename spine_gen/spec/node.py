"""How a node of the spec language is declared: its fields once, for both of its forms.

As *written*, every value knows its place, and what is misshapen is left out (None, or an empty tuple); as
*valid*, values are plain, and all that has to be there is. A field gives the one or the other, by the form of
the node that it is asked of:

    @node
    class _Check:
        when: Given[Filled]

    class DraftCheck(_Check, Written): ...  # its `when` is a Word, or None
    class Check(_Check, Valid): ...         # its `when` is a str

At runtime a node is a plain frozen dataclass; what the annotations mean is for type checkers, for the reader
of drafts, and for the test that compares the declarations with the JSON Schema.
"""

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import (
    Annotated,
    Any,
    ClassVar,
    Generic,
    TypeAlias,
    TypeVar,
    dataclass_transform,
    get_args,
    get_origin,
    overload,
)

from spine_gen.source import Mapping as MappingNode
from spine_gen.source import Node, Scalar, Sequence, Span

Data: TypeAlias = Any  # what YAML can say: str, int, Decimal, bool, None, or tuples and dicts of them

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
D = TypeVar("D")
M = TypeVar("M")
C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Located(Generic[T_co]):
    """A value and the scalar that it was written as."""

    value: T_co
    node: Scalar

    @property
    def span(self) -> Span:
        return self.node.span

    def within(self, start: int, end: int) -> Span:
        """Where the characters `start:end` of a text stand in the file."""
        return self.node.within(start, end)


Word: TypeAlias = Located[str]


@dataclass(frozen=True, slots=True)
class LocatedData:
    """A value whose form the spec's author chooses, numbers as exact as they were written, and its node."""

    value: Data
    node: Node


def data_of(node: Node) -> Data:
    """What a node says, numbers as exact as they were written."""
    match node:
        case MappingNode():
            return {entry.name: data_of(entry.value) for entry in node}
        case Sequence():
            return tuple(data_of(item) for item in node.items)
    exact = isinstance(node.value, float) and math.isfinite(node.value)
    return Decimal(node.text) if exact else node.value


class Written:
    """A node as written."""

    valid: ClassVar[type["Valid"]]  # the class of its other form
    FIELDS: ClassVar[Mapping[str, str]]  # by key of the spec: the field that it fills
    PARTS: ClassVar[Mapping[str, type["Written"]]]  # by key: what a mapping there is, or is a mapping of
    NAME: ClassVar[str | None] = None  # the field for the key that the node itself stands under
    TEXT_FOR: ClassVar[tuple[str, ...]] = ()  # the fields that a value in place of the node stands for
    head: Node  # the word that it stands under; of a list's item, all of it
    keys: Mapping[str, Scalar]  # by field: the word that it stands under
    partly: frozenset[str]  # the fields of which some part could not be read

    def __init_subclass__(cls) -> None:
        fields = dataclasses.fields(cls)  # type: ignore[arg-type]
        cls.NAME = next((item.name for item in fields if item.type is Name and not item.metadata), None)
        keys = {item.name: item.metadata.get("key", item.name) for item in fields if item.name != cls.NAME}
        cls.FIELDS = {key: name for name, key in keys.items() if key != IN_PLACE}
        cls.PARTS = {
            keys[item.name]: part
            for item in fields
            if item.name in keys and (part := _part(get_args(item.type)[0])) is not None
        }


def _part(drafted: Any) -> type[Written] | None:
    """The node that a mapping there is, or is a mapping of."""
    inner = get_args(drafted)[:1]
    if not inner or not isinstance(inner[0], type) or not issubclass(inner[0], Written):
        return None
    return None if get_origin(drafted) is tuple and inner[0].NAME is None else inner[0]


class Valid:
    """A node of a valid spec."""

    def __init_subclass__(cls) -> None:
        cls.__bases__[0].valid = cls  # type: ignore[attr-defined]  # the declaration's, so the draft's too


class Field(Generic[D, M]):
    """A field that holds a D in a draft and an M in a valid node, where its constructor takes one."""

    @overload
    def __get__(self, node: Written, owner: Any = None) -> D: ...
    @overload
    def __get__(self, node: Valid, owner: Any = None) -> M: ...
    def __get__(self, node: Any, owner: Any = None) -> Any: ...

    def __set__(self, node: Any, value: M) -> None: ...


Given: TypeAlias = Field[Located[T] | None, T]  # a value that has to be there, or has a default
Maybe: TypeAlias = Field[Located[T] | None, T | None]  # one that may be left out
Name: TypeAlias = Field[Word, str]  # the key that the node stands under; with a key of its own, that one's
MaybeData: TypeAlias = Field[LocatedData | None, Data]  # whatever its author wants to say, if anything
Flag: TypeAlias = Field[bool, bool]
Values: TypeAlias = Field[tuple[Located[T], ...], tuple[T, ...]]
Part: TypeAlias = Field[D | None, M]  # a node
MaybePart: TypeAlias = Field[D | None, M | None]
Nodes: TypeAlias = Field[tuple[D, ...], tuple[M, ...]]  # a mapping of nodes that have a Name, else a list

Filled: TypeAlias = Annotated[str, "not empty"]
AsWritten: TypeAlias = Annotated[str, "a number too, as it was written"]
AnyText: TypeAlias = Annotated[str, "a number, a boolean or null too, as it was written"]
Constant: TypeAlias = Annotated[
    str | int | bool | Decimal, "text, a number exactly as it was written, or a boolean"
]

IN_PLACE = ""  # the key of a field that has none: only a value in place of the node fills it


def field(*, key: str | None = None, alone: bool = False, **options: Any) -> Any:
    """A field with a default, or whose key in the spec is called otherwise.

    In one of a list of values a value may stand `alone` for a list of it.
    """
    named = {} if key is None else {"key": key}
    return dataclasses.field(**options, metadata={**named, **({"alone": True} if alone else {})})


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def node(declaration: type[C]) -> type[C]:
    """A class whose annotations are the fields of a node."""
    return dataclasses.dataclass(frozen=True, kw_only=True)(declaration)


def given_fields(node: Valid) -> dict[str, Any]:
    """By key of the spec, the fields of a valid node that are not as they are where they are left out."""
    return {
        item.metadata.get("key", item.name): value
        for item in dataclasses.fields(node)  # type: ignore[arg-type]
        if (value := getattr(node, item.name)) != item.default
    }
