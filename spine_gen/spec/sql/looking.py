"""A row's condition that looks into other stages by IN and EXISTS: what stands in its inner SELECTs."""

from collections.abc import Iterator

from sqlglot import exp

from spine_gen.spec.sql.columns import name_of
from spine_gen.spec.sql.operations.operation import NOT_PORTABLE, UNKNOWN_COLUMN
from spine_gen.spec.sql.reading import Reading


def looks_at_row(tree: exp.Expr, query: Reading) -> bool:
    """Whether an inner SELECT of the condition has a column of the row that the condition is on."""
    return any(
        column for select in tree.find_all(exp.Select) for column in _of_the_row(select, query, select)
    )


def report_inner(tree: exp.Expr, query: Reading) -> None:
    """Report an inner SELECT that is a value, and one that gives the row's own column to compare with."""
    for select in tree.find_all(exp.Select):
        around = select.parent
        while isinstance(around, exp.Paren | exp.Subquery):
            around = around.parent
        if not isinstance(around, exp.In | exp.Exists):
            advice = "compute it as a column of a sql or python stage"
            query.report(NOT_PORTABLE, select, "a SELECT stands behind IN or EXISTS here", advice)
        elif isinstance(around, exp.In):
            for item in select.expressions:
                for column in _of_the_row(item, query, select):
                    what = f'"{column.name}" is a column of the row, and not of what is selected from'
                    query.report(UNKNOWN_COLUMN, column, what, "select a column of the input")


def _of_the_row(node: exp.Expr, query: Reading, select: exp.Select) -> Iterator[exp.Column]:
    """The columns below a node that no table of the SELECTs around them has."""
    for column in node.find_all(exp.Column):
        inner: exp.Expr | None = column
        found = bool(column.table)
        while inner is not None and not found:
            inner = inner.find_ancestor(exp.Select)
            found = inner is not None and _has(inner, query, name_of(column.this))
            if inner is select:
                break
        if not found:
            yield column


def _has(select: exp.Expr, query: Reading, name: str) -> bool:
    """Whether a table of its FROM has the column, or may have it where nothing is known of that."""
    tables = [table.name.lower() for table in select.find_all(exp.Table)]
    columns = [query.inputs[table][1] for table in tables if table in query.inputs]
    return len(columns) < len(tables) or any(not one or name in one for one in columns)
