"""Days and instants. An instant is in UTC, whatever time zone a connection to PostgreSQL has.

What moves or cuts a day gives a day, where PostgreSQL gives the instant at which it begins.
"""

import re
from datetime import date

from sqlglot import exp

from spine_gen.spec.sql.kinds import Kind, kind_in_words

from .numbers import calculation
from .operation import (
    TYPES,
    Operation,
    Values,
    bare,
    kind_of,
    short,
    spine,
)
from .ranges import in_range, in_range_on_duckdb

_OPEN: frozenset[Kind] = frozenset({"unknown", "null"})
_MONTHS = {"year": 12, "month": 1}
_DAYS = {"week": 7, "day": 1}
_SECONDS = {"hour": 3600, "minute": 60, "second": 1}
MIDNIGHT = " 00:00:00.000000"
_COUNT = re.compile(r"[+-]?[0-9]+")


def _literal(node: exp.Expr) -> str | None:
    text = bare(node)
    return text.this if isinstance(text, exp.Literal) and text.is_string else None


def day_problem(node: exp.Expr) -> tuple[str, str] | None:
    """Why a text in quotes is no day."""
    text = _literal(node)
    if text is None:
        return "a text of a column may be no day", "declare the column as a date where it is loaded"
    try:
        right = re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text)
    except ValueError:
        right = None
    return None if right else (f"'{text}' is no date", "write it as '2025-12-31'")


def _sum(values: Values, node: exp.Expr) -> Kind:  # noqa: PLR0911  # a pair a line reads better
    """``+`` and ``-``, which days and instants have, too."""
    left, right = values.kind(node.this), values.kind(node.expression)
    minus = isinstance(node, exp.Sub)
    match left, right:
        case ("date", "integer"):
            return "date"
        case ("integer", "date") if not minus:
            return "date"
        case ("date", "date") if minus:
            return "integer"
        case ("timestamp", "timestamp") if minus:
            return "interval"
        case ("date", "interval"):
            return "timestamp" if _seconds(node.expression) else "date"
        case ("timestamp", "interval"):
            return "timestamp"
    if "date" in (left, right) and "literal" in (left, right) and minus:
        literal = node.this if left == "literal" else node.expression
        if (problem := day_problem(literal)) is not None:
            values.report(TYPES, literal, *problem)
        return "integer"
    if {left, right} & {"date", "timestamp", "interval"} and not {left, right} & _OPEN:
        what = f"{kind_in_words(left)} {'-' if minus else '+'} {kind_in_words(right)} is nothing"
        advice = "days take whole numbers or an INTERVAL; of two days or instants there is a difference"
        values.report(TYPES, node, what, advice)
        return "unknown"
    return calculation(values, node)


def _seconds(interval: exp.Expr) -> int:
    """How much of an interval is less than a day: it makes an instant of the day that it moves."""
    seconds: int = bare(interval).meta.get("moves", (0, 0, 0))[2]
    return seconds


def only_days(interval: exp.Expr) -> int:
    """How many whole days an interval is; 0 where it is anything else."""
    months, days, seconds = bare(interval).meta.get("moves", (0, 0, 0))
    return 0 if months or seconds else max(days, 0)


def _sum_on_sqlite(node: exp.Expr) -> exp.Expr:
    left, right = bare(node.this), bare(node.expression)
    minus = isinstance(node, exp.Sub)
    kinds = kind_of(left), kind_of(right)
    match kinds:
        case ("date", "integer"):
            return spine("add_days", left, exp.Neg(this=exp.paren(right)) if minus else right)
        case ("integer", "date"):
            return spine("add_days", right, left)
        case ("date", "date") | ("date", "literal") | ("literal", "date"):
            return spine("days_between", left, right)
        case ("timestamp", "timestamp"):
            return spine("seconds_between", left, right)
        case ("date" | "timestamp", "interval"):
            months, days, seconds = right.meta.get("moves", (0, 0, 0))
            sign = -1 if minus else 1
            if seconds and kinds[0] == "date":
                left = exp.DPipe(this=exp.paren(left.copy()), expression=exp.Literal.string(MIDNIGHT))
            return spine("add_interval", left, sign * months, sign * days, sign * seconds)
    return in_range(node)


