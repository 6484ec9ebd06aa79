"""Aggregates: where they may stand, and which columns may stand beside them."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlglot import exp

from spine_gen.spec.sql.columns import Frame, name_of

_ONE_OF_MANY = (exp.Query, exp.Filter, exp.WithinGroup)
_OF_ONE_DATABASE = frozenset({"TOTAL", "EVERY"})  # aggregates that the parser does not know


@dataclass(frozen=True, slots=True)
class Misplaced:
    """What stands where no database, or not each of them, lets it stand."""

    node: exp.Expr
    what: str
    help: str


def misplaced(select: exp.Select, groups: list[exp.Expr]) -> Iterator[Misplaced]:
    """Aggregates and windows in a clause that is computed before them, and aggregates of aggregates."""
    joins = select.args.get("joins") or ()
    having = select.args.get("having")
    clauses = [("WHERE", select.args.get("where"))]
    clauses += [("ON", join.args.get("on")) for join in joins]
    clauses += [("GROUP BY", item) for item in groups]
    for clause, node in clauses:
        if node is not None and aggregates(node):
            advice = "compare it in HAVING" if clause == "WHERE" else "compute it in a WITH first"
            yield Misplaced(node, f"{clause} is read before rows are aggregated", advice)
    for clause, node in (*clauses, ("HAVING", having)):
        if node is not None and _windows(node):
            yield Misplaced(
                node, f"{clause} is read before windows are computed", "compute it in a WITH first"
            )
    for node in [*_outputs(select), *([having.this] if having else [])]:
        for nested in _nested(node):
            yield Misplaced(nested, "an aggregate of an aggregate", "compute the inner one in a WITH first")


def ungrouped(select: exp.Select, groups: list[exp.Expr]) -> Iterator[exp.Column]:
    """Columns beside an aggregate that are not grouped: PostgreSQL refuses them, SQLite picks any row's."""
    having = select.args.get("having")
    outputs = _outputs(select) + ([having.this] if having else [])
    if not groups and having is None and not any(aggregates(output) for output in outputs):
        return
    names = {item.alias.lower() for item in select.expressions if isinstance(item, exp.Alias)}
    order = select.args.get("order")
    for item in order.expressions if order else ():
        if not (isinstance(item.this, exp.Column) and item.this.name.lower() in names):
            outputs.append(item.this)
    for output in outputs:
        yield from _outside_aggregates(output, groups)


def grouped(item: exp.Expr, select: exp.Select, frame: Frame) -> exp.Expr:
    """What GROUP BY 1, or GROUP BY an alias, stands for; a column that is read comes before an alias."""
    if (index := position(item)) is not None:
        chosen = select.expressions[index - 1] if 1 <= index <= len(select.expressions) else item
        return chosen.this if isinstance(chosen, exp.Alias) else chosen
    if isinstance(item, exp.Column) and not item.table and not frame.has(name_of(item.this)):
        for output in select.expressions:
            if isinstance(output, exp.Alias) and output.alias.lower() == item.name.lower():
                return output.this if not isinstance(output.this, exp.Column) else item
    return item


def position(item: exp.Expr) -> int | None:
    """The number of a result column, where GROUP BY or ORDER BY names one so."""
    return int(item.this) if isinstance(item, exp.Literal) and item.this.isdigit() else None


def aggregates(node: exp.Expr) -> bool:
    """Whether a value is made of several rows; what a window does to them, and inner queries, aside."""
    if isinstance(node, exp.Query):
        return False
    return _is_aggregate(node) or any(aggregates(part) for part in _parts(node))


def _is_aggregate(node: exp.Expr) -> bool:
    if isinstance(node, exp.Anonymous):
        return node.name.upper() in _OF_ONE_DATABASE
    return isinstance(node, exp.AggFunc)


def _outputs(select: exp.Select) -> list[exp.Expr]:
    return [item.this if isinstance(item, exp.Alias) else item for item in select.expressions]


def _parts(node: exp.Expr) -> Iterator[exp.Expr]:
    """What a value is made of; of a window, what its function is given rather than the function."""
    for child in node.iter_expressions():
        if isinstance(node, exp.Window) and child is node.this:
            function = child.this if isinstance(child, exp.Filter) else child
            yield from function.iter_expressions()
        else:
            yield child


def _windows(node: exp.Expr) -> bool:
    if isinstance(node, exp.Query):
        return False
    return isinstance(node, exp.Window) or any(_windows(child) for child in node.iter_expressions())


def _nested(node: exp.Expr) -> Iterator[exp.Expr]:
    if isinstance(node, exp.Query):
        return
    for part in _parts(node):
        if _is_aggregate(node) and aggregates(part):
            yield part
        else:
            yield from _nested(part)


def _outside_aggregates(node: exp.Expr, groups: list[exp.Expr]) -> list[exp.Column]:
    """The columns of an output that stand neither in an aggregate nor in what is grouped by."""
    if any(_same(node, group) for group in groups) or isinstance(node, _ONE_OF_MANY) or _is_aggregate(node):
        return []
    if isinstance(node, exp.Column):
        return [node]
    return [column for part in _parts(node) for column in _outside_aggregates(part, groups)]


def _same(left: exp.Expr, right: exp.Expr) -> bool:
    if isinstance(left, exp.Column) and isinstance(right, exp.Column):
        same_table = not left.table or not right.table or left.table.lower() == right.table.lower()
        return same_table and left.name.lower() == right.name.lower()
    return left == right
