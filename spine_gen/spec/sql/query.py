"""One SELECT against the columns it may read: tables, columns, groups and the kinds of its results."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql.columns import Frame, Tables, name_of
from spine_gen.spec.sql.frames import FrameReader
from spine_gen.spec.sql.grouping import grouped, misplaced, position, ungrouped
from spine_gen.spec.sql.kinds import Kind, common, kind_in_words
from spine_gen.spec.sql.operations.exactness import GROUPS_DIFFER, ROUND_IT
from spine_gen.spec.sql.parsing import place_of
from spine_gen.spec.sql.reading import Result, ResultColumn
from spine_gen.spec.sql.values import Values
from spine_gen.spec.text_problem import TextProblem

REFUSED, UNKNOWN_COLUMN, TYPES, NOT_PORTABLE = "SG363", "SG364", "SG366", "SG367"
_REFUSED_PARTS = {
    "into": "INTO",
    "locks": "FOR UPDATE",
    "laterals": "LATERAL",
    "sample": "TABLESAMPLE",
    "hint": "a hint",
}


class Query:
    """Reads one query; `problems` and `tables_read` fill as it goes.

    `dialect` None means that both databases must read it alike; `open`, that the names of some inputs are
    not known, so that any table may be one of them.
    """

    def __init__(
        self,
        text: str,
        inputs: dict[str, dict[str, Kind]],
        *,
        dialect: str | None,
        open: bool = False,
        filled: dict[str, frozenset[str]] | None = None,
    ) -> None:
        self.text = text
        self.filled = {} if filled is None else filled
        self.dialect = dialect
        self.portable = dialect is None
        self.open = open
        self.problems: list[TextProblem] = []
        self.computed: dict[str, frozenset[str]] = {}
        self.tables_read: set[str] = set()
        self._outer: set[int] = set()  # the SELECTs whose columns are the table's
        self.inputs = {name.lower(): (name, columns) for name, columns in inputs.items()}

    def report(self, code: str, node: exp.Expr, what: str, help: str | None = None) -> None:
        start, end = place_of(node, self.text)
        self.problems.append(TextProblem(code=code, what=what, start=start, end=end, help=help))

    def run(self, query: exp.Expr) -> Result:
        """The whole query's result."""
        self._outer = {id(query), *(id(one) for one in _sides(query))}
        return self.result(query, {}, None)

    def result(self, query: exp.Expr, known: Tables, outer: Frame | None) -> Result:
        """The result of a SELECT, or of several joined by UNION; `known` are the WITHs around it."""
        known = self._with(query, known, outer)
        match query:
            case exp.SetOperation():
                left = self.result(query.left, known, outer)
                right = self.result(query.right, known, outer)
                return self._both(query, left, right)
            case exp.Subquery():
                return self.result(query.this, known, outer)
            case exp.Select():
                return self._select(query, known, outer)
        self.report(REFUSED, query, "only SELECT is allowed", "write a SELECT")
        return Result(columns=())

    def _with(self, query: exp.Expr, known: Tables, outer: Frame | None) -> Tables:
        with_ = query.args.get("with_")
        if with_ is None:
            return known
        known = dict(known)
        for item in with_.expressions:
            name = item.alias.lower()
            if name in self.inputs or name in known:
                what = f'WITH gives the name "{item.alias}" a second meaning'
                self.report(REFUSED, item.args["alias"], what, "choose another name")
            result = self._rows(item.this, known, outer) or self.result(item.this, known, outer)
            renamed = [column.name for column in item.args["alias"].args.get("columns") or ()]
            kinds = [column.kind for column in result.columns]
            exact = zip(renamed or [column.name for column in result.columns], result.columns, strict=False)
            self.computed[name] = frozenset(one for one, column in exact if one and column.computed)
            known[name] = dict(zip(renamed, kinds, strict=False)) if renamed else result.as_table()
        return known

    def _rows(self, query: exp.Expr, known: Tables, outer: Frame | None) -> Result | None:
        """What VALUES gives, which the parser reads as a SELECT of all its columns."""
        from_ = query.args.get("from_")
        if not isinstance(query, exp.Select) or from_ is None or not isinstance(from_.this, exp.Values):
            return None
        values = Values(self, Frame({}, frozenset(), frozenset(), outer), known)
        rows = [[values.kind(value) for value in row.expressions] for row in from_.this.expressions]
        if len({len(row) for row in rows}) > 1:
            self.report(REFUSED, from_.this, "the rows of VALUES have different lengths", "fill them up")
        kinds = [common(column) or "unknown" for column in zip(*rows, strict=False)]
        if any(common(column) is None for column in zip(*rows, strict=False)):
            what = "a column of VALUES has values of different types"
            self.report(TYPES, from_.this, what, "use values of one type")
        return Result(columns=tuple(ResultColumn(name=None, kind=kind, node=query) for kind in kinds))

    def _both(self, query: exp.SetOperation, left: Result, right: Result) -> Result:
        """What UNION, INTERSECT or EXCEPT gives: the names of the left side, the kinds of both."""
        if len(left.columns) != len(right.columns):
            what = f"{len(left.columns)} columns on one side, {len(right.columns)} on the other"
            self.report(REFUSED, query, what, "select the same columns on both sides")
            return left
        if self.portable and not isinstance(query, exp.Union) and query.args.get("distinct") is False:
            self.report(NOT_PORTABLE, query, "SQLite knows ALL only behind UNION", "leave ALL out")
        columns = []
        for mine, other in zip(left.columns, right.columns, strict=True):
            kind = common((mine.kind, other.kind))
            if kind is None:
                here, there = kind_in_words(other.kind), kind_in_words(mine.kind)
                what = f"this is {here}, and {there} on the other side"
                self.report(TYPES, other.node, what, "select values of one type on both sides")
            columns.append(replace(mine, kind=kind or "unknown", computed=mine.computed or other.computed))
        if query.args.get("distinct") is not False:
            self._each_once(columns)
        self._order(query, tuple(columns), None)
        self._limit(query)
        return Result(columns=tuple(columns))

    def _select(self, select: exp.Select, known: Tables, outer: Frame | None) -> Result:
        for part, name in _REFUSED_PARTS.items():
            if select.args.get(part) and not (part == "laterals" and self.dialect == "postgresql"):
                self.report(REFUSED, select, f"{name} is not allowed", "write one plain SELECT")
        if not select.args.get("from_") and any(one.find(exp.AggFunc) for one in select.expressions):
            self.report(REFUSED, select, "an aggregate without FROM", "write FROM and what it is of")
        frame = FrameReader(self, known, outer).frame(select)
        windows = select.args.get("windows") or ()
        values = Values(self, frame, known, frozenset(window.this.name.lower() for window in windows))
        for window in windows:
            values.window(window)
        self._portable_clauses(select)
        self._limit(select)
        columns = tuple(
            column for item in select.expressions for column in self._columns(item, values, frame)
        )
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is None:
            self._each_once(columns)
        for join in select.args.get("joins") or ():
            if condition := join.args.get("on"):
                values.condition(condition)
        if where := select.args.get("where"):
            values.condition(where.this)
        self._groups(select, values, frame)
        self._order(select, columns, values)
        return Result(columns=columns)

    def _portable_clauses(self, select: exp.Select) -> None:
        if not self.portable:
            return
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None:
            self._distinct_on(select, distinct.args["on"])
        offset = select.args.get("offset")
        if offset is not None and not select.args.get("limit"):
            advice = "add a LIMIT before it"
            self.report(NOT_PORTABLE, offset, "SQLite knows OFFSET only behind LIMIT", advice)

    def _each_once(self, columns: Sequence[ResultColumn]) -> None:
        """Rows of which equal ones become one."""
        inexact = next((column for column in columns if column.computed), None)
        if self.portable and inexact is not None:
            self.report(NOT_PORTABLE, inexact.node, GROUPS_DIFFER, ROUND_IT)

    def _distinct_on(self, select: exp.Select, on: exp.Expr) -> None:
        """It keeps the first row of each, which only ORDER BY tells."""
        order = select.args.get("order")
        first = [item.this for item in order.expressions] if order else []
        if set(first[: len(on.expressions)]) != set(on.expressions) or len(first) == len(on.expressions):
            advice = "write ORDER BY with what is behind ON first, and then what decides"
            self.report(NOT_PORTABLE, select, "which row DISTINCT ON keeps is not told", advice)

    def _limit(self, query: exp.Expr) -> None:
        limit = query.args.get("limit")
        if not self.portable or limit is None:
            return
        count = limit.expression if isinstance(limit, exp.Limit) else limit
        if not (isinstance(count, exp.Literal) and count.this.isdigit()):
            self.report(NOT_PORTABLE, count, "LIMIT takes a whole number", "write how many rows")
        if not query.args.get("order"):
            what = "which rows LIMIT keeps is not told"
            self.report(
                NOT_PORTABLE, limit, what, "write ORDER BY before it, with a last column that decides"
            )

    def _columns(self, item: exp.Expr, values: Values, frame: Frame) -> list[ResultColumn]:
        """One column, or all of a table that an inner SELECT passes on."""
        is_all = isinstance(item, exp.Star) or (
            isinstance(item, exp.Column) and isinstance(item.this, exp.Star)
        )
        if not is_all or id(item.parent) in self._outer:
            return [self._column(item, values)]
        wanted = item.table.lower() if isinstance(item, exp.Column) else ""
        return [
            ResultColumn(name=name, kind=kind, node=item)
            for alias, columns in frame.tables.items()
            if wanted in ("", alias)
            for name, kind in columns.items()
        ]

    def _column(self, item: exp.Expr, values: Values) -> ResultColumn:
        value = item.this if isinstance(item, exp.Alias) else item
        if isinstance(value, exp.Star) or (
            isinstance(value, exp.Column) and isinstance(value.this, exp.Star)
        ):
            self.report(
                REFUSED,
                item,
                "`*` is not allowed: a column added to an input would change this table",
                "name the columns",
            )
            return ResultColumn(name=None, kind="unknown", node=item)
        name: str | None = None
        if isinstance(item, exp.Alias):
            name = name_of(item.args["alias"])
        elif isinstance(item, exp.Column):
            name = name_of(item.this)
        kind = values.kind(value)
        computed = bool(value.unnest().meta.get("computed"))
        return ResultColumn(name=name, kind=kind, node=item, computed=computed)

    def _groups(self, select: exp.Select, values: Values, frame: Frame) -> None:
        """GROUP BY and HAVING, and what is aggregated."""
        group = select.args.get("group")
        items = group.expressions if group else []
        for item in items:
            self._position(item, len(select.expressions))
        groups = [grouped(item, select, frame) for item in items]
        for item in groups:
            values.kind(item)
            if self.portable and item.unnest().meta.get("computed"):
                self.report(NOT_PORTABLE, item, GROUPS_DIFFER, ROUND_IT)
        if having := select.args.get("having"):
            values.condition(having.this)
        if self.problems:
            return
        for found in misplaced(select, groups):
            self.report(REFUSED, found.node, found.what, found.help)
        for column in () if self.problems else ungrouped(select, groups):
            what = f'"{column.name}" is neither grouped nor aggregated'
            self.report(NOT_PORTABLE, column, what, "add it to GROUP BY, or put it into MIN or MAX")

    def _order(self, query: exp.Expr, columns: Sequence[ResultColumn], values: Values | None) -> None:
        """ORDER BY: results by name or number, or (within a SELECT that is not DISTINCT) any value."""
        order, distinct = query.args.get("order"), query.args.get("distinct")
        names = [column.name for column in columns if column.name]
        selected = {
            column.node.this if isinstance(column.node, exp.Alias) else column.node for column in columns
        }
        for item in order.expressions if order else ():
            alone = item.this
            if self._position(alone, len(columns)):
                continue
            if isinstance(alone, exp.Column) and not alone.table and name_of(alone.this) in names:
                continue
            if values is None:
                advice = did_you_mean(alone.name, names, otherwise="order by one of the result's columns")
                self.report(UNKNOWN_COLUMN, alone, "the result has no such column", advice)
                continue
            values.kind(alone)
            if isinstance(distinct, exp.Distinct) and not distinct.args.get("on") and alone not in selected:
                what = "SELECT DISTINCT can be ordered only by what it selects"
                self.report(NOT_PORTABLE, alone, what, "select it, or leave DISTINCT out")

    def _position(self, item: exp.Expr, count: int) -> bool:
        """Whether GROUP BY or ORDER BY names a result by its number."""
        index = position(item)
        if index is not None and not 1 <= index <= count:
            self.report(REFUSED, item, f"the SELECT has no column {index}", "name the column")
        return index is not None


def _sides(query: exp.Expr) -> Iterator[exp.Expr]:
    """The SELECTs that are joined by UNION and its like."""
    if isinstance(query, exp.SetOperation):
        for side in (query.this, query.expression):
            yield from _sides(side)
    elif isinstance(query, exp.Subquery):
        yield from _sides(query.this)
    else:
        yield query
