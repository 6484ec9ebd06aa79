"""The values in a SELECT: which columns they read, and of what kind they are."""

from collections.abc import Sequence
from typing import Protocol

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql.arithmetic import calculation_problem, written_with_point
from spine_gen.spec.sql.calls import call_problem, function_name, needs_over
from spine_gen.spec.sql.casts import cast_kind, portable_cast_problem
from spine_gen.spec.sql.columns import ColumnProblem, Frame, Tables, find_column
from spine_gen.spec.sql.kinds import (
    NUMBERS,
    TRUTHS,
    Kind,
    common,
    comparable,
    comparison_advice,
    is_date,
    kind_in_words,
    number_kind,
    number_problem,
)
from spine_gen.spec.sql.reading import Reading

REFUSED, UNKNOWN_COLUMN, TYPES, NOT_PORTABLE = "SG363", "SG364", "SG366", "SG367"
_TIMELESS = (exp.Anonymous, exp.Date, exp.CurrentTimestamp)
_NUMBER_ONLY = (exp.Sum, exp.Avg)
_COUNTING = (
    exp.Count,
    exp.RowNumber,
    exp.Rank,
    exp.DenseRank,
    exp.Ntile,
    exp.Length,
    exp.Sign,
    exp.StrPosition,
)
_FRACTIONS = (exp.PercentRank, exp.CumeDist)
_TEXTUAL = (exp.Lower, exp.Upper, exp.Trim, exp.Substring, exp.Replace, exp.DPipe, exp.GroupConcat)
_KEEPS = (exp.Min, exp.Max, exp.Abs, exp.FirstValue, exp.LastValue, exp.NthValue)


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

    def condition(self, node: exp.Expr) -> None:
        """What has to be true or false."""
        kind = self.kind(node)
        if kind not in (*TRUTHS, "unknown", "null"):
            what = f"{kind_in_words(kind)} is not a condition"
            self._query.report(TYPES, node, what, "compare it with something")

    def kind(self, node: exp.Expr) -> Kind:
        """The kind of a value; everything below it has then been looked at."""
        if needs_over(node):
            advice = "write OVER (PARTITION BY … ORDER BY …) behind it"
            self._query.report(REFUSED, node, f"{function_name(node)} needs a window", advice)
        for kinds, rule in _RULES:
            if isinstance(node, kinds):
                return rule(self, node)
        self._children(node)
        return "unknown"

    def _children(self, node: exp.Expr) -> list[Kind]:
        return [self.kind(child) for child in node.iter_expressions()]

    def _column(self, node: exp.Expr) -> Kind:
        assert isinstance(node, exp.Column)
        if isinstance(node.this, exp.Star):
            return "unknown"
        found = find_column(self._frame, node)
        if isinstance(found, ColumnProblem):
            if found not in self._missed:
                self._query.report(UNKNOWN_COLUMN, node, found.what, found.help)
            self._missed.add(found)
            return found.kind
        return found

    def _literal(self, node: exp.Expr) -> Kind:
        assert isinstance(node, exp.Literal)
        if node.is_string:
            return "literal"
        if (problem := number_problem(node.this)) and self._query.portable:
            self._query.report(NOT_PORTABLE, node, f"{node.this} {problem}", "write a shorter number")
        return number_kind(node.this)

    def _comparison(self, node: exp.Expr) -> Kind:
        first, *others = node.iter_expressions()
        self._compare(node, first, others)
        return "condition"

    def _is(self, node: exp.Expr) -> Kind:
        kind = self.kind(node.this)
        if isinstance(node.expression, exp.Boolean) and kind not in (*TRUTHS, "unknown", "null"):
            what = f"{kind_in_words(kind)} is not true or false"
            self._query.report(TYPES, node, what, "compare it with a value")
        return "condition"

    def _in(self, node: exp.Expr) -> Kind:
        query = node.args.get("query")
        self._compare(node, node.this, node.expressions if query is None else [query])
        return "condition"

    def _compare(self, node: exp.Expr, first: exp.Expr, others: Sequence[exp.Expr]) -> None:
        """Whether the one value can be compared with each of the others; one problem is enough."""
        kind = self.kind(first)
        kinds = [self._selected(other, first) for other in others]
        for other, value in zip(kinds, others, strict=True):
            if "null" in (kind, other):
                what = "a comparison with NULL is never true"
                self._query.report(TYPES, node, what, "write IS NULL or IS NOT NULL")
                return
            both = {kind, other}
            own_text = both == {"timestamp", "literal"} and not self._query.portable
            if not own_text and not both <= TRUTHS and not comparable(kind, other):
                what = f"{kind_in_words(kind)} cannot be compared with {kind_in_words(other)}"
                self._query.report(TYPES, node, what, comparison_advice(kind, other))
                return
            if both == {"date", "literal"}:
                self._day(value if other == "literal" else first)

    def _selected(self, node: exp.Expr, beside: exp.Expr) -> Kind:
        """The kind of a value, or of what an inner SELECT gives to be compared with as many values."""
        if not isinstance(node, exp.Query):
            return self.kind(node)
        columns = self._query.result(node, self._known, self._frame).columns
        wanted = len(beside.expressions) if isinstance(beside, exp.Tuple) else 1
        self._count(node, len(columns), wanted)
        return columns[0].kind if len(columns) == wanted == 1 else "unknown"

    def _count(self, node: exp.Expr, found: int, wanted: int) -> None:
        if found != wanted:
            what = f"{wanted} column{'s' if wanted > 1 else ''} needed here, and this selects {found}"
            self._query.report(REFUSED, node, what, "select what is compared, and nothing else")

    def _day(self, node: exp.Expr) -> None:
        literal = node.unnest()
        if isinstance(literal, exp.Literal) and not is_date(literal.this):
            what = f"'{literal.this}' is no date"
            self._query.report(TYPES, literal, what, "write it as '2025-12-31'")

    def _junction(self, node: exp.Expr) -> Kind:
        for child in node.iter_expressions():
            self.condition(child)
        return "condition"

    def _calculation(self, node: exp.Expr) -> Kind:
        kinds = self._children(node)
        allowed = (*NUMBERS, "unknown", "null", "date", "timestamp")
        wrong = next((kind for kind in kinds if kind not in allowed), None)
        if wrong:
            self._query.report(TYPES, node, f"{kind_in_words(wrong)} cannot be calculated with")
            return "unknown"
        if problem := calculation_problem(node, kinds, self._query.dialect):
            self._query.report(NOT_PORTABLE, node, *problem)
            return "unknown"
        if isinstance(node, exp.Mul) and any(written_with_point(part) for part in (node.left, node.right)):
            return "decimal" if "float" not in kinds else "float"
        return common(kinds) if set(kinds) <= NUMBERS else "unknown"  # type: ignore[return-value]

    def _sum(self, node: exp.Expr) -> Kind:
        kind = self.kind(node.this) if node.this is not None else "unknown"
        if isinstance(node.this, exp.Distinct):
            kind = common([self.kind(item) for item in node.this.expressions]) or "unknown"
        if kind not in (*NUMBERS, "unknown", "null"):
            name = type(node).__name__.upper()
            self._query.report(TYPES, node, f"{name} needs numbers, and this is {kind_in_words(kind)}")
            return "unknown"
        if isinstance(node, exp.Avg):
            return "float" if kind == "float" else "decimal" if kind in NUMBERS else "unknown"
        return "total" if kind == "integer" else kind

    def _same(self, node: exp.Expr) -> Kind:
        kinds = self._call(node)
        return kinds[0] if kinds else "unknown"

    def _neighbour(self, node: exp.Expr) -> Kind:
        """LAG and LEAD: a value of another row, or what stands for it where there is none."""
        if offset := node.args.get("offset"):
            self.kind(offset)
        default = node.args.get("default")
        return self._together(node, [node.this, default] if default else [node.this])

    def _call(self, node: exp.Expr) -> list[Kind]:
        """The kinds of a function's values, after a look at whether it takes them."""
        kinds = self._children(node)
        if problem := call_problem(node, kinds, self._query.dialect):
            code = NOT_PORTABLE if problem.portability else TYPES
            self._query.report(code, node, problem.what, problem.help)
        return kinds

    def _one_of(self, node: exp.Expr) -> Kind:
        values = (
            [node.this, *node.expressions] if isinstance(node, exp.Coalesce) else [node.this, node.expression]
        )
        if problem := call_problem(node, [], self._query.dialect):
            self._query.report(TYPES, node, problem.what, problem.help)
        return self._together(node, values)

    def _case(self, node: exp.Expr) -> Kind:
        branches = node.args["ifs"]
        results: list[exp.Expr] = [branch.args["true"] for branch in branches]
        if node.this is not None:
            self._compare(node, node.this, [branch.this for branch in branches])
        else:
            for branch in branches:
                self.condition(branch.this)
        if default := node.args.get("default"):
            results.append(default)
        return self._together(node, results)

    def _together(self, node: exp.Expr, values: Sequence[exp.Expr]) -> Kind:
        kinds = [self.kind(value) for value in values]
        kind = common(kinds)
        if kind is None:
            listed = ", ".join(dict.fromkeys(kind_in_words(kind) for kind in kinds))
            self._query.report(TYPES, node, f"values of different types: {listed}", "use values of one type")
        return kind or "unknown"

    def _cast(self, node: exp.Expr) -> Kind:
        given = self.kind(node.this)
        if self._query.portable and (problem := portable_cast_problem(node, given)):
            self._query.report(NOT_PORTABLE, node, *problem)
        return cast_kind(node)

    def _subquery(self, node: exp.Expr) -> Kind:
        result = self._query.result(node.this, self._known, self._frame)
        if isinstance(node, exp.Exists):
            return "condition"
        self._count(node, len(result.columns), 1)
        return result.columns[0].kind if len(result.columns) == 1 else "unknown"

    def _window(self, node: exp.Expr) -> Kind:
        name = node.args.get("alias")
        if isinstance(name, exp.Identifier) and name.name.lower() not in self._windows:
            advice = did_you_mean(name.name, self._windows, otherwise="define it: `WINDOW … AS (…)`")
            self._query.report(REFUSED, name, f'there is no window "{name.name}"', advice)
        self.window(node)
        return self.kind(node.this)

    def window(self, node: exp.Expr) -> None:
        """The columns that a window parts and orders its rows by."""
        for part in node.args.get("partition_by") or ():
            self.kind(part)
        if order := node.args.get("order"):
            for item in order.expressions:
                self.kind(item.this)

    def _filter(self, node: exp.Expr) -> Kind:
        self.condition(node.expression.this)
        return self.kind(node.this)

    def _timed(self, node: exp.Expr) -> Kind:
        """SQLite's DATE() and the like, which take the time of day where they are given none."""
        if isinstance(node, exp.CurrentTimestamp) or not list(node.iter_expressions()):
            advice = "give it the date of a column"
            self._query.report(REFUSED, node, "without a date, this is another day on a rerun", advice)
        self._children(node)
        return "unknown"

    def _fixed(self, kind: Kind, node: exp.Expr) -> Kind:
        self._call(node)
        return kind


