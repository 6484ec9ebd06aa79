"""`when`: a condition in the SQL that means the same on SQLite, PostgreSQL and DuckDB."""

from collections.abc import Callable
from functools import lru_cache

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql.condition_lexis import CONDITION_LEXIS, NOT_PORTABLE, SYNTAX
from spine_gen.spec.sql.kinds import (
    NUMBERS,
    TEXTS,
    Kind,
    common,
    comparable,
    comparison_advice,
    is_date,
    kind_in_words,
    number_kind,
    number_problem,
)
from spine_gen.spec.sql.lexis import check_lexis
from spine_gen.spec.sql.parsing import parse_sql, place_of
from spine_gen.spec.sql.problem import SqlProblem, SqlStop

UNKNOWN_COLUMN, TYPES, NO_COLUMN = "SG352", "SG353", "SG354"
_EQUALITIES = (exp.EQ, exp.NEQ)
_ORDERINGS = (exp.LT, exp.LTE, exp.GT, exp.GTE)
_JOINED = (exp.And, exp.Or)
_ORDERED = NUMBERS | {"date", "timestamp", "unknown"}


@lru_cache(maxsize=512)
def condition_problems(text: str, columns: tuple[tuple[str, Kind], ...]) -> tuple[SqlProblem, ...]:
    """Everything wrong with a condition over a table's columns."""
    if problems := check_lexis(text, CONDITION_LEXIS):
        return tuple(problems)
    try:
        statements = parse_sql(text, "postgres", SYNTAX)
    except SqlStop as stop:
        return (stop.problem,)
    reader = _Reader(text, dict(columns))
    if len(statements) != 1:
        return (reader.problem(SYNTAX, None, "no condition", "write one, such as `volume < 0`"),)
    reader.condition(statements[0])
    if not reader.problems and not reader.columns_read:
        advice = "compare a column of the table"
        reader.report(NO_COLUMN, None, "the condition is the same for every row", advice)
    return tuple(reader.problems)


