"""Read-only views of lists, dicts and sets: what a lambda gets to see of the context's values.

A view is a copy of one level, so that nothing reaches the original, and its own mutating methods are refused,
so that the lambda is told. Views are lists, dicts and sets still: `isinstance`, `len`, `==` and `json.dumps`
work. Objects of other kinds are handed out as they are.

What holds no further lists, dicts, sets or tuples gets a flat view, which reads at the speed of what it
shows. Many rows of plain values are flat views made in one go while they are read.
"""

from collections.abc import Callable, ItemsView, Iterable, Iterator, ValuesView
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import chain
from typing import Any, NoReturn, SupportsIndex
from uuid import UUID

from spine.orchestration.lambda_rule import refuse

_VIEWED = (list, dict, set, tuple)
# Types of which all values are handed out as they are, so that many of them are told in one go.
_PLAIN = frozenset(
    {*(bool, int, float, complex, str, bytes, type(None)), *(date, datetime, time, timedelta, Decimal, UUID)}
)


def read_only(value: Any) -> Any:
    """The value as a lambda may see it: a view of a list, dict, set or tuple, else the value itself."""
    # Called for each of many items, each call of a function in C being watched: this has few.
    kind = type(value)
    if kind in _PLAIN or kind in _VIEWS:
        return value
    if kind is dict:
        return _FlatDict(value) if _PLAIN.issuperset(map(type, value.values())) else _DictView(value)
    if kind is list:
        return _FlatList(value) if _PLAIN.issuperset(map(type, value)) else _ListView(value)
    if kind is tuple:
        return value if _PLAIN.issuperset(map(type, value)) else tuple(map(read_only, value))
    for viewed, view in ((list, _ListView), (dict, _DictView), (set, _SetView)):
        if isinstance(value, viewed):
            return view(value)
    return value


class _FlatList(list[Any]):
    """A list that refuses to change."""

    __slots__ = ()

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return list, (list(self),)

    def _refuse(self, *_arguments: object, **_keywords: object) -> NoReturn:
        raise refuse("changes a list of the context")

    __delitem__ = __iadd__ = __imul__ = __setitem__ = _refuse
    append = clear = extend = insert = pop = remove = reverse = sort = _refuse


class _ListView(_FlatList):
    """A list that refuses to change, and whose items are views."""

    __slots__ = ("_make",)

    def __init__(self, items: Iterable[Any]) -> None:
        super().__init__(items)
        self._make: Callable[[Any], Any] | None = None

    def __getitem__(self, index: Any) -> Any:
        return read_only(super().__getitem__(index))

    def __iter__(self) -> Iterator[Any]:
        return map(self._maker(), super().__iter__())

    def __reversed__(self) -> Iterator[Any]:
        return map(self._maker(), super().__reversed__())

    def __add__(self, other: Any) -> list[Any]:
        return [*self, *other]

    def __radd__(self, other: Any) -> list[Any]:
        return [*other, *self]

    def __mul__(self, times: SupportsIndex) -> list[Any]:
        return list(self) * times

    __rmul__ = __mul__

    def copy(self) -> list[Any]:
        """A plain list of the same items, which may be changed."""
        return list(self)

    def _maker(self) -> Callable[[Any], Any]:
        """What makes views of the items; of rows, it does not look at each value of each row again."""
        if self._make is None:
            self._make = read_only
            if set(map(type, super().__iter__())) == {dict}:
                self._make = _row_maker(super().__iter__())
        return self._make


def _row_maker(rows: Iterable[dict[Any, Any]]) -> Callable[[Any], Any]:
    """What makes views of rows: of one class for all of them."""
    kinds = set(map(type, chain.from_iterable(map(dict.values, rows))))
    return _FlatDict if kinds <= _PLAIN else _DictView


class _FlatDict(dict[Any, Any]):
    """A dict that refuses to change."""

    __slots__ = ()

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return dict, (dict(self.items()),)

    def _refuse(self, *_arguments: object, **_keywords: object) -> NoReturn:
        raise refuse("changes a dict of the context")

    __delitem__ = __ior__ = __setitem__ = _refuse
    clear = pop = popitem = setdefault = update = _refuse


class _DictView(_FlatDict):
    """A dict that refuses to change, and whose values are views."""

    __slots__ = ()

    def __getitem__(self, key: Any) -> Any:
        value = super().__getitem__(key)
        return value if type(value) in _PLAIN else read_only(value)

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__()  # defined here, so that dict(view) and {**view} read through the view

    def __or__(self, other: Any) -> dict[Any, Any]:
        return {**self, **other}

    def __ror__(self, other: Any) -> dict[Any, Any]:
        return {**other, **self}

    def get(self, key: Any, default: Any = None) -> Any:
        """The key's value as a view, or the default as it is."""
        return self[key] if key in self else default  # noqa: SIM401 - this is `get`

    def items(self) -> ItemsView[Any, Any]:  # type: ignore[override] # typeshed has a private class
        """The pairs, their values as views."""
        return dict(zip(self, map(self.__getitem__, self), strict=True)).items()

    def values(self) -> ValuesView[Any]:  # type: ignore[override] # typeshed has a private class
        """The values as views."""
        return dict(zip(self, map(self.__getitem__, self), strict=True)).values()

    def copy(self) -> dict[Any, Any]:
        """A plain dict of the same items, which may be changed."""
        return dict(self.items())


class _SetView(set[Any]):
    """A set that refuses to change; its items are hashable, so they need no views."""

    __slots__ = ()

    def copy(self) -> set[Any]:
        """A plain set of the same items, which may be changed."""
        return set(self)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return set, (list(self),)

    def _refuse(self, *_arguments: object, **_keywords: object) -> NoReturn:
        raise refuse("changes a set of the context")

    __iand__ = __ior__ = __isub__ = __ixor__ = _refuse
    add = clear = difference_update = discard = intersection_update = _refuse
    pop = remove = symmetric_difference_update = update = _refuse


_VIEWS = frozenset({_FlatList, _ListView, _FlatDict, _DictView, _SetView})
