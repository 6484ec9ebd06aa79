"""Numbers, as PostgreSQL computes them. SQLite has decimals as doubles, which hold fifteen digits.

What is out of range is an ArithmeticError: of an OverflowError sqlite3 says that a string is too big.
"""

import math
import re
from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_DOWN, ROUND_FLOOR, ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal
from typing import TypeAlias

Value: TypeAlias = int | float | str | None
Number: TypeAlias = int | float

_INTEGER = re.compile(r"[ \t\n\v\f\r]*[+-]?[0-9]+[ \t\n\v\f\r]*", re.ASCII)
_NUMBER = re.compile(
    r"[ \t\n\v\f\r]*[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[ \t\n\v\f\r]*",
    re.ASCII,
)
_MOST, _LEAST = 2**63 - 1, -(2**63)


def meant(value: Number) -> Decimal:
    """The decimal that was meant: SQLite has decimals as doubles, which hold 15 digits for sure."""
    return Decimal(value) if isinstance(value, int) else Decimal(f"{value:.15g}")


def divide(value: Number, by: Number) -> float:
    """The quotient of decimals or floats."""
    return _not_vanished(finite(float(value) / _not_zero(by)), value)


def add(value: Number, other: Number) -> float:
    """The sum of floats."""
    return finite(float(value) + other)


def subtract(value: Number, other: Number) -> float:
    """The difference of floats."""
    return finite(float(value) - other)


def multiply(value: Number, other: Number) -> float:
    """The product of floats."""
    return _not_vanished(finite(float(value) * other), value, other)


def decimal(value: Number) -> Number:
    """The decimal that was meant, where one is compared with others."""
    return float(meant(value))


def add_decimals(value: Number, other: Number) -> float:
    """The sum of decimals, as of decimals."""
    return float(meant(value) + meant(other))


def subtract_decimals(value: Number, other: Number) -> float:
    """The difference of decimals, as of decimals."""
    return float(meant(value) - meant(other))


def multiply_decimals(value: Number, other: Number) -> float:
    """The product of decimals, as of decimals."""
    return float(meant(value) * meant(other))


def finite(value: Number) -> Number:
    """What is computed of floats, within what they hold."""
    if math.isinf(value):
        raise ArithmeticError("value out of range: overflow")
    return value


def divide_whole(value: int, by: int) -> int:
    """The quotient of integers, towards zero."""
    _not_zero(by)
    quotient = abs(value) // abs(by)
    return _in_range(quotient if (value < 0) == (by < 0) else -quotient)


def remainder(value: Number, by: Number) -> Number:
    """What is left of the division, with the sign of the value."""
    _not_zero(by)
    if isinstance(value, int) and isinstance(by, int):
        return int(math.copysign(abs(value) % abs(by), value)) if abs(value) < 2**53 else _whole(value, by)
    return float(meant(value) % meant(by))


def sign(value: Number) -> int:
    """-1, 0 or 1."""
    return (value > 0) - (value < 0)


def round_half_up(value: Number, places: int = 0) -> Number:
    """A decimal to so many places, halves away from zero."""
    return _rounded(value, places, ROUND_HALF_UP)


def round_half_even(value: Number) -> int:
    """A float to the nearest integer, halves to the even one."""
    return _in_range(int(Decimal(value).to_integral_value(ROUND_HALF_EVEN)))


def truncate(value: Number, places: int = 0) -> Number:
    """A decimal to so many places, towards zero."""
    return _rounded(value, places, ROUND_DOWN)


def floor(value: Number) -> Number:
    """The next whole number below."""
    return _rounded(value, 0, ROUND_FLOOR)


def ceil(value: Number) -> Number:
    """The next whole number above."""
    return _rounded(value, 0, ROUND_CEILING)


def power(value: Number, exponent: Number) -> float:
    """The value to the exponent."""
    if value == 0 and exponent < 0:
        raise ValueError("zero raised to a negative power is undefined")
    return _not_vanished(_not_too_large(math.pow, value, exponent), value)


def square_root(value: Number) -> float:
    """Of what is not negative."""
    return math.sqrt(value)


def natural_log(value: Number) -> float:
    """Of what is above zero."""
    return math.log(value)


def log10(value: Number) -> float:
    """Of what is above zero."""
    return math.log10(value)


def exponential(value: Number) -> float:
    """e to the value."""
    return _not_vanished(_not_too_large(math.exp, value), 1)


def numeric(value: Number, precision: int, scale: int) -> Number:
    """A decimal of so many digits, of which so many behind the point."""
    rounded = _rounded(value, scale, ROUND_HALF_UP)
    if abs(rounded) >= 10 ** (precision - scale):
        raise ArithmeticError("numeric field overflow")
    return rounded


def integer(value: Value) -> int:
    """What is computed of integers; past 64 bits SQLite has made a float of it."""
    if isinstance(value, int):
        return value
    raise ArithmeticError("bigint out of range")


def to_integer(value: str) -> int:
    """The integer that the text is."""
    if _INTEGER.fullmatch(value) is None:
        raise ValueError(f"invalid input syntax for type bigint: {value!r}")
    return _in_range(int(value))


def to_number(value: str) -> float:
    """The number that the text is."""
    if _NUMBER.fullmatch(value) is None:
        raise ValueError(f"invalid input syntax for type numeric: {value!r}")
    number = float(value)
    if math.isinf(number):
        raise ArithmeticError(f"{value!r} is out of range")
    return number


def _rounded(value: Number, places: int, how: str) -> Number:
    if places >= 0 and (isinstance(value, int) or abs(value) > _MOST):
        return value  # a float as large is whole
    rounded = meant(value).quantize(Decimal(1).scaleb(-places), how)
    return int(rounded) if places <= 0 and _LEAST <= rounded <= _MOST else float(rounded)


def _not_too_large(function: Callable[..., float], *values: Number) -> float:
    try:
        return function(*values)
    except OverflowError as error:
        raise ArithmeticError("value out of range: overflow") from error


def _not_vanished(result: Number, *values: Number) -> float:
    """The result, which is zero only where one of the values is."""
    if result == 0 and all(values):
        raise ArithmeticError("value out of range: underflow")
    return float(result)


def _not_zero(by: Number) -> Number:
    if by == 0:
        raise ZeroDivisionError("division by zero")
    return by


def _in_range(value: int) -> int:
    if not _LEAST <= value <= _MOST:
        raise ArithmeticError("bigint out of range")
    return value


def _whole(value: int, by: int) -> int:
    left_over = abs(value) % abs(by)
    return -left_over if value < 0 else left_over