def _sum_on_postgresql(node: exp.Expr) -> exp.Expr:
    left, right = node.this, node.expression
    match kind_of(left), kind_of(right):
        case ("date", "integer"):
            node.set("expression", short(right))
        case ("integer", "date"):
            node.set("this", short(left))
        case ("date", "interval"):
            return in_utc(exp.paren(node.copy())) if _seconds(right) else exp.cast(node.copy(), "date")
        case ("timestamp", "interval"):
            node.set("this", in_utc(left))
            return in_utc(exp.paren(node.copy()))
        case ("date", "literal") | ("literal", "date"):
            name = "expression" if kind_of(left) == "date" else "this"
            node.set(name, exp.cast(node.args[name].copy(), "date"))
    return node


def _sum_on_duckdb(node: exp.Expr) -> exp.Expr:
    if (kind_of(node.this), kind_of(node.expression)) == ("timestamp", "interval"):
        return node
    return in_range_on_duckdb(node) if kind_of(node) == "float" else _sum_on_postgresql(node)


def in_utc(node: exp.Expr) -> exp.Expr:
    """On PostgreSQL: an instant as the clock in UTC shows it, or back."""
    return exp.AtTimeZone(this=node.copy(), zone=exp.Literal.string("UTC"))


def _unit(node: exp.Interval) -> str:
    unit = node.args.get("unit")
    return "" if unit is None else unit.name.lower().removesuffix("s")


def _interval(values: Values, node: exp.Expr) -> Kind:
    assert isinstance(node, exp.Interval)
    unit, text = _unit(node), "" if node.this is None else str(node.this.this)
    if unit not in (*_MONTHS, *_DAYS, *_SECONDS) or not _COUNT.fullmatch(text):
        values.report(TYPES, node, "an interval is a whole number of one unit", "write INTERVAL '3 days'")
        return "unknown"
    count = int(text)
    node.meta["moves"] = (
        count * _MONTHS.get(unit, 0),
        count * _DAYS.get(unit, 0),
        count * _SECONDS.get(unit, 0),
    )
    return "interval"


def _interval_on_sqlite(node: exp.Expr) -> exp.Expr:
    """In seconds, where it is compared with a difference."""
    months, days, seconds = node.meta.get("moves", (0, 0, 0))
    if isinstance(node.parent, exp.Add | exp.Sub):
        return node
    return exp.Literal.number((months * 30 + days) * 86400 + seconds)


OPERATIONS = (
    Operation(
        signs="+ -",
        nodes=(exp.Add, exp.Sub),
        gives=_sum,
        sqlite=_sum_on_sqlite,
        postgresql=_sum_on_postgresql,
        duckdb=_sum_on_duckdb,
        in_when=True,
        examples=(
            "qty + 1",
            "price - qty",
            "fx + price",
            "day + 1",
            "day - 30",
            "day - DATE '2025-01-01'",
            "day + INTERVAL '1 month'",
            "day - INTERVAL '1 year'",
            "seen_at + INTERVAL '36 hours'",
            "seen_at - INTERVAL '1 month'",
            "day + qty % 50",
            "day + INTERVAL '18 hours'",
        ),
    ),
    Operation(
        keywords="INTERVAL",
        nodes=(exp.Interval,),
        gives=_interval,
        sqlite=_interval_on_sqlite,
        in_when=True,
        examples=(
            "seen_at - TIMESTAMP '2025-01-01 00:00:00' > INTERVAL '1 hour'",
            "day + INTERVAL '2 weeks' > '2025-02-01'",
        ),
    ),
)
