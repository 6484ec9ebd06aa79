"""The words and signs that SQL in a spec may have: a gate before any parser.

It lets through only what all databases cut into the same words (no backticks, no `$$`, no `==`), and only
keywords and functions that are listed. A parser that is lenient elsewhere can then do no harm.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from spine_gen.diagnostics.suggest import did_you_mean
from spine_gen.spec.sql_words import RESERVED
from spine_gen.spec.text_problem import TextProblem

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    |(?P<comment>--[^\r\n]*|/\*.*?\*/)
    |(?P<text>'(?:[^']|'')*')
    |(?P<quoted>"(?:[^"]|"")+")
    |(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<word>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign>!?~\*?|<>|!=|<=|>=|==|\|\||::|->>|->|:=|.)""",
    re.VERBOSE | re.DOTALL,
)
_MAX_DEPTH = 30
_MAX_RUN = 3  # of NOT, or of minus signs, one behind the other
_NOW = frozenset({"now", "today", "tomorrow", "yesterday", "localtime"})  # which a database reads as its time
_SIGN_HELP = {
    "==": "write `=`",
    ";": "remove it: there is one statement, and no end to mark",
    "`": "quote names with double quotes",
    "[": "quote names with double quotes",
    "?": "write the value itself: there are no parameters",
    ":": "write the value itself: there are no parameters",
    "$": "write the value itself: there are no parameters",
    "@": "write the value itself: there are no parameters",
    "::": "write CAST(… AS …)",
    "&": "write AND",
    "|": "write OR; texts are joined by `||`",
    "!": "write NOT; what is not equal is written `<>`",
    "^": "write POWER(…, …)",
}


@dataclass(frozen=True, slots=True)
class Token:
    sort: str  # text, quoted, number, word, sign
    text: str
    start: int
    end: int

    @property
    def upper(self) -> str:
        return self.text.upper() if self.sort == "word" else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lexis:
    """What one kind of SQL may be written with; each refused word has its advice."""

    signs: frozenset[str]
    keywords: frozenset[str]
    functions: frozenset[str]
    advice: dict[str, str]
    unlisted: str  # what to do without a function that is not listed
    comments: bool
    max_tokens: int
    syntax_code: str
    refused_code: str

    def malformed(self, token: Token, what: str, help: str | None) -> TextProblem:
        """A word or sign with which the text is no SQL."""
        return TextProblem(code=self.syntax_code, what=what, start=token.start, end=token.end, help=help)

    def refused(self, token: Token, what: str, help: str | None) -> TextProblem:
        """A word or sign that is not allowed."""
        return TextProblem(code=self.refused_code, what=what, start=token.start, end=token.end, help=help)


def check_lexis(text: str, lexis: Lexis) -> TextProblem | None:
    """The first word or sign that is not allowed, if any: what follows it is often its tail."""
    tokens: list[Token] = []
    problems: list[TextProblem] = []
    for token in _all_tokens(text):
        if token.sort == "comment":
            if not lexis.comments:
                problems.append(lexis.refused(token, "comments are not allowed here", "remove it"))
        elif token.sort == "text" and any(ord(character) < 32 for character in token.text):
            problems.append(lexis.refused(token, "the text has a control character", "remove it"))
            tokens.append(token)
        else:
            tokens.append(token)
    if len(tokens) > lexis.max_tokens:
        extra = tokens[lexis.max_tokens]
        return lexis.refused(extra, "the SQL is too long", "split it into several")
    for index, token in enumerate(tokens):
        following = tokens[index + 1] if index + 1 < len(tokens) else None
        problem = _problem(token, following, tokens[index - 1] if index else None, lexis)
        if problem is not None:
            problems.append(problem)
    return problems[0] if problems else _too_deep(tokens, lexis)


def tokens_of(text: str) -> tuple[Token, ...]:
    """The words and signs of a text, without comments."""
    return tuple(token for token in _all_tokens(text) if token.sort != "comment")


def _all_tokens(text: str) -> Iterator[Token]:
    for found in _TOKEN.finditer(text):
        if found.lastgroup != "space":
            yield Token(str(found.lastgroup), found.group(), found.start(), found.end())


def _problem(
    token: Token, following: Token | None, previous: Token | None, lexis: Lexis
) -> TextProblem | None:
    """What is wrong with a token between its neighbours."""
    if token.sort == "sign":
        return None if token.text in lexis.signs else _bad_sign(token, lexis)
    if token.sort == "word":
        return _word_problem(token, following, previous, lexis)
    if following is not None and following.start == token.end and following.sort != "sign":
        what = f"`{token.text}{following.text}` is not one value"
        advice = "put a space or an operator between the two"
        if token.sort == "text":
            advice = "a quote within a text is written twice: 'it''s'"
        return lexis.malformed(token, what, advice)
    if token.sort == "text" and token.text.strip("' ").lower() in _NOW:
        what, advice = f"{token.text} is another day on a rerun", "take the date from a column"
        return lexis.refused(token, what, advice)
    if token.sort == "quoted" and following is not None and following.text == "(":
        return lexis.refused(token, f"function {token.text} is not allowed", "use one that is listed")
    return None


def _word_problem(
    token: Token, following: Token | None, previous: Token | None, lexis: Lexis
) -> TextProblem | None:
    word = token.upper
    literal = following is not None and following.sort == "text"
    if following is not None and literal and following.start == token.end:
        what = f"`{token.text}'…'` is not understood by every database"
        return lexis.refused(token, what, "write the text without a letter before it")
    if following is not None and following.text == "(" and word not in lexis.keywords:
        if word in lexis.functions or (previous is not None and previous.upper in ("AS", "WITH")):
            return None
        known = sorted(lexis.functions)
        advice = lexis.advice.get(word) or did_you_mean(token.text, known, otherwise=lexis.unlisted)
        return lexis.refused(token, f"function {word} is not allowed", advice)
    other_statement = previous is None and "SELECT" in lexis.keywords
    if word in lexis.advice and (word.lower() in RESERVED or other_statement or literal):
        return lexis.refused(token, f"{word} is not allowed", lexis.advice[word])
    if word.lower() in RESERVED and word not in lexis.keywords:
        advice = f'if a column is meant, put it in double quotes: "{token.text.lower()}"'
        return lexis.refused(token, f'"{token.text}" is a word of SQL', advice)
    return None


def _bad_sign(token: Token, lexis: Lexis) -> TextProblem:
    if token.text in ("'", '"'):
        return lexis.malformed(token, "a quote is not closed", "close it")
    advice = lexis.advice.get(token.text) or _SIGN_HELP.get(token.text) or "remove it"
    return lexis.refused(token, f"`{token.text}` is not allowed", advice)


def _too_deep(tokens: list[Token], lexis: Lexis) -> TextProblem | None:
    """Nesting that would exhaust a parser."""
    depth = run = 0
    for token in tokens:
        depth += {"(": 1, ")": -1}.get(token.text, {"CASE": 1, "END": -1}.get(token.upper, 0))
        run = run + 1 if token.upper == "NOT" or token.text in ("-", "+") else 0
        if depth > _MAX_DEPTH or run > _MAX_RUN:
            return lexis.refused(token, "nested too deeply", "simplify it")
    return None