class _Reader:
    """Walks a condition, gathers what is wrong, and tells the kind of every value."""

    def __init__(self, text: str, columns: dict[str, Kind]) -> None:
        self._text = text
        self._columns = columns
        self.columns_read: set[str] = set()
        self.problems: list[SqlProblem] = []

    def problem(self, code: str, node: exp.Expr | None, what: str, help: str | None) -> SqlProblem:
        start, end = place_of(node, self._text) if node is not None else (0, len(self._text))
        return SqlProblem(code=code, what=what, start=start, end=end, help=help)

    def report(self, code: str, node: exp.Expr | None, what: str, help: str | None = None) -> None:
        self.problems.append(self.problem(code, node, what, help))

    def condition(self, node: exp.Expr) -> None:
        """What has to be true or false."""
        if isinstance(node, _JOINED):
            self.condition(node.left)
            self.condition(node.right)
        elif isinstance(node, exp.Not | exp.Paren):
            self.condition(node.this)
        elif not self._comparison(node):
            kind = self.value(node)
            if kind not in ("boolean", "unknown", "condition"):
                self.report(
                    TYPES, node, f"{kind_in_words(kind)} is not a condition", "compare it with something"
                )

    def _comparison(self, node: exp.Expr) -> bool:
        """Whether the node compares; its parts have then been looked at."""
        if isinstance(node, _EQUALITIES + _ORDERINGS):
            self._compare(node, [node.left, node.right], ordered=isinstance(node, _ORDERINGS))
        elif isinstance(node, exp.Between) and not node.args.get("symmetric"):
            self._compare(node, [node.this, node.args["low"], node.args["high"]], ordered=True)
        elif isinstance(node, exp.In) and node.expressions:
            self._compare(node, [node.this, *node.expressions], ordered=False)
            for item in node.expressions:
                if any(item.find_all(exp.Column)):
                    self.report(
                        NOT_PORTABLE, item, "IN lists values, not columns", "join comparisons with OR"
                    )
        elif isinstance(node, exp.Is):
            self._is(node)
        else:
            return False
        return True

    def _compare(self, node: exp.Expr, operands: list[exp.Expr], *, ordered: bool) -> None:
        kinds = [self.value(operand) for operand in operands]
        for operand, kind in zip(operands, kinds, strict=True):
            if kind == "null":
                self.report(
                    TYPES, node, "a comparison with NULL is never true", "write IS NULL or IS NOT NULL"
                )
                return
            if kind in ("condition", "json"):
                what = f"{kind_in_words(kind)} cannot be compared"
                self.report(
                    TYPES, operand, what, "join conditions with AND, OR and NOT; json only with IS NULL"
                )
                return
        first = kinds[0]
        for operand, kind in zip(operands[1:], kinds[1:], strict=True):
            if not comparable(first, kind):
                what = f"{kind_in_words(first)} cannot be compared with {kind_in_words(kind)}"
                self.report(TYPES, node, what, comparison_advice(first, kind))
                return
            if {first, kind} == {"date", "literal"}:
                self._date_literal(operand if kind == "literal" else operands[0])
        if ordered and not all(kind in _ORDERED or (kind == "literal" and "date" in kinds) for kind in kinds):
            what = f"databases order {kind_in_words(first)} differently"
            self.report(NOT_PORTABLE, node, what, "compare with = or IN, or order it in a python stage")

    def _date_literal(self, node: exp.Expr) -> None:
        literal = node.unnest()
        if isinstance(literal, exp.Literal) and not is_date(literal.this):
            self.report(TYPES, literal, f"'{literal.this}' is no date", "write it as '2025-12-31'")

    def _is(self, node: exp.Is) -> None:
        kind = self.value(node.this)
        tested = node.expression
        if kind == "condition":
            self.report(
                NOT_PORTABLE, node, "IS tests a value, not a condition", "write it with AND, OR and NOT"
            )
        elif isinstance(tested, exp.Boolean):
            if kind not in ("boolean", "unknown"):
                self.report(
                    TYPES, node, f"{kind_in_words(kind)} is not true or false", "compare it with a value"
                )
        elif not isinstance(tested, exp.Null):
            self.report(NOT_PORTABLE, node, "IS goes with NULL, TRUE and FALSE only", "write `=`")

    def value(self, node: exp.Expr) -> Kind:
        """The kind of what stands in a comparison."""
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node)
        if isinstance(node, (exp.Not, *_JOINED)):
            self.condition(node)
            return "condition"
        if self._comparison(node):
            return "condition"
        self.report(NOT_PORTABLE, node, f"`{_shown(node, self._text)}` is not allowed here", _ALLOWED)
        return "unknown"

    def _inner(self, node: exp.Expr) -> Kind:
        return self.value(node.this)

    def _column(self, node: exp.Expr) -> Kind:
        identifier = node.this
        name = str(identifier.this)
        name = name if identifier.args.get("quoted") else name.lower()
        again = name in self.columns_read
        self.columns_read.add(name)
        if name not in self._columns:
            if again:
                return "unknown"
            known = tuple(self._columns)
            self.report(UNKNOWN_COLUMN, node, f'the table has no column "{name}"', did_you_mean(name, known))
            return "unknown"
        return self._columns[name]

    def _literal(self, node: exp.Expr) -> Kind:
        if node.is_string:
            return "literal"
        if problem := number_problem(node.this):
            self.report(NOT_PORTABLE, node, f"{node.this} {problem}", "write a shorter number")
            return "unknown"
        return number_kind(node.this)

    def _signed(self, node: exp.Expr) -> Kind:
        return self._number(node.this, node)

    def _number(self, operand: exp.Expr, node: exp.Expr) -> Kind:
        kind = self.value(operand)
        if kind in NUMBERS or kind == "unknown":
            return kind
        self.report(TYPES, node, f"a number is needed here, and this is {kind_in_words(kind)}")
        return "unknown"

    def _calculation(self, node: exp.Expr) -> Kind:
        kinds = [self._number(operand, node) for operand in (node.this, node.expression)]
        if "decimal" in kinds and any(node.find_all(exp.Column)):
            what = "calculations with decimals are exact on PostgreSQL and not on SQLite"
            self.report(NOT_PORTABLE, node, what, "compute it as a column of a sql or python stage")
            return "unknown"
        return common(kinds) or "unknown"

    def _length(self, node: exp.Expr) -> Kind:
        kind = self.value(node.this)
        if kind not in TEXTS and kind != "unknown":
            self.report(TYPES, node, f"LENGTH needs text, and this is {kind_in_words(kind)}")
        return "integer"

    def _coalesce(self, node: exp.Expr) -> Kind:
        return self._one_of(node, [node.this, *node.expressions])

    def _nullif(self, node: exp.Expr) -> Kind:
        return self._one_of(node, [node.this, node.expression])

    def _one_of(self, node: exp.Expr, values: list[exp.Expr]) -> Kind:
        kinds = [self.value(value) for value in values]
        for value, kind in zip(values, kinds, strict=True):
            if kind in ("condition", "json"):
                self.report(
                    TYPES, value, f"{kind_in_words(kind)} cannot stand here", "write CASE WHEN instead"
                )
                return "unknown"
        together = common(kinds)
        if together is None:
            listed = ", ".join(dict.fromkeys(kind_in_words(kind) for kind in kinds))
            self.report(TYPES, node, f"values of different types: {listed}", "use values of one type")
        return together or "unknown"

    def _case(self, node: exp.Expr) -> Kind:
        results = []
        for branch in node.args["ifs"]:
            if node.this is not None:
                self._compare(node, [node.this, branch.this], ordered=False)
            else:
                self.condition(branch.this)
            results.append(branch.args["true"])
        if default := node.args.get("default"):
            results.append(default)
        return self._one_of(node, results)


_RULES: dict[type[exp.Expr], Callable[[_Reader, exp.Expr], Kind]] = {
    exp.Paren: _Reader._inner,
    exp.Column: _Reader._column,
    exp.Literal: _Reader._literal,
    exp.Boolean: lambda _reader, _node: "boolean",
    exp.Null: lambda _reader, _node: "null",
    exp.Neg: _Reader._signed,
    exp.Abs: _Reader._signed,
    exp.Add: _Reader._calculation,
    exp.Sub: _Reader._calculation,
    exp.Mul: _Reader._calculation,
    exp.Length: _Reader._length,
    exp.Coalesce: _Reader._coalesce,
    exp.Nullif: _Reader._nullif,
    exp.Case: _Reader._case,
}
_ALLOWED = (
    "use columns, values, = <> < <= > >=, AND, OR, NOT, IS NULL, IN, BETWEEN, + - *, CASE, "
    "ABS, COALESCE, NULLIF and LENGTH"
)


def _shown(node: exp.Expr, text: str) -> str:
    start, end = place_of(node, text)
    shown = " ".join(text[start:end].split())
    return shown if len(shown) <= 40 else f"{shown[:39]}…"
