"""The parts of days and instants: taken out, cut off, and written. An instant is in UTC."""

import re

from sqlglot import exp

from spine_gen.spec.sql.kinds import Kind, kind_in_words

from .days import in_utc
from .operation import NOT_PORTABLE, TYPES, Operation, Values, bare, call, kind_of, spine

_OPEN: frozenset[Kind] = frozenset({"unknown", "null"})
_DAYS_PARTS = ("year", "quarter", "month", "week", "isoyear", "day", "doy", "isodow", "dow")
_PARTS = (*_DAYS_PARTS, "hour", "minute", "second", "epoch")
_CUTS = ("year", "quarter", "month", "week", "day")
_SMALL_CUTS = ("hour", "minute", "second")
_FORMS = ("%Y", "%m", "%d", "%H", "%M", "%S", "%G", "%V", "%j")


def _extract(values: Values, node: exp.Expr) -> Kind:
    part, kind = node.name.lower(), values.kind(node.expression)
    allowed = {"date": _DAYS_PARTS, "timestamp": _PARTS, "interval": ("epoch",)}.get(kind, _PARTS)
    if kind not in ("date", "timestamp", "interval", *_OPEN):
        values.report(
            TYPES, node, f"{kind_in_words(kind)} has no {part}", "take it from a date or a timestamp"
        )
    elif part not in allowed:
        values.report(
            TYPES, node, f"there is no {part} of {kind_in_words(kind)} here", f"one of {', '.join(allowed)}"
        )
    if part in ("second", "epoch"):
        node.meta["computed"] = True
        return "decimal"
    return "total"


def _extract_on_sqlite(node: exp.Expr) -> exp.Expr:
    if kind_of(node.expression) == "interval":
        return exp.paren(node.expression.copy())
    return spine("extract", node.name.lower(), bare(node.expression))


def _extract_on_postgresql(node: exp.Expr) -> exp.Expr:
    if kind_of(node.expression) == "timestamp" and node.name.lower() != "epoch":
        node.set("expression", in_utc(node.expression))
    return node


def _extract_on_duckdb(node: exp.Expr) -> exp.Expr:
    if node.name.lower() != "second":
        return node
    return exp.Div(
        this=exp.Extract(this=exp.var("microseconds"), expression=node.expression.copy()),
        expression=exp.Literal.number("1000000.0"),
    )


def _cut(values: Values, node: exp.Expr) -> Kind:
    kind, unit = values.kind(node.this), str(node.args["unit"].name).lower()
    if kind not in ("date", "timestamp", *_OPEN):
        values.report(TYPES, node, f"{kind_in_words(kind)} cannot be cut", "cut a date or a timestamp")
        return "unknown"
    if unit not in _CUTS and not (kind == "timestamp" and unit in _SMALL_CUTS):
        what = f"{kind_in_words(kind)} is not cut to its {unit}"
        values.report(TYPES, node, what, f"one of {', '.join(_CUTS)}")
    return kind


def _cut_on_sqlite(node: exp.Expr) -> exp.Expr:
    return spine("date_trunc", str(node.args["unit"].name).lower(), bare(node.this))


def _cut_on_postgresql(node: exp.Expr) -> exp.Expr:
    unit = str(node.args["unit"].name).lower()
    if kind_of(node.this) == "date":
        return exp.cast(call("DATE_TRUNC", unit, exp.cast(node.this.copy(), "timestamp")), "date")
    return in_utc(call("DATE_TRUNC", unit, in_utc(node.this)))


def _cut_on_duckdb(node: exp.Expr) -> exp.Expr:
    cut = call("date_trunc", str(node.args["unit"].name).lower(), node.this)
    return exp.cast(cut, "date") if kind_of(node.this) == "date" else cut


def _written(values: Values, node: exp.Expr) -> Kind:
    if values.dialect is not None:
        values.kinds(node)
        return "unknown"
    kind, form = values.kind(node.this), node.args.get("format")
    text = form.this if isinstance(form, exp.Literal) else None
    if kind not in ("date", "timestamp", *_OPEN):
        what = f"the databases write {kind_in_words(kind)} differently"
        values.report(NOT_PORTABLE, node, what, "use TO_CHAR for dates and timestamps")
    elif text is None or re.sub("|".join(_FORMS), "", text).strip(" -/:.T_"):
        what = "a form of dates that not every database has"
        values.report(NOT_PORTABLE, node, what, "of YYYY MM DD HH24 MI SS IYYY IW DDD, with - / : . between")
    return "string"


def _written_on_sqlite(node: exp.Expr) -> exp.Expr:
    return spine("to_char", bare(node.this), node.args["format"])


def _written_on_postgresql(node: exp.Expr) -> exp.Expr:
    if kind_of(node.this) == "timestamp":
        node.set("this", in_utc(node.this))
    return node


OPERATIONS = (
    Operation(
        functions="EXTRACT DATE_PART",
        nodes=(exp.Extract,),
        gives=_extract,
        sqlite=_extract_on_sqlite,
        postgresql=_extract_on_postgresql,
        duckdb=_extract_on_duckdb,
        in_when=True,
        examples=(
            *(f"EXTRACT({part.upper()} FROM day)" for part in _DAYS_PARTS),
            *(
                f"EXTRACT({part.upper()} FROM seen_at)"
                for part in ("year", "hour", "minute", "second", "dow")
            ),
            "EXTRACT(EPOCH FROM seen_at - TIMESTAMP '2025-01-01 00:00:00')",
            "DATE_PART('year', day)",
        ),
    ),
    Operation(
        functions="DATE_TRUNC",
        in_when=True,
        nodes=(exp.TimestampTrunc, exp.DateTrunc),
        gives=_cut,
        sqlite=_cut_on_sqlite,
        postgresql=_cut_on_postgresql,
        duckdb=_cut_on_duckdb,
        examples=(
            *(f"DATE_TRUNC('{part}', day)" for part in _CUTS),
            *(f"DATE_TRUNC('{part}', seen_at)" for part in ("month", "week", "hour")),
        ),
    ),
    Operation(
        functions="TO_CHAR",
        nodes=(exp.TimeToStr,),
        gives=_written,
        sqlite=_written_on_sqlite,
        postgresql=_written_on_postgresql,
        examples=(
            "TO_CHAR(day, 'YYYY-MM')",
            "TO_CHAR(seen_at, 'YYYY-MM-DD HH24:MI:SS')",
            "TO_CHAR(day, 'IYYY-IW')",
        ),
    ),
)
