"""What PostgreSQL's SQL means, as functions that SQLite calls: registered on spine's own connections.

SQL that is written once, for both databases, calls them where SQLite's own would answer otherwise. Each is
deterministic, and NULL where PostgreSQL's is; where PostgreSQL raises an error, so does it. Days and
timestamps are texts, as SQLite's tables have them.
"""

import sqlite3
from collections.abc import Callable
from functools import partial
from typing import Any

from . import days, numbers, texts
from .aggregates import AGGREGATES, WINDOWED
from .numbers import Value

_REASON = "spine_reason"  # the function by which a connection says why one of them failed


def register(connection: sqlite3.Connection) -> None:
    """Have the connection know them."""
    reasons: list[str] = []
    for function, takes_null in _FUNCTIONS.items():
        wrapped = _telling(function, reasons, takes_null=takes_null)
        connection.create_function(f"spine_{function.__name__}", -1, wrapped, deterministic=True)
    for name, aggregate in AGGREGATES.items():
        connection.create_aggregate(f"spine_{name}", -1, partial(_Telling, aggregate, reasons))
    for name, aggregate in WINDOWED.items():
        connection.create_window_function(f"spine_{name}", -1, aggregate)
    connection.create_function(_REASON, 0, lambda: reasons.pop() if reasons else None)


def told(connection: sqlite3.Connection, error: sqlite3.OperationalError) -> sqlite3.OperationalError:
    """The error with what a function said: SQLite itself says only that one raised an exception."""
    if "user-defined" not in str(error):
        return error
    (reason,) = connection.execute(f"SELECT {_REASON}()").fetchone()
    return sqlite3.OperationalError(reason or str(error))


def _telling(
    function: Callable[..., Value], reasons: list[str], *, takes_null: bool = True
) -> Callable[..., Value]:
    """The function, which leaves there why it failed; NULL for a NULL that it does not take."""

    def wrapped(*values: Value) -> Value:
        if not takes_null and None in values:
            return None
        try:
            return function(*values)
        except (ArithmeticError, TypeError, ValueError) as error:
            reasons[:] = [str(error)]
            raise

    return wrapped


class _Telling:
    """An aggregate that leaves there why it failed."""

    def __init__(self, aggregate: Callable[[], Any], reasons: list[str]) -> None:
        inner = aggregate()
        self._step = _telling(inner.step, reasons)
        self._finalize = _telling(inner.finalize, reasons)

    def step(self, *values: Value) -> None:
        """Take what is aggregated of a row."""
        self._step(*values)

    def finalize(self) -> Any:
        """The value of all of them."""
        return self._finalize()


def greatest(*values: Value) -> Value:
    """The greatest of those that are not NULL."""
    return max((one for one in values if one is not None), default=None)


def least(*values: Value) -> Value:
    """The least of those that are not NULL."""
    return min((one for one in values if one is not None), default=None)


_FUNCTIONS: dict[Callable[..., Value], bool] = {  # whether it takes NULL
    **dict.fromkeys((greatest, least, texts.concat_ws), True),
    **dict.fromkeys(
        (
            numbers.add,
            numbers.subtract,
            numbers.multiply,
            numbers.finite,
            numbers.decimal,
            numbers.add_decimals,
            numbers.subtract_decimals,
            numbers.multiply_decimals,
            numbers.divide,
            numbers.divide_whole,
            numbers.remainder,
            numbers.sign,
            numbers.round_half_up,
            numbers.round_half_even,
            numbers.truncate,
            numbers.floor,
            numbers.ceil,
            numbers.power,
            numbers.square_root,
            numbers.natural_log,
            numbers.log10,
            numbers.exponential,
            numbers.numeric,
            numbers.integer,
            numbers.to_integer,
            numbers.to_number,
        ),
        False,
    ),
    **dict.fromkeys(
        (
            texts.like,
            texts.ilike,
            texts.substr,
            texts.left,
            texts.right,
            texts.lpad,
            texts.rpad,
            texts.split_part,
            texts.repeat,
            texts.reverse,
            texts.initcap,
            texts.translate,
            texts.starts_with,
        ),
        False,
    ),
    **dict.fromkeys(
        (
            days.extract,
            days.add_days,
            days.days_between,
            days.seconds_between,
            days.add_interval,
            days.date_trunc,
            days.to_char,
        ),
        False,
    ),
}


FUNCTION_NAMES = frozenset(
    f"spine_{name}" for name in (*(each.__name__ for each in _FUNCTIONS), *AGGREGATES, *WINDOWED)
)
