"""The values in a SELECT or a condition: which columns they read, and of what kind they are."""

from collections.abc import Callable, Sequence

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql.columns import ColumnProblem, Frame, Tables, find_column, is_among
from spine_gen.spec.sql.kinds import (
    NUMBERS,
    TRUTHS,
    Kind,
    common,
    comparable,
    comparison_advice,
    is_date,
    kind_in_words,
)
from spine_gen.spec.sql.operations.days import only_days
from spine_gen.spec.sql.operations.exactness import GROUPS_DIFFER, ROUND_IT, inexact_among
from spine_gen.spec.sql.operations.operation import (
    NOT_PORTABLE,
    REFUSED,
    TYPES,
    UNKNOWN_COLUMN,
    kind_of,
)
from spine_gen.spec.sql.operations.table import operation_of
from spine_gen.spec.sql.reading import Reading
from spine_gen.spec.sql.select_lexis import select_lexis


class Values:
    """Tells kinds within one SELECT, and reports to its query what cannot be."""

    def __init__(
        self,
        query: Reading,
        frame: Frame,
        known: Tables,
        windows: frozenset[str] = frozenset(),
    ) -> None:
        self._query = query
        self._frame = frame
        self._known = known
        self._missed: set[ColumnProblem] = set()
        self._windows = windows  # by the names that WINDOW gives them
        self.columns_read: set[str] = set()

    @property
    def dialect(self) -> str | None:
        """The one database that the text is for; None where both must answer alike."""
        return self._query.dialect

    def report(self, code: str, node: exp.Expr, what: str, help: str | None = None, /) -> None:
        """Something is wrong at a node."""
        self._query.report(code, node, what, help)

    def condition(self, node: exp.Expr, /) -> None:
        """What has to be true or false."""
        kind = self.kind(node)
        if kind not in (*TRUTHS, "unknown", "null"):
            what = f"{kind_in_words(kind)} is not a condition"
            self.report(TYPES, node, what, "compare it with something")

    def kind(self, node: exp.Expr, /) -> Kind:
        """The kind of a value; everything below it has then been looked at."""
        kind = self._kind(node)
        node.meta["kind"] = kind  # for who writes the text for each database
        return kind

    def kinds(self, node: exp.Expr, /) -> list[Kind]:
        """The kinds of what a node is made of."""
        return [self.kind(child) for child in node.iter_expressions()]

    def _kind(self, node: exp.Expr) -> Kind:
        for kinds, rule in _PARTS:
            if isinstance(node, kinds):
                return rule(self, node)
        operation = operation_of(node)
        if operation is not None:
            return operation.gives(self, node)
        portable = self._query.portable
        if portable and isinstance(node, exp.Tuple) and not isinstance(node.parent, _OF_SEVERAL):
            what = (
                f"{_values(node)} in brackets, where one is needed" if node.expressions else "empty brackets"
            )
            self.report(TYPES, node, what, "write one value, or the function before the bracket")
        if portable and isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
            self.report(REFUSED, node, "`*` is no value", "name the column")
        if portable and not isinstance(node, _AROUND):
            what = "this is not known to mean the same on both databases"
            self.report(NOT_PORTABLE, node, what, "write it another way, or give each database its own text")
        self.kinds(node)
        return "unknown"

    def _column(self, node: exp.Expr) -> Kind:
        assert isinstance(node, exp.Column)
        if isinstance(node.this, exp.Star):
            if self._query.portable:
                self.report(REFUSED, node, f"`{node.table}.*` is no value", "name the column")
            return "unknown"
        if node.args.get("db"):
            self.report(REFUSED, node, "this column has one name too many", "write table.column")
        found = find_column(self._frame, node)
        self.columns_read.add(node.name.lower())
        if isinstance(found, ColumnProblem):
            if found not in self._missed:
                self.report(UNKNOWN_COLUMN, node, found.what, found.help)
            self._missed.add(found)
            return found.kind
        node.meta["filled"] = is_among(self._frame.filled, self._frame, node)
        if is_among(self._frame.computed, self._frame, node):
            node.meta["computed"] = True
        return found

    def compare(self, node: exp.Expr, first: exp.Expr, others: Sequence[exp.Expr], /) -> None:
        """Whether the one value can be compared with each of the others; one problem is enough."""
        kind = self.kind(first)
        kinds = [self._selected(other, first) for other in others]
        for other, value in zip(kinds, others, strict=True):
            if not isinstance(value, exp.Query) and _width(value) != _width(first):
                what = f"{_values(first)} cannot be compared with {_values(value)}"
                self.report(TYPES, node, what, "compare as many values with each other")
                return
            if "null" in (kind, other) and not isinstance(node, exp.NullSafeEQ | exp.NullSafeNEQ):
                what = "a comparison with NULL is never true"
                self.report(TYPES, node, what, "write IS NULL or IS NOT NULL")
                return
            both = {kind, other}
            own_text = both == {"timestamp", "literal"} and not self._query.portable
            open_ = "null" in both or own_text or both <= TRUTHS
            if not open_ and not comparable(kind, other):
                what = f"{kind_in_words(kind)} cannot be compared with {kind_in_words(other)}"
                self.report(TYPES, node, what, comparison_advice(kind, other))
                return
            if both == {"date", "literal"}:
                self._day(value if other == "literal" else first)

    def _selected(self, node: exp.Expr, beside: exp.Expr) -> Kind:
        """The kind of a value, or of what an inner SELECT gives to be compared with as many values."""
        if not isinstance(node, exp.Query):
            return self.kind(node)
        columns = self._query.result(node, self._known, self._frame).columns
        wanted = _width(beside)
        node.meta["single"] = wanted == 1 and not isinstance(node.parent, exp.In)
        node.meta["computed"] = any(column.computed for column in columns)
        self._count(node, len(columns), wanted)
        kind: Kind = columns[0].kind if len(columns) == wanted == 1 else "unknown"
        node.meta["kind"] = kind
        return kind

    def _count(self, node: exp.Expr, found: int, wanted: int) -> None:
        if found != wanted:
            what = f"{wanted} column{'s' if wanted > 1 else ''} needed here, and this selects {found}"
            self.report(REFUSED, node, what, "select what is compared, and nothing else")

    def _day(self, node: exp.Expr) -> None:
        literal = node.unnest()
        if isinstance(literal, exp.Literal) and not is_date(literal.this):
            what = f"'{literal.this}' is no date"
            self.report(TYPES, literal, what, "write it as '2025-12-31'")

    def together(self, node: exp.Expr, values: Sequence[exp.Expr], /) -> Kind:
        """The kind of what is one of several values."""
        kinds = [self.kind(value) for value in values]
        kind = common(kinds)
        if kind is None:
            listed = ", ".join(dict.fromkeys(kind_in_words(kind) for kind in kinds))
            self.report(TYPES, node, f"values of different types: {listed}", "use values of one type")
        if any(value.unnest().meta.get("computed") for value in values):
            node.meta["computed"] = True
        return kind or "unknown"

    def _paren(self, node: exp.Expr) -> Kind:
        kind = self.kind(node.this)
        node.meta.update(
            {name: node.this.meta[name] for name in ("computed", "moves") if name in node.this.meta}
        )
        return kind

    def _subquery(self, node: exp.Expr) -> Kind:
        result = self._query.result(node.this, self._known, self._frame)
        if isinstance(node, exp.Exists):
            return "condition"
        self._count(node, len(result.columns), 1)
        node.meta["single"] = True
        node.meta["computed"] = any(column.computed for column in result.columns)
        return result.columns[0].kind if len(result.columns) == 1 else "unknown"

    def _of_each(self, node: exp.Expr) -> Kind:
        """What is compared with every row of a SELECT."""
        if self._query.dialect != "postgresql":
            advice = "compare it with the MAX or MIN of them: `x >= (SELECT MAX(…) FROM …)`"
            self.report(REFUSED, node, "SQLite does not compare with ALL rows", advice)
        else:
            self._query.result(node.this, self._known, self._frame)
        return "unknown"

    def _passing_nulls(self, node: exp.Expr) -> Kind:
        if self._query.portable:
            advice = "in a WITH number the groups by COUNT(x) OVER (ORDER BY …), and take MAX(x) of each"
            self.report(REFUSED, node, "not every database has IGNORE NULLS or RESPECT NULLS", advice)
        return self._carried(node)

    def _window(self, node: exp.Expr) -> Kind:
        name = node.args.get("alias")
        if isinstance(name, exp.Identifier) and name.name.lower() not in self._windows:
            advice = did_you_mean(name.name, self._windows, otherwise="define it: `WINDOW … AS (…)`")
            self.report(REFUSED, name, f'there is no window "{name.name}"', advice)
        inner = node.this.this if isinstance(node.this, exp.Filter) else node.this
        if isinstance(inner.this, exp.Distinct):
            advice = "aggregate it in a WITH, and join"
            self.report(REFUSED, inner.this, "no database has DISTINCT in a window", advice)
        self.window(node)
        return self._carried(node)

    def window(self, node: exp.Expr) -> None:
        """The columns that a window parts and orders its rows by."""
        for part in node.args.get("partition_by") or ():
            self.kind(part)
            if self._query.portable and inexact_among([part]) is not None:
                self.report(NOT_PORTABLE, part, GROUPS_DIFFER, ROUND_IT)
        if order := node.args.get("order"):
            for item in order.expressions:
                self.kind(item.this)
        self._frame_of(node)

    def _frame_of(self, node: exp.Expr) -> None:
        """Which rows around a row a window looks at."""
        spec, order = node.args.get("spec"), node.args.get("order")
        if spec is None or not self._query.portable:
            return
        keys = [kind_of(item.this) for item in order.expressions] if order else []
        for side in ("start", "end"):
            at = spec.args.get(side)
            if at and at != "CURRENT ROW" and not spec.args.get(f"{side}_side"):
                where = at if isinstance(at, exp.Expr) else node
                advice = "write PRECEDING or FOLLOWING behind it"
                self.report(REFUSED, where, "on which side of the row is not told", advice)
        for bound in (spec.args.get("start"), spec.args.get("end")):
            if not isinstance(bound, exp.Expr):
                continue  # CURRENT ROW, or UNBOUNDED
            self.kind(bound)
            if isinstance(bound, exp.Interval) and spec.args["kind"] == "RANGE":
                if keys != ["date"] or not only_days(bound):
                    advice = "order by one day, and count days: RANGE BETWEEN INTERVAL '6 days' PRECEDING …"
                    at = order.expressions[0] if order else node
                    self.report(NOT_PORTABLE, at, "SQLite has windows of whole days only", advice)
            elif not isinstance(bound, exp.Literal) or bound.is_string:
                self.report(NOT_PORTABLE, bound, "a window is not told by a number", "write how many rows")
            elif spec.args["kind"] == "RANGE" and (len(keys) != 1 or keys[0] not in _COUNTED):
                advice = "count rows with ROWS, or days with INTERVAL '6 days'"
                self.report(NOT_PORTABLE, bound, "RANGE counts in what ORDER BY has, one number", advice)

    def _filter(self, node: exp.Expr) -> Kind:
        self.condition(node.expression.this)
        return self._carried(node)

    def _carried(self, node: exp.Expr) -> Kind:
        kind = self.kind(node.this)
        if node.this.meta.get("computed"):
            node.meta["computed"] = True
        return kind

    def _timed(self, node: exp.Expr) -> Kind:
        """SQLite's DATE() and the like, which take the time of day where they are given none."""
        if isinstance(node, exp.Anonymous) and node.name.upper() not in select_lexis(self.dialect).functions:
            what = f"function {node.name.upper()} is not allowed"  # a keyword, which the parser takes for one
            self.report(REFUSED, node, what, "use one that is listed")
        elif isinstance(node, exp.Date) and self._query.portable:
            self.report(NOT_PORTABLE, node, "the databases differ in DATE(…)", "write CAST(… AS DATE)")
        elif isinstance(node, exp.CurrentTimestamp) or not list(node.iter_expressions()):
            advice = "give it the date of a column"
            self.report(REFUSED, node, "without a date, this is another day on a rerun", advice)
        self.kinds(node)
        return "unknown"


