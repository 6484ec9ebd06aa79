"""The values in a SELECT: which columns they read, and of what kind they are."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql.kinds import (
    NUMBERS,
    TRUTHS,
    Kind,
    common,
    comparable,
    kind_in_words,
    number_kind,
    number_problem,
)

if TYPE_CHECKING:
    from spine_gen.spec.sql.query import Frame, Query

UNKNOWN_COLUMN, TYPES, NOT_PORTABLE = "SG364", "SG366", "SG367"
_NUMBER_ONLY = (exp.Sum, exp.Avg)
_CASTS: dict[str, Kind] = {
    "BIGINT": "integer", "INT": "integer", "TEXT": "string", "VARCHAR": "string", "DOUBLE": "float",
    "FLOAT": "float", "DECIMAL": "decimal", "BOOLEAN": "boolean", "DATE": "date",
}  # fmt: skip
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
_KEEPS = (exp.Min, exp.Max, exp.Abs, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue)


class Values:
    """Tells kinds within one SELECT, and reports to its query what cannot be."""

    def __init__(self, query: "Query", frame: "Frame", known: dict[str, dict[str, Kind]]) -> None:
        self._query = query
        self._frame = frame
        self._known = known

    def condition(self, node: exp.Expr) -> None:
        """What has to be true or false."""
        kind = self.kind(node)
        if kind not in (*TRUTHS, "unknown", "null"):
            what = f"{kind_in_words(kind)} is not a condition"
            self._query.report(TYPES, node, what, "compare it with something")

    def kind(self, node: exp.Expr) -> Kind:
        """The kind of a value; everything below it has then been looked at."""
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
        name = node.name if node.this.args.get("quoted") else node.name.lower()
        frame: Frame | None = self._frame
        seen: dict[str, None] = {}
        while frame is not None:
            tables = {
                alias: columns for alias, columns in frame.tables.items() if node.table.lower() in ("", alias)
            }
            if node.table and tables and not next(iter(tables.values())):
                return "unknown"
            found = [columns[name] for columns in tables.values() if name in columns]
            if len(found) > 1 and name not in frame.merged:
                where = " and ".join(alias for alias, columns in tables.items() if name in columns)
                what = f'column "{name}" is in {where}'
                self._query.report(UNKNOWN_COLUMN, node, what, "put the table in front: `table.column`")
            if found:
                return found[0]
            if any(not columns for columns in tables.values()):
                return "unknown"
            for columns in tables.values():
                seen |= dict.fromkeys(columns)
            if node.table and tables:
                break
            frame = frame.outer
        if node.table and not seen:
            what = f'"{node.table}" is not read here'
        else:
            what = f'there is no column "{name}"' + (f' in "{node.table}"' if node.table else "")
        self._query.report(UNKNOWN_COLUMN, node, what, did_you_mean(name, seen))
        return "unknown"

    def _literal(self, node: exp.Expr) -> Kind:
        assert isinstance(node, exp.Literal)
        if node.is_string:
            return "literal"
        if (problem := number_problem(node.this)) and self._query.portable:
            self._query.report(NOT_PORTABLE, node, f"{node.this} {problem}", "write a shorter number")
        return number_kind(node.this)

    def _comparison(self, node: exp.Expr) -> Kind:
        operands = list(node.iter_expressions())
        kinds = [self.kind(operand) for operand in operands]
        for kind in kinds[1:]:
            if "null" in (kinds[0], kind) and not isinstance(node, exp.Is):
                what = "a comparison with NULL is never true"
                self._query.report(TYPES, node, what, "write IS NULL or IS NOT NULL")
                break
            truths = kinds[0] in TRUTHS and kind in TRUTHS
            if not isinstance(node, exp.Is) and not truths and not comparable(kinds[0], kind):
                what = f"{kind_in_words(kinds[0])} cannot be compared with {kind_in_words(kind)}"
                self._query.report(TYPES, node, what, "compare values of one type")
                break
        return "condition"

    def _in(self, node: exp.Expr) -> Kind:
        kind = self.kind(node.this)
        query = node.args.get("query")
        others = [self.kind(item) for item in node.expressions]
        if query is not None:
            result = self._query.result(query, self._known, self._frame)
            others = [column.kind for column in result.columns]
        for other in others:
            if other != "null" and not comparable(kind, other):
                what = f"{kind_in_words(kind)} cannot be compared with {kind_in_words(other)}"
                self._query.report(TYPES, node, what, "compare values of one type")
                break
        return "condition"

    def _junction(self, node: exp.Expr) -> Kind:
        for child in node.iter_expressions():
            self.condition(child)
        return "condition"

    def _calculation(self, node: exp.Expr) -> Kind:
        kinds = self._children(node)
        wrong = next(
            (kind for kind in kinds if kind not in (*NUMBERS, "unknown", "null", "date", "timestamp")), None
        )
        if wrong:
            self._query.report(TYPES, node, f"{kind_in_words(wrong)} cannot be calculated with")
            return "unknown"
        if isinstance(node, exp.Div) and self._query.portable:
            return self._division(node, kinds)
        if isinstance(node, exp.Mul) and any(_written_with_point(part) for part in (node.left, node.right)):
            return "decimal" if "float" not in kinds else "float"
        return common(kinds) if set(kinds) <= NUMBERS else "unknown"  # type: ignore[return-value]

    def _division(self, node: exp.Div, kinds: list[Kind]) -> Kind:
        """SQLite stores a decimal without places as an integer, and then divides without places."""
        exact = "float" in kinds or _has_point(node.left) or _has_point(node.right)
        if "decimal" in kinds and not exact:
            what = "SQLite may divide these without decimal places"
            self._query.report(NOT_PORTABLE, node, what, "multiply by 1.0 first: `1.0 * a / b`")
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
        return kind

    def _same(self, node: exp.Expr) -> Kind:
        if isinstance(node, exp.Min | exp.Max) and node.expressions and self._query.portable:
            advice = "write CASE WHEN … THEN … ELSE … END"
            self._query.report(NOT_PORTABLE, node, "PostgreSQL takes one value here", advice)
        kinds = self._children(node)
        return kinds[0] if kinds else "unknown"

    def _one_of(self, node: exp.Expr) -> Kind:
        values = (
            [node.this, *node.expressions] if isinstance(node, exp.Coalesce) else [node.this, node.expression]
        )
        return self._together(node, values)

    def _case(self, node: exp.Expr) -> Kind:
        subject = self.kind(node.this) if node.this is not None else None
        results: list[exp.Expr] = []
        for branch in node.args["ifs"]:
            if subject is None:
                self.condition(branch.this)
            else:
                self.kind(branch.this)
            results.append(branch.args["true"])
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
        self.kind(node.this)
        name = node.args["to"].this.name
        if self._query.portable and name in ("INT", "FLOAT", "VARCHAR"):
            better = {"INT": "BIGINT", "FLOAT": "DOUBLE PRECISION", "VARCHAR": "TEXT"}[name]
            what = f"the databases differ in what they cast to as {name}"
            self._query.report(NOT_PORTABLE, node, what, f"write CAST(… AS {better})")
        return _CASTS.get(name, "unknown")

    def _round(self, node: exp.Expr) -> Kind:
        kind = self.kind(node.this)
        if node.args.get("decimals") is not None:
            self.kind(node.args["decimals"])
            if kind == "float" and self._query.portable:
                what = "PostgreSQL rounds only decimals to places, not floats"
                self._query.report(NOT_PORTABLE, node, what, "use a decimal column")
        return kind

    def _subquery(self, node: exp.Expr) -> Kind:
        result = self._query.result(node.this, self._known, self._frame)
        if isinstance(node, exp.Exists):
            return "condition"
        return result.columns[0].kind if len(result.columns) == 1 else "unknown"

    def _window(self, node: exp.Expr) -> Kind:
        for part in node.args.get("partition_by") or ():
            self.kind(part)
        if order := node.args.get("order"):
            for item in order.expressions:
                self.kind(item.this)
        return self.kind(node.this)

    def _filter(self, node: exp.Expr) -> Kind:
        self.condition(node.expression.this)
        return self.kind(node.this)

    def _fixed(self, kind: Kind, node: exp.Expr) -> Kind:
        self._children(node)
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
    ((exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE, exp.Is, exp.Between), Values._comparison),
    ((exp.In,), Values._in),
    ((exp.Exists, exp.Subquery), Values._subquery),
    ((exp.DPipe,), lambda values, node: values._fixed("string", node)),
    ((exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod), Values._calculation),
    (_NUMBER_ONLY, Values._sum),
    (_COUNTING, lambda values, node: values._fixed("integer", node)),
    (_FRACTIONS, lambda values, node: values._fixed("float", node)),
    (_TEXTUAL, lambda values, node: values._fixed("string", node)),
    (_KEEPS, Values._same),
    ((exp.Coalesce, exp.Nullif), Values._one_of),
    ((exp.Case,), Values._case),
    ((exp.Cast,), Values._cast),
    ((exp.Round,), Values._round),
    ((exp.Window,), Values._window),
    ((exp.Filter,), Values._filter),
)


def _written_with_point(node: exp.Expr) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and "." in node.this


def _has_point(node: exp.Expr) -> bool:
    """Whether a calculation has a number written with a point among its factors."""
    node = node.unnest()
    if isinstance(node, exp.Mul | exp.Div):
        return _has_point(node.left) or _has_point(node.right)
    return _written_with_point(node)
