"""What was meant by SQL that cannot be read: the one small change with which it can, or the first of a few.

A slip is told by its repair, because a parser only tells where it gave up, which is often behind the slip.
Each change is tried, and counts only where the text can be read with it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from operator import attrgetter

from spine_gen.diagnostics.suggest import did_you_mean, near_names
from spine_gen.spec.sql.lexis import Lexis, Token, tokens_of
from spine_gen.spec.sql.select_lexis import CLAUSES
from spine_gen.spec.text_problem import TextProblem

Judge = Callable[[str], Sequence[TextProblem]]
# What is left out behind a word, wherever that stands; and what else is, near where reading stopped.
_BELONGS_BEHIND = {"GROUP": "BY", "ORDER": "BY", "PARTITION": "BY", "CASE": "WHEN"}
_LEFT_OUT = (",", "AS", "ON", "THEN", "ELSE", "AND", "FROM", "=")
_QUERY = "SELECT 1"
_BEFORE_QUERY = ("UNION", "ALL", "EXCEPT", "INTERSECT")
_REST = ('"x"', "1", _QUERY)
_ENDS_VALUE = frozenset({"END", "NULL", "TRUE", "FALSE"})
_BEGINS_NONE = CLAUSES | frozenset(
    {"AND", "OR", "IS", "IN", "LIKE", "ILIKE", "BETWEEN", "WHEN", "THEN", "ELSE", "END"}
)
_TOKENS_TRIED = 20_000  # in all texts that are tried
_MOST_SLIPS = 4  # of misspelt words in one text


@dataclass(frozen=True, slots=True)
class _Repair:
    text: str
    problem: TextProblem
    convincing: bool = True  # though something else is then wrong with the text


def slip_in(text: str, problems: Sequence[TextProblem], lexis: Lexis, judge: Judge) -> TextProblem | None:
    """The slip because of which the text has these problems; of several misspelt words the first."""
    return _slip_in(text, problems, lexis, judge, _MOST_SLIPS)


def _slip_in(
    text: str, problems: Sequence[TextProblem], lexis: Lexis, judge: Judge, most: int
) -> TextProblem | None:
    tokens = tokens_of(text)
    if not tokens:
        return None
    stopped = problems[0] if problems[0].stopped else None
    repairs = _misspelt(text, tokens, lexis)
    if stopped is not None:
        near = next((index for index, token in enumerate(tokens) if token.end > stopped.start), 0)
        repairs = chain(repairs, _left_out(text, tokens, near, lexis))
    second_best: TextProblem | None = None
    for repair in islice(repairs, _TOKENS_TRIED // max(len(tokens), 1)):
        left = judge(repair.text)
        if not left:
            return repair.problem
        if stopped is not None and second_best is None and repair.convincing and not _unread(left, lexis):
            second_best = repair.problem
    if stopped is None or second_best is not None:
        return second_best
    fewer = (repair.problem for repair in _too_much(text, tokens, near, lexis) if not judge(repair.text))
    if slip := next(fewer, None):
        return slip
    several = (repair for repair in _misspelt(text, tokens, lexis) if repair.convincing and most > 1)
    judged = [(repair, judge(repair.text)) for repair in islice(several, _TOKENS_TRIED // len(tokens))]
    if not judged:
        return None
    # Of several slips, one that is mended has the parser read on to the next.
    furthest, left = min(judged, key=lambda each: len(each[0].text) - each[1][0].start)
    further = _slip_in(furthest.text, left, lexis, judge, most - 1)
    return further and min(furthest.problem, further, key=attrgetter("start"))


def _unread(problems: Sequence[TextProblem], lexis: Lexis) -> bool:
    return any(problem.code in (lexis.syntax_code, "SG361") for problem in problems)


def _misspelt(text: str, tokens: Sequence[Token], lexis: Lexis) -> Iterator[_Repair]:
    """Words that are nearly a word of SQL, or two of them run together."""
    for token, behind in zip(tokens, [*tokens[1:], None], strict=True):
        word = token.upper
        if len(word) < 2 or word in lexis.keywords or word in lexis.advice:
            continue
        called = behind is not None and behind.text == "("
        near = near_names(word, sorted(lexis.keywords | lexis.functions if called else lexis.keywords))
        if called and near and near[0] in lexis.functions:
            continue  # a function's name, which the gate knows better
        halves = ((word[:cut], word[cut:]) for cut in range(2, len(word) - 1))
        meant = [f"{one} {other}" for one, other in halves if {one, other} <= lexis.keywords]
        for other in (*meant, *near):
            what = f'"{token.text}" means nothing here'
            advice = did_you_mean(token.text, [other], otherwise=f'did you mean "{other}"?')
            yield _Repair(
                text[: token.start] + other + text[token.end :],
                lexis.malformed(token, what, advice),
                convincing=len(word) > 2 or sorted(word) == sorted(other),
            )


def _left_out(text: str, tokens: Sequence[Token], near: int, lexis: Lexis) -> Iterator[_Repair]:
    """What may be missing."""
    if tokens and "SELECT" in lexis.keywords and tokens[0].upper not in ("SELECT", "WITH"):
        what = f"SELECT is missing before `{tokens[0].text}`"
        yield _Repair(f"SELECT {text}", lexis.malformed(tokens[0], what, "begin with it"))
    for before, token in pairwise(tokens):
        if word := _BELONGS_BEHIND.get(before.upper):
            yield _with(text, word, before, token, lexis)
    gaps = [(tokens[index - 1], tokens[index]) for index in _around(near, tokens) if index]
    for word in _LEFT_OUT:
        for before, token in gaps:
            if _ends_value(before, lexis) and _begins_value(token):
                yield _with(text, word, before, token, lexis)
    ends = [(tokens[-1], len(text)), *((before, token.start) for before, token in gaps)]
    for rest in _REST:
        for last, at in ends:
            if not _ends_value(last, lexis) and (rest != _QUERY or last.upper in _BEFORE_QUERY):
                what = f"nothing follows `{last.text}`"
                problem = lexis.malformed(last, what, "write the rest, or remove it")
                yield _Repair(f"{text[:at]} {rest} {text[at:]}", problem)


def _ends_value(token: Token, lexis: Lexis) -> bool:
    if token.sort == "word":
        return token.upper not in lexis.keywords or token.upper in _ENDS_VALUE
    return token.sort != "sign" or token.text == ")"


def _begins_value(token: Token) -> bool:
    return token.sort != "sign" and token.upper not in _BEGINS_NONE


def _too_much(text: str, tokens: Sequence[Token], near: int, lexis: Lexis) -> Iterator[_Repair]:
    """What may be there by mistake."""
    for index in _around(near, tokens):
        token = tokens[index]
        problem = lexis.malformed(token, f"`{token.text}` means nothing here", "remove it")
        yield _Repair(text[: token.start] + text[token.end :], problem)


def _around(near: int, tokens: Sequence[Token]) -> list[int]:
    return [index for index in (near, near - 1, near + 1) if 0 <= index < len(tokens)]


def _with(text: str, word: str, before: Token, token: Token, lexis: Lexis) -> _Repair:
    here = f"between `{before.text}` and `{token.text}`"
    missing, advice = {
        ",": ("a comma", f"write it {here}"),
        "=": ("an operator", f"write it {here}"),
        "AND": ("something", f"write AND or OR {here}"),
    }.get(word, (word, f"write it {here}"))
    problem = lexis.malformed(token, f"{missing} is missing before `{token.text}`", advice)
    return _Repair(f"{text[: token.start]} {word} {text[token.start :]}", problem)