def _width(node: exp.Expr) -> int:
    """How many values stand there: `(a, b)` are two."""
    return len(node.expressions) if isinstance(node, exp.Tuple) else 1


def _values(node: exp.Expr) -> str:
    return "one value" if _width(node) == 1 else f"{_width(node)} values"


_COUNTED = NUMBERS | {"unknown", "null"}
_OF_SEVERAL = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.In, exp.NullSafeEQ, exp.NullSafeNEQ)
_AROUND = (exp.Tuple, exp.Star, exp.Distinct)  # no values themselves
_Rule = Callable[[Values, exp.Expr], Kind]
# What is no operation: columns, and what surrounds values.
_PARTS: tuple[tuple[tuple[type[exp.Expr], ...], _Rule], ...] = (
    ((exp.Column,), Values._column),
    ((exp.Null,), lambda _values, _node: "null"),
    ((exp.Paren,), Values._paren),
    ((exp.Exists, exp.Subquery), Values._subquery),
    ((exp.All,), Values._of_each),
    ((exp.IgnoreNulls, exp.RespectNulls), Values._passing_nulls),
    ((exp.Window,), Values._window),
    ((exp.Filter,), Values._filter),
    ((exp.Anonymous, exp.Date, exp.CurrentTimestamp), Values._timed),
)
