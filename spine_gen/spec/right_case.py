"""Names that are declared in the wrong case, and referred to in the right one."""

from collections.abc import Iterable


def with_right_case(names: Iterable[str]) -> frozenset[str]:
    """Names as written and as they have to be: the wrong case is a mistake only where it is declared."""
    names = frozenset(names)
    return names | {name.upper() for name in names}
