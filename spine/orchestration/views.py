"""Read-only views of lists, dicts and sets: what a lambda gets to see of the context's values.

A view is a copy of one level, so that nothing reaches the original, and its own mutating methods are refused,
so that the lambda is told. Views are lists, dicts and sets still: `isinstance`, `len`, `==` and `json.dumps`
work. Objects of other kinds are handed out as they are.
"""

from collections.abc import Callable, ItemsView, Iterator, ValuesView
from typing import Any, NoReturn

from spine.orchestration.lambda_rule import refuse


def read_only(value: Any) -> Any:
    """The value as a lambda may see it: a view of a list, dict, set or tuple, else the value itself."""
    if isinstance(value, _ListView | _DictView | _SetView):
        return value
    if isinstance(value, list):
        return _ListView(value)
    if isinstance(value, dict):
        return _DictView(value)
    if isinstance(value, set):
        return _SetView(value)
    if type(value) is tuple:
        return tuple(read_only(item) for item in value)
    return value


def _refused(kind: str, method: str) -> Callable[..., NoReturn]:
    def refused(_self: object, *_arguments: object, **_keywords: object) -> NoReturn:
        raise refuse(f"changes a {kind} of the context ({method})")

    return refused


class _ListView(list[Any]):
    """A list whose items are views and which refuses to change."""

    def __getitem__(self, index: Any) -> Any:
        return read_only(super().__getitem__(index))

    def __iter__(self) -> Iterator[Any]:
        return map(read_only, super().__iter__())

    def __reversed__(self) -> Iterator[Any]:
        return map(read_only, super().__reversed__())

    def __add__(self, other: Any) -> list[Any]:
        return [*self, *other]

    def copy(self) -> list[Any]:
        """A plain list of the same items, which may be changed."""
        return list(self)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return list, (list(self),)


class _DictView(dict[Any, Any]):
    """A dict whose values are views and which refuses to change."""

    def __getitem__(self, key: Any) -> Any:
        return read_only(super().__getitem__(key))

    def __iter__(self) -> Iterator[Any]:
        return super().__iter__()  # defined here, so that dict(view) and {**view} read through the view

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

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return dict, (self.copy(),)


class _SetView(set[Any]):
    """A set that refuses to change; its items are hashable, so they need no views."""

    def copy(self) -> set[Any]:
        """A plain set of the same items, which may be changed."""
        return set(self)

    def __reduce_ex__(self, _protocol: Any) -> tuple[Any, ...]:
        return set, (list(self),)


_MUTATORS: tuple[tuple[type, str, tuple[str, ...]], ...] = (
    (
        _ListView,
        "list",
        (
            *("append", "clear", "extend", "insert", "pop", "remove", "reverse", "sort"),
            *("__delitem__", "__iadd__", "__imul__", "__setitem__"),
        ),
    ),
    (
        _DictView,
        "dict",
        ("clear", "pop", "popitem", "setdefault", "update", "__delitem__", "__ior__", "__setitem__"),
    ),
    (
        _SetView,
        "set",
        (
            *("add", "clear", "difference_update", "discard", "intersection_update", "pop", "remove"),
            *("symmetric_difference_update", "update", "__iand__", "__ior__", "__isub__", "__ixor__"),
        ),
    ),
)
for _view, _kind, _methods in _MUTATORS:
    for _method in _methods:
        setattr(_view, _method, _refused(_kind, _method))
