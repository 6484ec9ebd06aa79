"""Nothing where a value has to stand, and values with nothing between them: the parser passes over both."""

from collections.abc import Iterator, Sequence

from spine_gen.spec.sql.lexis import Lexis, Token
from spine_gen.spec.text_problem import TextProblem

_CLAUSES = frozenset(
    {"FROM", "WHERE", "GROUP", "HAVING", "ORDER", "LIMIT", "UNION", "EXCEPT", "INTERSECT", "JOIN", "ON"}
)
_JOINS = frozenset({"AND", "OR"})
_WANT_MORE = _JOINS | {
    "BY",
    "LIMIT",
    "OFFSET",
    "WHERE",
    "HAVING",
    "ON",
    "NOT",
    "LIKE",
    "ILIKE",
    "THEN",
    "ELSE",
    "WHEN",
    "AS",
}
_OPERATORS = frozenset({"+", "-", "/", "%", "=", "<", ">", "<=", ">=", "<>", "!=", "||"})
_NUMBERS = frozenset({"BIGINT", "INTEGER", "INT", "SMALLINT", "NUMERIC", "DECIMAL"})
_TYPES = frozenset({"TIMESTAMPTZ", "TIME", "TIMETZ", "JSON", "JSONB", "UUID"})  # of PostgreSQL alone
_FRAMES = frozenset({"ROWS", "RANGE", "GROUPS"})
_ENDS_OF_FRAMES = frozenset({"PRECEDING", "FOLLOWING", "ROW"})
_TWICE = frozenset({"CASE", "END", "NOT", "NULL"})  # which may follow themselves
_BEHIND_CALLS = frozenset({"OVER", "FILTER"})
_PARTS_OF_DAYS = frozenset({"YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND"})  # no names without AS


def check_gaps(tokens: Sequence[Token], lexis: Lexis) -> TextProblem | None:
    """The first problem, if any."""
    return next(_problems(tokens, lexis), None)


def _problems(tokens: Sequence[Token], lexis: Lexis) -> Iterator[TextProblem]:
    yield from _halves(tokens, lexis)
    for before, token, behind in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        yield from _missing(before, token, behind, lexis)
        if behind is not None:
            yield from _beside(before, token, behind, lexis)


def _halves(tokens: Sequence[Token], lexis: Lexis) -> Iterator[TextProblem]:
    """WHEN without THEN, and windows from one row to another without BETWEEN."""
    cases: list[Token | None] = []  # of each CASE that is open the WHEN that wants its THEN
    frame: Token | None = None  # what stands behind the last ROWS or RANGE
    for before, token, behind in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        word = token.upper
        if word == "CASE":
            cases.append(None)
        elif cases and word in ("WHEN", "THEN", "ELSE", "END"):
            if word != "THEN" and (open_ := cases[-1]) is not None:
                yield lexis.malformed(open_, "this WHEN has no THEN", "write WHEN … THEN …")
            cases[-1] = token if word == "WHEN" else None
            if word == "END":
                cases.pop()
        elif word in _FRAMES:
            frame = behind
        elif word == "AND" and before is not None and before.upper in _ENDS_OF_FRAMES and frame is not None:
            if frame.upper != "BETWEEN":
                yield lexis.malformed(frame, "this window has no BETWEEN", "write it before its first row")
            frame = None


def _missing(before: Token | None, token: Token, behind: Token | None, lexis: Lexis) -> Iterator[TextProblem]:
    wants = token.upper in _WANT_MORE or token.text in _OPERATORS
    if token.text == "." and behind is not None and behind.sort == "sign" and behind.text != "*":
        yield lexis.malformed(token, "no column is named behind this point", "name it, or remove the point")
    if token.upper in ("SELECT", "WITH") and behind is not None and behind.upper == "AS":
        yield lexis.malformed(behind, "nothing stands before this AS", "write it, or remove this one")
    clause = (
        behind is not None and behind.upper in _CLAUSES and token.upper != "AS"
    )  # what is meant as a name
    if wants and behind is not None and (clause or behind.text in (",", ")")):
        yield lexis.malformed(token, f"nothing follows `{token.text}`", "write the rest, or remove it")
    if token.upper == "NOT" and before is not None and behind is not None:
        if behind.upper == "NULL" and before.upper != "IS":
            yield lexis.malformed(token, "IS is missing before this NOT", "write IS NOT NULL")
        elif behind.upper == "IS":
            yield lexis.malformed(token, "NOT stands before IS", "write IS NOT …")
    around = ("" if before is None else before.upper, "" if behind is None else behind.upper)
    if behind is not None and token.upper == "BY" and around == ("GROUP", "ALL"):
        yield lexis.malformed(behind, "GROUP BY takes no ALL", "name what is grouped")
    tells = token.upper == "IS" or (token.upper == "NOT" and around[0] == "IS")
    if behind is not None and tells and behind.upper == "UNKNOWN":  # SQLite takes it for a column
        yield lexis.malformed(behind, "IS takes NULL, TRUE or FALSE", "write NULL")
    if token.upper == "SELECT" and before is not None and before.text in _OPERATORS:
        yield lexis.malformed(token, "a SELECT within a value needs brackets", "write (SELECT …)")


def _beside(before: Token | None, token: Token, behind: Token, lexis: Lexis) -> Iterator[TextProblem]:
    ends = token.sort in ("text", "number") or (_is_name(token, lexis) and token.upper not in _TYPES)
    if ends and behind.sort in ("text", "number"):
        advice = "write a comma or an operator between the two"
        yield lexis.malformed(behind, f"nothing joins `{token.text}` and `{behind.text}`", advice)
    elif token.text == "(" and before is not None and before.upper == "FILTER" and behind.upper != "WHERE":
        yield lexis.malformed(behind, "WHERE is missing behind this FILTER", "write FILTER (WHERE …)")
    elif token.upper == behind.upper and token.upper in lexis.keywords - _TWICE:
        yield lexis.malformed(behind, f"{token.text} stands there twice", "remove one of the two")
    elif token.upper in _NUMBERS and behind.sort == "number":
        yield lexis.malformed(token, f"{token.text} before a number means nothing", "write the number alone")
    elif before is None or not (
        before.text == ")" or before.sort in ("quoted", "number") or _is_name(before, lexis)
    ):
        return
    elif (
        token.upper in _BEHIND_CALLS
        and behind.text != "("
        and (token.upper == "FILTER" or not _is_name(behind, lexis))
    ):
        advice = f"write {token.upper} (…), or put the name in double quotes behind AS"
        yield lexis.malformed(token, f"nothing follows this {token.upper}", advice)
    elif token.upper in _PARTS_OF_DAYS and (behind.upper == "FROM" or behind.text in (",", ")")):
        yield lexis.malformed(token, f"AS is missing before `{token.text}`", f"write AS {token.text}")


def _is_name(token: Token, lexis: Lexis) -> bool:
    return token.sort == "quoted" or (token.sort == "word" and token.upper not in lexis.keywords)
