"""One SELECT against the columns it may read: tables, columns, groups and the kinds of its results."""

from dataclasses import dataclass

from sqlglot import exp

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql.kinds import Kind
from spine_gen.spec.sql.parsing import place_of
from spine_gen.spec.sql.problem import SqlProblem
from spine_gen.spec.sql.values import Values

UNKNOWN_TABLE, REFUSED, NOT_PORTABLE = "SG362", "SG363", "SG367"
_REFUSED_PARTS = {
    "into": "INTO",
    "locks": "FOR UPDATE",
    "laterals": "LATERAL",
    "sample": "TABLESAMPLE",
    "hint": "a hint",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultColumn:
    name: str | None
    kind: Kind
    node: exp.Expr


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    columns: tuple[ResultColumn, ...]

    def as_table(self) -> dict[str, Kind]:
        return {column.name: column.kind for column in self.columns if column.name}


@dataclass(frozen=True, slots=True)
class Frame:
    """What one SELECT can see: its tables by name, and what the SELECT around it can see."""

    tables: dict[str, dict[str, Kind]]
    merged: frozenset[str]  # columns of JOIN … USING, which belong to no one table
    outer: "Frame | None"


class Query:
    """Reads one query; `problems` and `tables_read` fill as it goes."""

    def __init__(self, text: str, inputs: dict[str, dict[str, Kind]], *, portable: bool) -> None:
        self.text = text
        self.portable = portable
        self.problems: list[SqlProblem] = []
        self.tables_read: set[str] = set()
        self._inputs = {name.lower(): (name, columns) for name, columns in inputs.items()}

    def report(self, code: str, node: exp.Expr, what: str, help: str | None = None) -> None:
        start, end = place_of(node, self.text)
        self.problems.append(SqlProblem(code=code, what=what, start=start, end=end, help=help))

    def run(self, query: exp.Expr) -> Result:
        """The whole query's result."""
        return self.result(query, {}, None)

    def result(self, query: exp.Expr, known: dict[str, dict[str, Kind]], outer: Frame | None) -> Result:
        """The result of a SELECT, or of several joined by UNION; `known` are the WITHs around it."""
        known = self._with(query, known, outer)
        match query:
            case exp.SetOperation():
                left = self.result(query.left, known, outer)
                right = self.result(query.right, known, outer)
                if len(left.columns) != len(right.columns):
                    what = f"{len(left.columns)} columns on one side, {len(right.columns)} on the other"
                    self.report(REFUSED, query, what, "select the same columns on both sides")
                return left
            case exp.Subquery():
                return self.result(query.this, known, outer)
            case exp.Select():
                return self._select(query, known, outer)
        self.report(REFUSED, query, "only SELECT is allowed", "write a SELECT")
        return Result(columns=())

    def _with(
        self, query: exp.Expr, known: dict[str, dict[str, Kind]], outer: Frame | None
    ) -> dict[str, dict[str, Kind]]:
        with_ = query.args.get("with_")
        if with_ is None:
            return known
        known = dict(known)
        for item in with_.expressions:
            name = item.alias.lower()
            if name in self._inputs or name in known:
                what = f'WITH gives the name "{item.alias}" a second meaning'
                self.report(REFUSED, item.args["alias"], what, "choose another name")
            result = self.result(item.this, known, outer)
            renamed = [column.name for column in item.args["alias"].args.get("columns") or ()]
            kinds = [column.kind for column in result.columns]
            known[name] = dict(zip(renamed, kinds, strict=False)) if renamed else result.as_table()
        return known

    def _select(self, select: exp.Select, known: dict[str, dict[str, Kind]], outer: Frame | None) -> Result:
        for part, name in _REFUSED_PARTS.items():
            if select.args.get(part):
                self.report(REFUSED, select, f"{name} is not allowed", "write one plain SELECT")
        frame = self._frame(select, known, outer)
        values = Values(self, frame, known)
        distinct = select.args.get("distinct")
        if distinct is not None and distinct.args.get("on") is not None and self.portable:
            self.report(NOT_PORTABLE, select, "SQLite has no DISTINCT ON", "use ROW_NUMBER() in a WITH")
        columns = tuple(self._column(item, values) for item in select.expressions)
        for join in select.args.get("joins") or ():
            if condition := join.args.get("on"):
                values.condition(condition)
        if where := select.args.get("where"):
            values.condition(where.this)
        self._groups(select, values)
        aliases = {column.name for column in columns if column.name}
        if order := select.args.get("order"):
            for item in order.expressions:
                alone = item.this
                if isinstance(alone, exp.Literal) or (
                    isinstance(alone, exp.Column) and alone.name.lower() in aliases
                ):
                    continue
                values.kind(alone)
        return Result(columns=columns)

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
            name = _name(item.args["alias"])
        elif isinstance(item, exp.Column):
            name = _name(item.this)
        return ResultColumn(name=name, kind=values.kind(value), node=item)

    def _frame(self, select: exp.Select, known: dict[str, dict[str, Kind]], outer: Frame | None) -> Frame:
        tables: dict[str, dict[str, Kind]] = {}
        merged: set[str] = set()
        from_ = select.args.get("from_")
        joins = select.args.get("joins") or ()
        for join in joins:
            if join.args.get("method"):
                self.report(
                    REFUSED, join, f"{join.args['method']} JOIN is not allowed", "name the columns with USING"
                )
            merged |= {_name(identifier) for identifier in join.args.get("using") or ()}
        for source in [from_.this] if from_ else []:
            self._add(source, tables, known, outer)
        for join in joins:
            self._add(join.this, tables, known, outer)
        return Frame(tables, frozenset(merged), outer)

    def _add(
        self,
        source: exp.Expr,
        tables: dict[str, dict[str, Kind]],
        known: dict[str, dict[str, Kind]],
        outer: Frame | None,
    ) -> None:
        name = source.alias_or_name.lower()
        match source:
            case exp.Table(this=exp.Identifier()):
                columns = self._table(source, known)
            case exp.Subquery():
                columns = self.result(source.this, known, outer).as_table()
            case _:
                self.report(
                    UNKNOWN_TABLE, source, "this is no input of the stage", "read FROM the declared inputs"
                )
                columns = {}
        if name in tables:
            self.report(
                REFUSED, source, f'"{name}" is there twice', "give one of them another name: `… AS other`"
            )
        tables[name] = columns
        for join in source.args.get("joins") or ():
            self._add(join.this, tables, known, outer)

    def _table(self, table: exp.Table, known: dict[str, dict[str, Kind]]) -> dict[str, Kind]:
        """The columns of an input or of a WITH; an empty mapping where they are not known."""
        name = table.name.lower()
        if table.args.get("db") or table.args.get("catalog"):
            self.report(
                UNKNOWN_TABLE, table, "a table of another schema is no input", "read FROM the declared inputs"
            )
            return {}
        if name in known:
            return known[name]
        if name in self._inputs:
            stage, columns = self._inputs[name]
            self.tables_read.add(stage)
            if table.this.args.get("quoted"):
                self.report(REFUSED, table, f"the input {stage} is quoted", "write it without quotes")
            return columns
        names = [stage for stage, _ in self._inputs.values()]
        self.report(
            UNKNOWN_TABLE, table, f'"{table.name}" is no input of the stage', did_you_mean(table.name, names)
        )
        return {}

    def _groups(self, select: exp.Select, values: Values) -> None:
        """A column beside an aggregate has to be grouped: PostgreSQL refuses it, SQLite picks any row's."""
        group = select.args.get("group")
        groups = [self._grouped(item, select) for item in group.expressions] if group else []
        for item in groups:
            values.kind(item)
        having = select.args.get("having")
        outputs = [item.this if isinstance(item, exp.Alias) else item for item in select.expressions]
        if having is not None:
            values.condition(having.this)
            outputs.append(having.this)
        if self.problems or (not groups and not any(_aggregates(output) for output in outputs)):
            return
        for output in outputs:
            for column in _outside_aggregates(output, groups):
                what = f'"{column.name}" is neither grouped nor aggregated'
                self.report(NOT_PORTABLE, column, what, "add it to GROUP BY, or put it into MIN or MAX")

    @staticmethod
    def _grouped(item: exp.Expr, select: exp.Select) -> exp.Expr:
        """What GROUP BY 1, or GROUP BY an alias, stands for."""
        if isinstance(item, exp.Literal) and not item.is_string and item.this.isdigit():
            index = int(item.this) - 1
            chosen = select.expressions[index] if 0 <= index < len(select.expressions) else item
            return chosen.this if isinstance(chosen, exp.Alias) else chosen
        if isinstance(item, exp.Column) and not item.table:
            for output in select.expressions:
                if isinstance(output, exp.Alias) and output.alias.lower() == item.name.lower():
                    return output.this if not isinstance(output.this, exp.Column) else item
        return item


def _name(identifier: exp.Expr) -> str:
    """A name as PostgreSQL folds it."""
    text = str(identifier.this)
    return text if identifier.args.get("quoted") else text.lower()


def _aggregates(node: exp.Expr) -> bool:
    """Whether a value is made of several rows; windows and inner queries are not."""
    if isinstance(node, exp.Window | exp.Query):
        return False
    return isinstance(node, exp.AggFunc) or any(_aggregates(child) for child in node.iter_expressions())


def _outside_aggregates(node: exp.Expr, groups: list[exp.Expr]) -> list[exp.Column]:
    """The columns of an output that stand neither in an aggregate nor in what is grouped by."""
    if any(_same(node, group) for group in groups) or isinstance(node, exp.AggFunc | exp.Query | exp.Filter):
        return []
    if isinstance(node, exp.Column):
        return [node]
    return [column for child in node.iter_expressions() for column in _outside_aggregates(child, groups)]


def _same(left: exp.Expr, right: exp.Expr) -> bool:
    if isinstance(left, exp.Column) and isinstance(right, exp.Column):
        same_table = not left.table or not right.table or left.table.lower() == right.table.lower()
        return same_table and left.name.lower() == right.name.lower()
    return left == right
