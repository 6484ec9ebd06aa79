"""Words and signs that lack their other half, or that cannot stand beside each other."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from spine_gen.spec.sql.lexis import Lexis, Token
from spine_gen.spec.text_problem import TextProblem

# A list ends before these. Some parsers pass over a comma there, as over much else that is refused here.
_ENDS = frozenset(
    {
        "FROM",
        "WHERE",
        "GROUP",
        "HAVING",
        "ORDER",
        "LIMIT",
        "UNION",
        "EXCEPT",
        "INTERSECT",
        "SELECT",
        "JOIN",
        "ON",
    }
)
_JOINS = frozenset({"AND", "OR"})
_BEFORE_VALUES = _JOINS | {"WHERE", "ON", "HAVING", "WHEN", "NOT"}
_COMPARISONS = frozenset({"=", "<", ">", "<=", ">=", "<>", "!="})
_CLAUSES = ("WHERE", "GROUP", "HAVING", "ORDER", "LIMIT")  # as they follow each other
_SETS = frozenset({"SELECT", "UNION", "EXCEPT", "INTERSECT"})
_NO_AND = frozenset({*_CLAUSES, *_SETS, "OR", "THEN", "ELSE", "END", "ON", "JOIN", "AS"})  # behind BETWEEN
_DAY = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")
_MEANT = {
    "=<": "write `<=`",
    "=>": "write `>=`",
    "<<": "bits are not shifted here: multiply by 2, 4, 8 …",
    ">>": "bits are not shifted here: divide by 2, 4, 8 …",
}


def check_neighbours(tokens: Sequence[Token], lexis: Lexis) -> TextProblem | None:
    """The first problem, if any."""
    return next(_problems(tokens, lexis), None)


def _problems(tokens: Sequence[Token], lexis: Lexis) -> Iterator[TextProblem]:
    problem = lexis.malformed
    words = {token.upper for token in tokens}
    for before, token, behind in zip([None, *tokens], tokens, [*tokens[1:], None], strict=False):
        word, sign = token.upper, token.text
        if sign == "," and (behind is None or behind.upper in _ENDS or behind.text in (")", ",")):
            yield problem(token, "nothing follows this comma", "remove it")
        elif sign == "," and (before is None or before.text == "(" or before.upper in ("SELECT", "DISTINCT")):
            yield problem(token, "nothing stands before this comma", "remove it")
        elif word in _JOINS and (before is None or before.upper in _BEFORE_VALUES or before.text == "("):
            yield problem(token, f"nothing stands before this {word}", "write it, or remove this one")
        elif sign == "(" and before is not None and behind is not None and behind.upper == "SELECT":
            if before.upper in lexis.functions - lexis.keywords:
                yield problem(behind, "a SELECT in a call needs brackets of its own", "write ((SELECT …))")
            elif before.sort == "word" and before.upper not in lexis.keywords:
                yield problem(token, "AS is missing before this bracket", "write AS (SELECT …)")
        elif word == "AS" and behind is not None and behind.upper == "SELECT":
            yield problem(behind, "a SELECT behind AS needs brackets", "write AS (SELECT …)")
        elif word == "IN" and behind is not None and behind.text != "(" and "POSITION" not in words:
            yield problem(token, "IN takes its values in brackets", "write IN (…)")
        elif word == "FROM" and (before is None or before.text == "("):
            yield problem(token, "FROM stands before SELECT", "write SELECT … FROM …")
    for token, behind in pairwise(tokens):
        if token.text in _COMPARISONS and behind.text in _COMPARISONS:
            both = token.text + behind.text
            twice = token.text == behind.text and behind.start > token.end
            advice = "keep one of the two" if twice else _MEANT.get(both, "keep one of the two")
            yield replace(problem(token, f"`{both}` is no comparison", advice), end=behind.end)
    yield from _unquoted_dates(tokens, lexis)
    yield from _halves(tokens, lexis)
    yield from _of_other_databases(tokens, lexis)
    yield from _clauses(tokens, lexis)


def _unquoted_dates(tokens: Sequence[Token], lexis: Lexis) -> Iterator[TextProblem]:
    """Days without quotes, which are whole numbers: 2025-01-01 is 2023."""
    for first, *_, last in zip(*(tokens[shift:] for shift in range(5)), strict=False):
        text = "".join(token.text for token in tokens if first.start <= token.start <= last.start)
        if last.end - first.start == len(text) and _DAY.fullmatch(text):
            advice = f"write the date in quotes: '{text}'; with spaces it is calculated"
            what = f"`{text}` is a calculation, and no date"
            yield replace(lexis.malformed(first, what, advice), end=last.end)


def _halves(tokens: Sequence[Token], lexis: Lexis) -> Iterator[TextProblem]:
    """Brackets, and CASE with its END."""
    open_: list[Token] = []
    for token in tokens:
        if token.text == "(" or token.upper == "CASE":
            open_.append(token)
        elif token.text == ")":
            if open_ and open_[-1].text == "(":
                open_.pop()
            elif open_ and any(other.text == "(" for other in open_):
                yield lexis.malformed(open_[-1], "this CASE has no END", "write END behind its last value")
            else:
                yield lexis.malformed(token, "no bracket is open that this one could close", "remove it")
        elif token.upper == "END" and open_ and open_[-1].upper == "CASE":
            open_.pop()
    if open_ and open_[-1].text == "(":
        yield lexis.malformed(open_[-1], "this bracket is never closed", "write the `)` that belongs to it")
    elif open_:
        yield lexis.malformed(open_[-1], "this CASE has no END", "write END behind its last value")


def _of_other_databases(tokens: Sequence[Token], lexis: Lexis) -> Iterator[TextProblem]:
    """What the parser takes for the sake of others."""
    parts = [
        part for name, _, part in zip(tokens, tokens[1:], tokens[2:], strict=False) if name.upper == "EXTRACT"
    ]
    for before, token, behind in zip([None, *tokens], tokens, tokens[1:], strict=False):
        if token.upper == "AS" and behind.sort == "text":
            yield lexis.malformed(
                behind, f"{behind.text} is a text, and no name", "write the name without quotes"
            )
        elif token.upper == "DISTINCT" and behind.text == ")":
            yield lexis.malformed(token, "nothing follows this DISTINCT", "write what is counted")
        elif token.upper == "OUTER" and behind.upper in _SETS:
            yield lexis.malformed(token, f"{behind.upper} takes no OUTER", "remove it")
        elif token.upper in ("SORT", "CLUSTER", "DISTRIBUTE") and behind.upper == "BY":
            yield lexis.malformed(token, f"{token.upper} BY means nothing here", "write ORDER BY")
        elif before is not None and before.text == "(" and behind.text == "," and token in parts:
            yield lexis.malformed(behind, "EXTRACT takes no comma", f"write EXTRACT({token.text} FROM …)")
        elif before is not None and before.upper == "SELECT" and token.upper == "TOP" and _is_count(behind):
            yield lexis.malformed(token, "SELECT takes no TOP", "write ORDER BY … LIMIT … at the end")
        elif before is not None and before.upper == "LIMIT" and behind.text == ",":
            yield lexis.malformed(behind, "LIMIT takes one number", f"write LIMIT … OFFSET {token.text}")


def _is_count(token: Token) -> bool:
    return token.sort == "number" or token.text == "("


def _clauses(tokens: Sequence[Token], lexis: Lexis) -> Iterator[TextProblem]:
    """Clauses before those that they follow, and BETWEEN without its AND: some parsers take them."""
    clauses: list[Token | None] = [None]  # the last one, in each bracket and CASE that is open
    between: list[Token | None] = [None]
    for before, token in pairwise([None, *tokens]):
        assert token is not None
        word, last, open_ = token.upper, clauses[-1], between[-1]
        if open_ is not None and (word in _NO_AND or token.text in (")", ",")):
            yield lexis.malformed(open_, "this BETWEEN has no AND", "write BETWEEN … AND …")
        if word in ("AND", "BETWEEN") or word in _NO_AND:
            between[-1] = token if word == "BETWEEN" else None
        if token.text == "(" or word == "CASE":
            clauses.append(None)
            between.append(None)
        elif (token.text == ")" or word == "END") and len(clauses) > 1:
            clauses.pop()
            between.pop()
        elif word in _SETS:
            clauses[-1] = None
        elif word in _CLAUSES and not (before is not None and before.upper == "WITHIN"):
            if last is not None and _CLAUSES.index(word) < _CLAUSES.index(last.upper):
                yield lexis.malformed(
                    token, f"{word} stands behind {last.upper}", f"move it in front of {last.upper}"
                )
            clauses[-1] = token
    if between[-1] is not None:
        yield lexis.malformed(between[-1], "this BETWEEN has no AND", "write BETWEEN … AND …")
