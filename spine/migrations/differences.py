"""How one table differs from another of its name: that in a database from that which revisions declare."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from .catalog import ColumnFound, TableFound

GONE = "is not there"
_NOT_MADE = "was made by no revision"


@dataclass(frozen=True, kw_only=True)
class Difference:
    """One thing that is not as declared; None where there is none."""

    what: str  # column trades.note
    says: str  # "is text, and declared bigint"
    declared: str | None
    there: str | None


def differences_in(name: str, declared: TableFound, found: TableFound) -> Iterator[Difference]:
    """How one table differs; what people put beside it is none."""
    for column in dict.fromkeys([*declared.columns, *found.columns]):
        yield from _in_column(
            f"column {name}.{column}", declared.columns.get(column), found.columns.get(column)
        )
    yield from _in_constraints(name, declared.constraints, found.constraints)
    for index, text in declared.indexes.items():
        if (other := found.indexes.get(index)) != text:
            says = GONE if other is None else f"is {other}, and declared {text}"
            yield Difference(what=f"index {index} on {name}", says=says, declared=text, there=other)


def _in_column(what: str, declared: ColumnFound | None, found: ColumnFound | None) -> Iterator[Difference]:
    shown, other = _shown(declared), _shown(found)
    if shown == other:
        return
    if found is None or declared is None:
        says = GONE if found is None else _NOT_MADE
    else:
        says = f"is {other}, and declared {shown}"
    yield Difference(what=what, says=says, declared=shown, there=other)


def _shown(column: ColumnFound | None) -> str | None:
    if column is None:
        return None
    return f"{column.type} NOT NULL" if column.required else column.type


def _in_constraints(table: str, declared: Iterable[str], found: Iterable[str]) -> Iterator[Difference]:
    there, wanted = dict.fromkeys(found), dict.fromkeys(declared)
    for text in (text for text in wanted if text not in there):
        yield Difference(what=f"constraint {text} of {table}", says=GONE, declared=text, there=None)
    for text in (text for text in there if text not in wanted):
        yield Difference(what=f"constraint {text} of {table}", says=_NOT_MADE, declared=None, there=text)
