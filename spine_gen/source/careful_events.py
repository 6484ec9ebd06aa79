"""A YAML text as ruamel.yaml's events, and its errors in our words.

It is pure Python and reads YAML 1.2 to the letter; an ordinary text is read by ``quick_events`` instead.
"""

from collections.abc import Iterator
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from spine_gen.source import problems
from spine_gen.source.node_builder import starred_text
from spine_gen.source.position import Lines, Span
from spine_gen.source.problems import Problem, StoppedReading

_ADVICE = {  # by what the library says
    "'\\t'": "indent with spaces, and put a space behind a colon: YAML allows no tab there",
    "mapping values are not allowed": "quote the text if it has a colon; otherwise check the indentation",
    "expected alphabetic or numeric character": "quote the text: an unquoted `*` or `&` begins a name",
    "cannot start any token": "quote the text: no unquoted text can begin with this character",
    "expected <block end>": "check the indentation, and that a colon and a space follow every key",
    "could not find expected ':'": "check the indentation, and that a colon and a space follow every key",
    "expected ',' or": "close the bracket or brace, or separate the items with commas",
    "end of stream": "close the quote",
    "expected the node content, but found '<stream end>'": "close the bracket or brace",
}


def careful_events(lines: Lines) -> Iterator[Any]:
    """The text's events; StoppedReading where it is no YAML, with what is wrong there."""
    try:
        yield from YAML(typ="safe", pure=True).parse(lines.text)
    except YAMLError as error:
        raise StoppedReading(_syntax_problem(error, lines)) from error


def _syntax_problem(error: YAMLError, lines: Lines) -> Problem:
    """The library's error in our words, as far as we know it."""
    if isinstance(error, ReaderError):
        where = lines.span(error.position, error.position + 1)
        code = error.character if isinstance(error.character, int) else ord(error.character[:1] or "\0")
        return problems.syntax(where, f"character U+{code:04X} is not allowed", "remove the character")
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return problems.syntax(lines.span(0, 0), " ".join(str(error).split()), None)
    offset = error.problem_mark.index
    what = " ".join(str(error.problem).split())
    others: tuple[tuple[Span, str], ...] = ()
    if error.context and error.context_mark and error.context_mark.index != offset:
        start = error.context_mark.index
        others = ((lines.span(start, start + 1), " ".join(str(error.context).split())),)
    return problems.syntax(lines.span(offset, offset + 1), what, _advice(what, lines, offset), others)


def _advice(what: str, lines: Lines, offset: int) -> str | None:
    line = lines.line(lines.position(offset).line)
    if (text := starred_text(line)) is not None:
        return problems.quoted(text)
    if line.lstrip(" ").startswith("\t"):
        what = "'\\t'"
    return next((advice for words, advice in _ADVICE.items() if words in what), None)
