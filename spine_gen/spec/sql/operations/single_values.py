"""A SELECT that stands for one value: on SQLite as on PostgreSQL it fails where it has more rows than one."""

from sqlglot import exp

from .operation import spine

_NAME = "one"


def single_values(tree: exp.Expr) -> bool:
    """Whether on SQLite, which takes the first row of several, a SELECT is asked whether there are more."""
    found = [
        node
        for node in tree.find_all(exp.Subquery)
        if node.meta.get("single") and not _has_one_row(node.this)
    ]
    for node in found:
        leftmost = select = node.this
        while isinstance(leftmost, exp.SetOperation):
            leftmost = leftmost.left
        leftmost.set("expressions", [exp.alias_(leftmost.selects[0].unalias().copy(), _NAME)])
        inner = exp.Subquery(this=select.copy(), alias=exp.TableAlias(this=exp.to_identifier(_NAME)))
        node.set("this", exp.select(spine("single", exp.column(_NAME))).from_(inner, copy=False))
    return bool(found)


def _has_one_row(select: exp.Expr) -> bool:
    limit = select.args.get("limit")
    if isinstance(limit, exp.Limit) and limit.expression.name in ("0", "1"):
        return True
    return isinstance(select, exp.Select) and not select.args.get("group") and _is_aggregated(select)


def _is_aggregated(select: exp.Select) -> bool:
    """Whether an aggregate of all rows is selected; those of windows and of inner SELECTs are not."""
    return any(
        node.find_ancestor(exp.Select) is select and not _in_window(node)
        for node in select.selects[0].find_all(exp.AggFunc)
    )


def _in_window(node: exp.Expr) -> bool:
    around = node.parent
    while isinstance(around, exp.Filter | exp.IgnoreNulls | exp.RespectNulls):
        around = around.parent
    return isinstance(around, exp.Window)
