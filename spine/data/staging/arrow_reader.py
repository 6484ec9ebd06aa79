"""An Arrow stream into DuckDB: its types must fit the declared ones, and so must every value.

Tables, in the stage's own DuckDB: ``staged``, one row per row, in its order, with c0, c1… the typed columns
and ``wrong``, what was given where a value does not fit; and the view ``loaded``, the rows under the columns'
own names, with ``spine place``, their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

import duckdb

from spine.data.arrow_stream import ArrowStream
from spine.data.tables.target import Target, columns_of_fields, quoted
from spine.errors import RowRejectedError

from .duck import Duck
from .typed_values import NOTHING, Fit, fit, misfits

PLACE = '"spine place"'
# What pandas calls an index without a name in Arrow.
_INDEXES = ("__index_level_0__", "__index_level_1__")
_INDEX = " but the index of a DataFrame, which reset_index(drop=True) leaves out"


@dataclass(frozen=True, kw_only=True)
class WrongRow:
    """The first row with a value that does not fit."""

    number: int  # from 1
    values: Sequence[Any]  # None for a date or timestamp that does not fit, which Python may not have
    wrong: Mapping[int, str]  # by place among the columns: what is to be said of the value


def read_arrow(duck: Duck, rows: ArrowStream, target: Target) -> WrongRow | None:
    """Stage the stream's rows, a batch at a time; the first that does not fit, if any does not.

    Raises RowRejectedError where the columns are not the table's, or the stream cannot be read.
    """
    # DuckDB would read some kinds of DataFrame in ways of its own: what it is given is the bare stream.
    stream = rows.__arrow_c_stream__()
    try:
        # A stream may be somebody's code, which is to run in the thread that called it.
        with duck.one_thread():
            duck.connection.register("given", stream)
            described = duck.connection.execute("DESCRIBE given").fetchall()
            found = {str(name): str(kind) for name, kind, *_ in described}
            names = _match(tuple(found), target)
            _refuse_misfits(names, found, target)
            fits = [
                fit(column, f"v{index}", found[name], target.dialect, rounded=True)
                for index, (column, name) in enumerate(zip(target.columns, names, strict=True))
            ]
            # What has no values is not read: streams differ in how they leave them out.
            values = ["NULL" if found[name] == NOTHING else quoted(name) for name in names]
            _stage(duck, target, values, fits)
    except duckdb.Error as error:
        lines = [line for line in str(error).splitlines() if line.strip()]
        said = lines[-1] if "Traceback" in lines[0] else lines[0]
        raise RowRejectedError(f"the Arrow rows for {target.table} cannot be read: {said}", {}) from error
    duck.connection.unregister("given")
    called = ", ".join(f"c{index} AS {quoted(column.name)}" for index, column in enumerate(target.columns))
    duck.connection.execute(f"CREATE VIEW loaded AS SELECT {called}, rowid AS {PLACE} FROM staged")
    return _first_wrong(duck, fits)


def _match(names: Sequence[str], target: Target) -> list[str]:
    """What the table's columns are called there, in its order; no more and no less are taken."""
    own = [column.name for column in target.columns]
    called: dict[str, str] = {}
    wrong = []
    for column, name in zip(columns_of_fields(names, own), names, strict=True):
        if column not in own:
            wrong.append(f"{name!r} is no column of it{_INDEX if name in _INDEXES else _near(name, own)}")
        elif column in called:
            wrong.append(f"{called[column]!r} and {name!r} are one column of it")
        called.setdefault(column, name)
    missing = [f"{name!r} is missing{_near(name, names)}" for name in own if name not in called]
    if missing or wrong:
        raise RowRejectedError(
            f"the Arrow rows for {target.table} have the wrong columns: {'; '.join([*missing, *wrong])}. "
            f"{', '.join(own)} are expected, in any order.",
            {},
        )
    return [called[name] for name in own]


def _near(name: str, names: Sequence[str]) -> str:
    folded = {other.strip().casefold(): other for other in names}
    near = get_close_matches(name.strip().casefold(), folded, n=1, cutoff=0.6)
    return f" (near: {folded[near[0]]!r})" if near else ""


def _refuse_misfits(names: Sequence[str], found: Mapping[str, str], target: Target) -> None:
    wrong = "; ".join(misfits(zip(names, target.columns, strict=True), found))
    if wrong:
        raise RowRejectedError(
            f"the Arrow rows for {target.table} have columns of the wrong types: {wrong}. "
            "Cast them to the columns' types before they are inserted.",
            {},
        )


def _stage(duck: Duck, target: Target, values: Sequence[str], fits: Sequence[Fit]) -> None:
    given = ", ".join(f"{value} AS v{index}" for index, value in enumerate(values))
    typed = ", ".join(f"{one.typed} AS c{index}" for index, one in enumerate(fits))
    parts = []
    for index, (column, one) in enumerate(zip(target.columns, fits, strict=True)):
        value = f"v{index}"
        if column.kind in ("date", "timestamp"):
            value = f"CASE WHEN {one.wrong} THEN NULL ELSE {one.typed} END"
        parts.append(f"v{index} := {value}")
        parts.append(f"t{index} := CASE WHEN {one.wrong} THEN {one.text} END")
    any_wrong = " OR ".join(one.wrong for one in fits)
    wrong = f"CASE WHEN {any_wrong} THEN struct_pack({', '.join(parts)}) END AS wrong"
    duck.connection.execute(
        f"CREATE TABLE staged AS SELECT {typed}, {wrong} FROM (SELECT {given} FROM given)"
    )


def _first_wrong(duck: Duck, fits: Sequence[Fit]) -> WrongRow | None:
    first = duck.connection.execute(
        "SELECT rowid + 1, wrong FROM staged WHERE wrong IS NOT NULL ORDER BY rowid LIMIT 1"
    ).fetchone()
    if first is None:
        return None
    number, given = first
    return WrongRow(
        number=number,
        values=[aware(given[f"v{index}"]) for index in range(len(fits))],
        wrong={
            index: f"{text!r}: it {one.why}"
            for index, one in enumerate(fits)
            if (text := given[f"t{index}"]) is not None
        },
    )


def aware(value: Any) -> Any:
    """What DuckDB gives, a timestamp with the zone that it is in."""
    return value.replace(tzinfo=UTC) if isinstance(value, datetime) else value
