"""SQL as its author wrote it, without what does not count: comments, white space, the case of plain words.

A lexer and no parser, so that no library's next version reads a text otherwise. It never refuses a text; one
that ends within a quotation keeps the rest as it is.
"""

import re
from string import ascii_lowercase, ascii_uppercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .database.backend import DialectName

# Both databases fold the letters of ASCII alone in names that are not quoted.
_FOLD = str.maketrans(ascii_uppercase, ascii_lowercase)
_LETTER = r"A-Za-z_\x80-\U0010ffff"

_SPACE = r"(?P<space>[ \t\n\r\f\v]+|--[^\n]*)"
_PG_SPACE = r"(?P<space>[ \t\n\r\f\v]+|--[^\n\r]*)"
_COMMENT = r"(?P<comment>/\*)"
_TEXT = r"(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|\Z)"
_NAME = r'(?:[uU]&)?"(?:[^"]|"")*(?:"|\Z)'
_ESCAPED = r"[eE]'(?:[^'\\]|''|\\.)*(?:'|\Z)"
_DOLLAR = rf"\$(?P<tag>(?:[{_LETTER}][{_LETTER}0-9]*)?)\$.*?(?:\$(?P=tag)\$|\Z)"
_BACKTICKS = r"`(?:[^`]|``)*(?:`|\Z)"
_BRACKETS = r"\[[^\]]*(?:\]|\Z)"
_NUMBER = r"0[xX][0-9a-fA-F_]+|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][+-]?[0-9]+)?"
_WORD = rf"(?P<word>[{_LETTER}][{_LETTER}0-9$]*)"
# PostgreSQL's rule: a run of these signs is one operator, up to a comment; and it does not end in + or -
# unless there is one among it that no operator of the standard has. So `a<-1` is `a < -1`.
_SIGN = r"(?!--|/\*)[-+*/<>=~!@#%^&|`?]"
_OPERATOR = rf"(?P<operator>(?:{_SIGN})+)"
_PECULIAR = frozenset("~!@#%^&|`?")
_OTHER = r"::|."

_PARTS: "dict[DialectName, tuple[str, ...]]" = {
    "postgresql": (
        *(_PG_SPACE, _COMMENT, _ESCAPED, _TEXT, _NAME, _DOLLAR),
        *(_NUMBER, _WORD, _OPERATOR, _OTHER),
    ),
    "sqlite": (
        *(_SPACE, _COMMENT, _TEXT, _NAME, _BACKTICKS, _BRACKETS),
        *(_NUMBER, _WORD, _OPERATOR, _OTHER),
    ),
}
_LEXERS = {dialect: re.compile("|".join(parts), re.DOTALL) for dialect, parts in _PARTS.items()}
_COMMENT_MARK = re.compile(r"/\*|\*/")


def sql_tokens(sql: str, dialect: "DialectName" = "postgresql") -> tuple[str, ...]:
    """The text's tokens, as that database tells them apart; a text for both is read as PostgreSQL's."""
    lexer = _LEXERS[dialect]
    tokens: list[str] = []
    position = 0
    while match := lexer.match(sql, position):
        position = match.end()
        match match.lastgroup:
            case "space":
                pass
            case "comment":
                position = _after_comment(sql, position, nested=dialect == "postgresql")
            case "word":
                tokens.append(match[0].translate(_FOLD))
            case "operator":
                operator = _operator(match[0])
                position = match.start() + len(operator)
                tokens.append(operator)
            case _:
                tokens.append(match[0])
    while tokens and tokens[-1] == ";":
        tokens.pop()
    return tuple(tokens)


def joined_tokens(sql: str, dialect: "DialectName" = "postgresql") -> str:
    """The tokens as one text with a space between them, which stands for these tokens and no others."""
    return " ".join(sql_tokens(sql, dialect))


def _operator(run: str) -> str:
    while len(run) > 1 and run[-1] in "+-" and _PECULIAR.isdisjoint(run):
        run = run[:-1]
    return run


def _after_comment(sql: str, position: int, *, nested: bool) -> int:
    depth = 1
    while depth:
        mark = _COMMENT_MARK.search(sql, position)
        if mark is None:
            return len(sql)
        position = mark.end()
        if mark[0] == "*/":
            depth -= 1
        elif nested:
            depth += 1
    return position
