"""The only ways that a value reaches generated text: every template quotes through one of these.

Each filter is safe for any string at all; what it makes stands for exactly that string (`py_literal`,
`py_block`) or for its words on one line (`docstring`, `comment`, `html_comment` and the Markdown ones).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from spine_gen.plan.imports import LINE
from spine_gen.plan.views.source_code import Argument, Call, Code, Lines
from spine_gen.render.wording import UNSEEN, columns, folded, paragraphs, shown, spelled, wrapped

# The characters that Markdown, or GitHub's kind of it, reads as more than themselves.
# An underscore within a word is none of them.
_MARKDOWN = re.compile(r"[\\`*\[\]|~$]|(?<![0-9A-Za-z])_|_(?![0-9A-Za-z])")
_MARKDOWN_START = re.compile(r"^([#+=-]|\d+(?=[.)]))")
# All but what Mermaid takes as it is between its quotes; `%%` and `%{` would begin a comment or directive.
_MERMAID_CODED = re.compile(r"[^0-9A-Za-z ._,/:()=+\-{}%\u00c0-\ud7ff]|%(?=[%{])|(?<=%)%")
_QUOTES = re.compile(r'"{2,}|^"|"$')  # those that could end a docstring, or run into its own
# What a comment tells Python (its file's encoding) and the tools that check or lay out code.
_ORDER = re.compile(
    r"(?<=coding)(?=[:=])|(?:(?<=\#)|(?<=\#\s)|^)(?=(?:type:\s*ignore|noqa|nosec|"
    r"(?:flake8|fmt|isort|mypy|pragma|pylint|pyre|pyright|ruff|yapf):))",
    re.IGNORECASE,
)
_BACKTICKS = re.compile(r"`+")


def py_literal(value: object, width: int | None = None) -> str:
    """Python source of a plain value, the same on every machine; text wider than `width` in several parts."""
    if isinstance(value, str):
        return _py_text(value, width)
    if isinstance(value, Lines):
        return _py_lines(value.text, width)
    for kind, written in _WRITTEN:
        if isinstance(value, kind):
            return written(value)
    if isinstance(value, bool | int | float | None):
        return repr(value)
    if isinstance(value, Mapping):
        keyed = ((f"{py_literal(key)}: ", item) for key, item in value.items())
        return (
            "{"
            + ", ".join(key + py_literal(item, width and width - len(key) - 5) for key, item in keyed)
            + "}"
        )
    if isinstance(value, tuple):
        items = [py_literal(item) for item in value]
        return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
    raise TypeError(f"no literal stands for {value!r}")


def py_call(call: Call, indent: int = 0) -> str:
    """A call on one line if it fits behind `indent` columns, else with an argument a line."""
    line = f"{call.name}({', '.join(_argument(argument) for argument in call.arguments)})"
    if indent + columns(line) < LINE:
        return line
    width = LINE - indent - 5  # further in, and a comma behind
    return f"{call.name}({''.join(f'{_argument(argument, width)},' for argument in call.arguments)})"


def py_block(text: str) -> str:
    """Python source of a text of several lines, as a triple-quoted string that begins with a line break."""
    lines = []
    for line in text.strip("\n").split("\n"):
        body = UNSEEN.sub(lambda match: spelled(match[0]), line.replace("\\", "\\\\")).replace(
            '"""', r"\"\"\""
        )
        bare = body.rstrip(" ")
        lines.extend(_continued(bare + r"\x20" * (len(body) - len(bare))))
    return '"""\n' + "\n".join(lines) + '\n"""'


def docstring(text: str | Sequence[str], indent: int = 0) -> str:
    """A docstring with its quotes: paragraphs wrapped; of several lines, the last has the quotes alone."""
    parts = _docstring_paragraphs(text)
    first = parts[0] if parts else ""
    if len(parts) <= 1 and indent + columns(first) + 6 <= LINE:
        return f'"""{first}"""'
    width = LINE - indent - (3 if len(parts) <= 1 else 0)  # ruff joins quotes and text that fit without
    lines = wrapped(f'"""{first}', width)
    for part in parts[1:]:
        lines += ["", *wrapped(part, LINE - indent)]
    margin = " " * indent
    return "\n".join([lines[0], *(f"{margin}{line}" if line else "" for line in lines[1:]), f'{margin}"""'])


def comment(text: str) -> str:
    """The text as one line that a comment can hold, and that orders no tool to do anything."""
    return _ORDER.sub(r"\\", _line(text))


def comment_lines(text: str, indent: int = 0) -> str:
    """A comment of its own, wrapped, every line behind a hash."""
    margin = " " * indent
    return f"\n{margin}".join(f"# {comment(line)}" for line in wrapped(_line(text), LINE - indent - 2))


def html_comment(text: str) -> str:
    """The text as one line that cannot end an HTML comment."""
    return re.sub(r"-(?=-)|-$", "- ", _line(text)).replace(">", "&gt;")


def md_text(text: str) -> str:
    """The text as words on one line of Markdown, nothing in it marked up."""
    escaped = _line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    escaped = _MARKDOWN.sub(lambda match: f"\\{match[0]}", escaped)
    return _MARKDOWN_START.sub(_escaped_start, escaped)


