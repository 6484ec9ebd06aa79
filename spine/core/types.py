"""The column types whose values SQLite and PostgreSQL would otherwise store, sort or return differently."""

import decimal
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import JSON, TIMESTAMP, Dialect, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeDecorator, TypeEngine

from .json_text import without_exponents

# A double holds any decimal of 15 significant digits exactly enough to give it back; one of 16 it may not.
SQLITE_DECIMAL_DIGITS = 15


class Decimal(TypeDecorator[decimal.Decimal]):
    """NUMERIC(precision, scale), exact on PostgreSQL; on SQLite a number, read back at the declared scale.

    Values are rounded half up to the scale, as PostgreSQL does it. A value beyond the precision, not
    finite, or (on SQLite) of more than 15 significant digits raises ValueError: none is stored altered.
    """

    impl = Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        self.precision = precision
        self.scale = scale
        self._unit = decimal.Decimal(1).scaleb(-scale)
        self._context = decimal.Context(prec=max(precision, scale, 28) + 30, rounding=decimal.ROUND_HALF_UP)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Plain floats on SQLite, so that SQLAlchemy does not warn about its lack of a decimal type."""
        if dialect.name == "sqlite":
            return dialect.type_descriptor(Numeric(self.precision, self.scale, asdecimal=False))
        return dialect.type_descriptor(Numeric(self.precision, self.scale))

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The value rounded to the scale; on SQLite as the number that is stored."""
        if value is None:
            return None
        rounded = self._rounded(value)
        if dialect.name != "sqlite":
            return rounded
        if len(rounded.normalize(self._context).as_tuple().digits) > SQLITE_DECIMAL_DIGITS:
            raise ValueError(
                f"{value} has more than {SQLITE_DECIMAL_DIGITS} significant digits, which SQLite cannot hold "
                "exactly: use PostgreSQL, or a smaller precision"
            )
        return int(rounded) if self.scale == 0 else float(rounded)

    def process_result_value(self, value: Any, dialect: Dialect) -> decimal.Decimal | None:  # noqa: ARG002
        """A decimal.Decimal at the declared scale."""
        if value is None:
            return None
        if isinstance(value, decimal.Decimal):
            return value
        return decimal.Decimal(str(value)).quantize(self._unit, context=self._context)

    def _rounded(self, value: Any) -> decimal.Decimal:
        number = decimal.Decimal(str(value)) if isinstance(value, float) else decimal.Decimal(value)
        if not number.is_finite():
            raise ValueError(f"{value} is not a finite number: a decimal column cannot hold it")
        if number.adjusted() >= self.precision - self.scale + 1:  # also keeps 1e999999 from being written out
            raise ValueError(f"{value} does not fit in decimal({self.precision}, {self.scale})")
        rounded = number.quantize(self._unit, context=self._context)
        if rounded and rounded.adjusted() >= self.precision - self.scale:
            raise ValueError(f"{value} does not fit in decimal({self.precision}, {self.scale})")
        return rounded


class UtcTimestamp(TypeDecorator[datetime]):
    """An instant: aware in Python, TIMESTAMPTZ on PostgreSQL, ``YYYY-MM-DD HH:MM:SS.ffffff`` on SQLite."""

    impl = TIMESTAMP
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant in UTC; ValueError for a naive datetime, which names none."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone: use an aware datetime, such as datetime.now(UTC)")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The instant, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


class Text(sa.String):
    """Text that both databases compare and sort by its bytes: VARCHAR, on PostgreSQL with COLLATE "C".

    PostgreSQL has no other difference between VARCHAR and TEXT than the name, and VARCHAR is what tables were
    made with before there was a collation.
    """


@compiles(Text, "postgresql")
def _postgresql_text(_type: Text, _compiler: Any, **_options: Any) -> str:
    return 'VARCHAR COLLATE "C"'


class Json(TypeDecorator[Any]):
    """JSONB on PostgreSQL, TEXT on SQLite; Python's None is SQL's NULL.

    Numbers come back as Python reads them from JSON: integers exact whatever their size, others as floats. A
    column that SQLite has declared as JSON alters those that are no 64-bit integers; what it holds as a
    number already is read as it is.
    """

    impl = JSON
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(none_as_null=True)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """JSONB where there is one."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(JSONB(none_as_null=True))
        return dialect.type_descriptor(sa.Text())

    def bind_processor(self, dialect: Dialect) -> Callable[[Any], str | None]:  # noqa: ARG002
        """Into JSON text, on both databases; ValueError for what JSON does not have, such as NaN."""
        return _json_or_null

    def literal_processor(self, dialect: Dialect) -> Callable[[Any], str]:
        """The same text as a literal."""
        quote = sa.Text().literal_processor(dialect)  # type: ignore[no-untyped-call]
        assert quote is not None
        return lambda value: "NULL" if (text := _json_or_null(value)) is None else quote(text)

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The value; PostgreSQL's driver has read the JSON already."""
        return json.loads(value) if dialect.name == "sqlite" and isinstance(value, str) else value


def _json_or_null(value: Any) -> str | None:
    if value is None:
        return None
    return without_exponents(json.dumps(None if value is JSON.NULL else value, allow_nan=False))
