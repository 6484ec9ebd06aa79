"""Whole numbers on SQLite, which goes on with a float past 64 bits, where PostgreSQL fails.

What is left is the NULL that such a float becomes where something unknown is added to it. SUM fails on SQLite
by itself; on PostgreSQL it goes on, until the sum is stored as an integer.
"""

from sqlglot import exp

from .operation import bare, kind_of, spine

_ARITHMETIC = (exp.Add, exp.Sub, exp.Mul, exp.Neg)
_LIMIT = 2**63
_COUNTS = 2**40  # of rows, characters or days
_COUNTING = (exp.Count, exp.RowNumber, exp.Rank, exp.DenseRank, exp.Ntile, exp.Length, exp.Sign)
_COUNTING_CALLS = frozenset({"INSTR", "spine_days_between", "spine_extract", "spine_sign"})


def in_range(node: exp.Expr) -> exp.Expr:
    """The same, failing past 64 bits: a float stays one, so that it is enough to look at the whole."""
    if kind_of(node) != "integer" or _is_part(node) or _most(node) < _LIMIT:
        return node
    return spine("integer", node)


def _is_part(node: exp.Expr) -> bool:
    """Whether more is calculated with it."""
    around = node.parent
    while isinstance(around, exp.Paren):
        around = around.parent
    return isinstance(around, _ARITHMETIC) and kind_of(around) == "integer"


def _most(node: exp.Expr) -> int:
    """What its absolute value surely is not above."""
    node = bare(node)
    match node:
        case exp.Literal():
            return int(node.this) if str(node.this).isdigit() else _LIMIT
        case exp.Neg():
            return _most(node.this)
        case exp.Add() | exp.Sub():
            return _most(node.this) + _most(node.expression)
        case exp.Mul():
            return _most(node.this) * _most(node.expression)
        case exp.Window():
            return _most(node.this)
    counting = isinstance(node, _COUNTING) or node.name in _COUNTING_CALLS
    return _COUNTS if counting else _LIMIT