class _Rule(Protocol):
    def __call__(self, values: Values, node: exp.Expr, /) -> Kind: ...


_RULES: tuple[tuple[tuple[type[exp.Expr], ...], _Rule], ...] = (
    ((exp.Column,), Values._column),
    ((exp.Literal,), Values._literal),
    ((exp.Null,), lambda _values, _node: "null"),
    ((exp.Boolean,), lambda _values, _node: "boolean"),
    ((exp.Paren, exp.Neg), Values._same),
    ((exp.And, exp.Or, exp.Not), Values._junction),
    ((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Between), Values._comparison),
    ((exp.Is,), Values._is),
    ((exp.In,), Values._in),
    ((exp.Exists, exp.Subquery), Values._subquery),
    ((exp.DPipe,), lambda values, node: values._fixed("string", node)),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), Values._calculation),
    (_TIMELESS, Values._timed),
    (_NUMBER_ONLY, Values._sum),
    (_COUNTING, lambda values, node: values._fixed("integer", node)),
    (_FRACTIONS, lambda values, node: values._fixed("float", node)),
    (_TEXTUAL, lambda values, node: values._fixed("string", node)),
    (_KEEPS, Values._same),
    ((exp.Coalesce, exp.Nullif), Values._one_of),
    ((exp.Case,), Values._case),
    ((exp.Cast,), Values._cast),
    ((exp.Round,), Values._same),
    ((exp.Lag, exp.Lead), Values._neighbour),
    ((exp.Window,), Values._window),
    ((exp.Filter,), Values._filter),
)
