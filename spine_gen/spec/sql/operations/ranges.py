"""What is out of range fails on every database, as it does on PostgreSQL.

Past 64 bits SQLite goes on with a float. Beyond what a float holds it has an infinity or zero, as DuckDB has.
"""

from sqlglot import exp

from .operation import bare, kind_of, spine

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Neg)
_LIMIT = 2**63
_COUNTS = 2**40  # of rows, characters or days
_NEVER_NULL = (exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile)
_COUNTING = (*_NEVER_NULL, exp.Length, exp.Sign)
_COUNTING_CALLS = frozenset({"INSTR", "spine_days_between", "spine_extract", "spine_sign"})
_OF_FLOATS: dict[type[exp.Expr], tuple[str, str]] = {
    exp.Add: ("add", "+"),
    exp.Sub: ("subtract", "-"),
    exp.Mul: ("multiply", "*"),
    exp.Div: ("divide", "/"),
}


def in_range(node: exp.Expr) -> exp.Expr:
    """On SQLite: the same, failing where it is out of range."""
    if kind_of(node) == "float" and type(node) in _OF_FLOATS:
        return spine(_OF_FLOATS[type(node)][0], bare(node.this), bare(node.expression))
    if kind_of(node) != "integer" or _is_part(node) or _most(node) < _LIMIT or is_least(node):
        return node
    return spine("integer", node)


def in_range_on_duckdb(node: exp.Expr) -> exp.Expr:
    """What is computed of two floats, failing where it is out of range. Each of the two is written once."""
    result = f"(pair.a {_OF_FLOATS[type(node)][1]} pair.b)"
    wrong, first = f"isinf({result})", ""
    if isinstance(node, exp.Mul | exp.Div):
        wrong += f" OR {result} = 0 AND pair.a <> 0 AND pair.b <> 0"
    if isinstance(node, exp.Div):
        first = "WHEN pair.a IS NOT NULL AND pair.b = 0 THEN error('division by zero') "
    a, b = (f"CAST({bare(side).sql(dialect='duckdb')} AS DOUBLE)" for side in (node.this, node.expression))
    return exp.var(
        f"list_transform([{{'a': {a}, 'b': {b}}}], lambda pair: "
        f"CASE {first}WHEN {wrong} THEN error('value out of range') ELSE {result} END)[1]"
    )


def is_least(node: exp.Expr) -> bool:
    """Whether it is the least integer as written, which is one though its digits alone are none."""
    return isinstance(node, exp.Neg) and isinstance(node.this, exp.Literal) and node.this.this == str(_LIMIT)


def least_as_text(node: exp.Expr) -> exp.Expr:
    """On PostgreSQL and DuckDB, where the least integer as written is no integer."""
    return exp.cast(exp.Literal.string(f"-{_LIMIT}"), "bigint") if is_least(node) else node


def sums_in_range(tree: exp.Expr, engine: str) -> exp.Expr:
    """Sums that fail on SQLite past 64 bits fail on PostgreSQL; and those of floats the other way round.

    On PostgreSQL a sum of integers is a decimal, and stays one. It fails by itself where it is stored as an
    integer.
    """
    for node in list(tree.find_all(exp.Sum, exp.Avg)):
        kind, whole = kind_of(node), _with_its_window(node)
        if engine == "sqlite" and kind == "float":
            new = spine("finite", whole)
        elif engine == "postgresql" and kind == "total" and not whole.meta.get("stored"):
            if _most(node) < _LIMIT:
                continue
            new = exp.cast(exp.cast(whole.copy(), "bigint"), "decimal")
        else:
            continue
        new.meta["kind"] = kind
        if whole is tree:
            return new
        whole.replace(new)
    return tree


def _with_its_window(node: exp.Expr) -> exp.Expr:
    """The call with its FILTER and OVER."""
    while isinstance(node.parent, exp.Window | exp.Filter) and node.parent.this is node:
        node = node.parent
    return node


def _is_part(node: exp.Expr) -> bool:
    """Whether more is calculated with it, so that it is enough to look at that: a float stays one.

    Beside NULL it does not.
    """
    around: exp.Expr | None = node.parent
    part = node
    while isinstance(around, exp.Paren):
        part, around = around, around.parent
    if not isinstance(around, _ARITHMETIC) or kind_of(around) != "integer":
        return False
    return all(_is_filled(side) for side in around.iter_expressions() if side is not part)


def _is_filled(node: exp.Expr) -> bool:
    """Whether it surely is not NULL."""
    node = bare(node)
    if isinstance(node, _ARITHMETIC):
        return all(_is_filled(part) for part in node.iter_expressions())
    return isinstance(node, (exp.Literal, *_NEVER_NULL)) or bool(node.meta.get("filled"))


def _most(node: exp.Expr) -> int:  # noqa: PLR0911  # a kind a line reads better
    """What its absolute value surely is not above."""
    node = bare(node)
    match node:
        case exp.Literal():
            return int(node.this) if str(node.this).isdigit() else _LIMIT
        case exp.Null():
            return 0
        case exp.Neg() | exp.Window() | exp.Filter():
            return _most(node.this)
        case exp.Add() | exp.Sub():
            return _most(node.this) + _most(node.expression)
        case exp.Mul():
            return _most(node.this) * _most(node.expression)
        case exp.Sum():
            return _COUNTS * _most(node.this)
        case exp.Case():
            results = [branch.args["true"] for branch in node.args["ifs"]]
            default = node.args.get("default")
            return max(_most(one) for one in [*results, *([] if default is None else [default])])
    counting = isinstance(node, _COUNTING) or node.name in _COUNTING_CALLS
    return _COUNTS if counting else _LIMIT
