"""Calculations: which of them SQLite and PostgreSQL do not do alike."""

from sqlglot import exp

from spine_gen.spec.sql.kinds import Kind


def written_with_point(node: exp.Expr) -> bool:
    """Whether this is a number such as 1.0."""
    return isinstance(node, exp.Literal) and not node.is_string and "." in node.this


def calculation_problem(node: exp.Expr, kinds: list[Kind], dialect: str | None) -> tuple[str, str] | None:
    """Why SQLite, or (dialect None) one of both databases, does not calculate this as it is meant."""
    if dialect != "postgresql" and ("date" in kinds or "timestamp" in kinds):
        what = "SQLite keeps days as text and cannot calculate with them"
        own = "JULIANDAY(…) gives days as numbers, DATE(…, '+1 day') the next day"
        return what, own if dialect else "give each database its own text under `sql:`"
    if dialect is not None:
        return None
    if isinstance(node, exp.Mod) and {"decimal", "float"} & set(kinds):
        return "SQLite cuts both sides of `%` to integers", "use it on integers only"
    if isinstance(node, exp.Div):
        return _division_problem(node, kinds)
    return None


def _division_problem(node: exp.Div, kinds: list[Kind]) -> tuple[str, str] | None:
    """SQLite stores a decimal without places as an integer, and then divides without places."""
    if "float" in kinds or _has_point(node.left) or _has_point(node.right):
        return None
    if "decimal" in kinds:
        return "SQLite may divide these without decimal places", "multiply by 1.0 first: `1.0 * a / b`"
    if "total" in kinds:
        what = "PostgreSQL divides a sum with decimal places, and SQLite without"
        return what, "multiply by 1.0 first: `1.0 * a / b`; for a whole number, CAST(SUM(…) AS BIGINT)"
    return None


def _has_point(node: exp.Expr) -> bool:
    """Whether a value has a point on SQLite too: a factor written with one, or an average."""
    node = node.unnest()
    if isinstance(node, exp.Mul | exp.Div):
        return _has_point(node.left) or _has_point(node.right)
    if isinstance(node, exp.Round):
        return node.args.get("decimals") is not None
    return isinstance(node, exp.Avg) or written_with_point(node)