def md_paragraphs(text: str) -> str:
    """The text's paragraphs as Markdown's, nothing in them marked up."""
    return "\n\n".join(md_text(part) for part in paragraphs(text))


def md_code(text: str) -> str:
    """The text as a code span, also within a table."""
    code = _line(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in _BACKTICKS.findall(code)), default=0) + 1)
    return f"{fence} {code} {fence}" if "`" in code else f"{fence}{code}{fence}"


def md_block(text: str) -> str:
    """The text's lines as a block of code, as they are."""
    lines = [shown(line) for line in text.removesuffix("\n").split("\n")]
    fence = "`" * max([3, *(len(run) + 1 for run in _BACKTICKS.findall(text))])
    return "\n".join([f"{fence}text", *lines, fence])


def md_codes(texts: Sequence[str]) -> str:
    """Several code spans, as a list within a sentence."""
    return ", ".join(md_code(text) for text in texts)


def md_rows(rows: Sequence[Sequence[str | None]], columns: Sequence[str]) -> str:
    """A table, each value as code; a cell that is None is empty."""
    lines = [[md_code(name) for name in columns], ["---" for _ in columns]]
    lines += [["" if cell is None else md_code(cell) for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def mermaid(text: str) -> str:
    """The text as a label within Mermaid's double quotes."""
    return _MERMAID_CODED.sub(lambda match: f"#{ord(match[0])};", _line(text))


def _line(text: str) -> str:
    return shown(folded(text))


def _argument(argument: Argument, width: int | None = None) -> str:
    name, value = argument
    start = f"{name}=" if name else ""
    return start + py_literal(value, width - len(start) if width else None)


def _py_date(value: date) -> str:
    """A day, or an instant in UTC."""
    day = f"{value.year}, {value.month}, {value.day}"
    if not isinstance(value, datetime):
        return f"date({day})"
    parts = [value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 2 and not parts[-1]:
        parts.pop()
    return f"datetime({day}, {', '.join(map(str, parts))}, tzinfo=UTC)"


def _py_lines(text: str, width: int | None) -> str:
    """A literal for each line, or several for one that is wider than `width`; Python joins them."""
    lines = [part for line in text.splitlines(keepends=True) for part in _py_parts(line, width)]
    return f"({' '.join(lines)})" if lines else '""'


def _py_parts(line: str, width: int | None) -> list[str]:
    whole = _py_text(line, None)
    if width is None or columns(whole) <= width:
        return [whole]
    escaped = columns(whole) - columns(line)
    parts = [f"{part} " for part in wrapped(line, max(width - escaped - 1, width // 2))]
    return [_py_text(part, None) for part in (*parts[:-1], parts[-1][:-1])]


def _py_text(value: str, width: int | None) -> str:
    quote = "'" if '"' in value and "'" not in value else '"'
    if width is None or columns(value) + 2 <= width:
        return _quoted(value, quote)
    parts = [f"{line} " for line in wrapped(value, width - 3)]
    parts[-1] = parts[-1][:-1]
    if len(parts) == 1:
        return _quoted(value, quote)  # one long word: parentheses would not make it shorter
    return "(" + "\n".join(_quoted(part, quote) for part in parts) + ")"


def _quoted(text: str, quote: str) -> str:
    escaped = text.replace("\\", "\\\\").replace(quote, f"\\{quote}")
    escaped = escaped.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return f"{quote}{shown(escaped)}{quote}"


def _continued(line: str) -> list[str]:
    """One long line over several, each but the last ended by a backslash that Python takes away again."""
    if columns(line) <= LINE:
        return [line]
    lines = wrapped(line, LINE - 2)
    return [f"{part} \\" for part in lines[:-1]] + lines[-1:]


def _docstring_paragraphs(text: str | Sequence[str]) -> list[str]:
    texts = [text] if isinstance(text, str) else text
    parts = [part for item in texts for part in paragraphs(item)]
    return [shown(_QUOTES.sub(_escaped, part.replace("\\", "\\\\"))) for part in parts]


def _escaped(match: re.Match[str]) -> str:
    return match[0].replace('"', r"\"")


def _escaped_start(match: re.Match[str]) -> str:
    start = match[1]
    return f"{start}\\" if start[0].isdigit() else f"\\{start}"


_WRITTEN: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (Code, lambda code: str(code.text)),
    (Call, py_call),
    (Decimal, lambda number: f'Decimal("{number}")'),
    (date, _py_date),
    (list, lambda items: f"[{', '.join(map(py_literal, items))}]"),
)
FILTERS: dict[str, Callable[..., str]] = {
    "comment": comment,
    "comment_lines": comment_lines,
    "docstring": docstring,
    "html_comment": html_comment,
    "md_block": md_block,
    "md_code": md_code,
    "md_codes": md_codes,
    "md_paragraphs": md_paragraphs,
    "md_rows": md_rows,
    "md_text": md_text,
    "mermaid": mermaid,
    "py_block": py_block,
    "py_call": py_call,
    "py_literal": py_literal,
}
