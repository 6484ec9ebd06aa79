"""Diagnostics as text for people: headline, place, excerpt with carets, help.

    error[SG302]: stage "clena" is not defined
      --> specs/orders.yaml:14:18
       |
    14 |     inputs: [clena]
       |              ^^^^^
      help: did you mean "CLEAN"?

Carets stand under what they point at also behind tabs, combining marks and characters two columns wide, and
control characters never reach the terminal.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from spine_gen.diagnostics.diagnostic import Diagnostic
from spine_gen.source.position import Lines, Span

_TAB = 4
_LONGEST = 160  # columns of a line that are shown; the part around the caret
_STYLES = {"error": "1;31", "warning": "1;33", "label": "36", "dim": "2", "bold": "1", "help": "32"}


def as_text(diagnostics: Iterable[Diagnostic], texts: Mapping[str, str], *, color: bool = False) -> str:
    """All findings, a blank line between them; `texts` holds the content of each file by path.

    Those that the specs acknowledge are only counted, at the end.
    """
    diagnostics = tuple(diagnostics)
    lines = {path: Lines(text) for path, text in texts.items()}
    told = [diagnostic for diagnostic in diagnostics if diagnostic.acknowledged is None]
    blocks = [_block(diagnostic, lines, _Paint(color)) for diagnostic in told]
    if count := len(diagnostics) - len(told):
        blocks.append(f"{count} warning{'' if count == 1 else 's'} acknowledged\n")
    return "\n".join(blocks)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """`2 errors, 1 warning`, or the empty string; without what is acknowledged."""
    severities = [diagnostic.severity for diagnostic in diagnostics if diagnostic.acknowledged is None]
    counts = ((severities.count(severity), severity) for severity in ("error", "warning"))
    return ", ".join(f"{count} {severity}{'s' if count > 1 else ''}" for count, severity in counts if count)


@dataclass(frozen=True, slots=True)
class _Paint:
    on: bool

    def __call__(self, style: str, text: str) -> str:
        return f"\x1b[{_STYLES[style]}m{text}\x1b[0m" if self.on and text else text


@dataclass(frozen=True, slots=True)
class _Mark:
    """A span of one file, with what is said about it."""

    path: str
    span: Span
    text: str
    sign: str  # "^" for the place itself, "-" for the others
    style: str


def _block(diagnostic: Diagnostic, lines: Mapping[str, Lines], paint: _Paint) -> str:
    place = diagnostic.place
    marks = [_Mark(place.path, place.span, diagnostic.label or "", "^", diagnostic.severity)]
    marks += [
        _Mark(label.place.path, label.place.span, label.text, "-", "label") for label in diagnostic.labels
    ]
    shown = [mark for mark in marks if mark.path in lines and lines[mark.path].text]
    width = max((len(str(mark.span.start.line)) for mark in shown), default=1)
    head = paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]")
    start = place.span.start
    out = [
        f"{head}{paint('bold', ': ' + visible(diagnostic.headline))}",
        f"{' ' * width}{paint('dim', '-->')} {visible(place.path)}:{start.line}:{start.column}",
    ]
    bar = f"{' ' * width} {paint('dim', '|')}"
    path = place.path
    for group in _by_line(shown):
        if group[0].path != path:
            path = group[0].path
            where = group[0].span.start
            out.append(f"{' ' * width}{paint('dim', ':::')} {visible(path)}:{where.line}:{where.column}")
        out.append(bar)
        out += _excerpt(group, lines[path], width, paint)
    if diagnostic.help:
        first, *more = visible(diagnostic.help, keep_lines=True).split("\n")
        out.append(f"{' ' * width} {paint('help', 'help:')} {first}")
        out += [f"{' ' * width}       {line}".rstrip() for line in more]
    return "\n".join(out) + "\n"


def _by_line(marks: list[_Mark]) -> list[list[_Mark]]:
    """Marks of the same line together; the main place's file first, then in reading order."""
    groups: dict[tuple[str, int], list[_Mark]] = {}
    for mark in marks:
        groups.setdefault((mark.path, mark.span.start.line), []).append(mark)
    main = marks[0].path if marks else ""
    return [groups[key] for key in sorted(groups, key=lambda key: (key[0] != main, key))]


def _excerpt(marks: list[_Mark], lines: Lines, width: int, paint: _Paint) -> list[str]:
    number = marks[0].span.start.line
    line = lines.line(number)
    cells = [_cell(character) for character in line]
    columns = [0]
    for cell in cells:
        columns.append(columns[-1] + _width(cell))
    first, last = _window(columns, marks[0].span.start.column - 1)
    text = ("…" if first else "") + "".join(cells[first:last]) + ("…" if last < len(cells) else "")
    bar = paint("dim", "|")
    out = [f"{paint('dim', str(number).rjust(width))} {bar} {text}".rstrip()]
    for mark in sorted(marks, key=lambda mark: mark.span.start):
        start = min(max(mark.span.start.column - 1, first), last)
        same_line = mark.span.end.line == number
        end = min(mark.span.end.column - 1, last) if same_line else min(len(line.rstrip()), last)
        shift = columns[start] - columns[first] + (1 if first else 0)
        signs = mark.sign * max(columns[max(end, start)] - columns[start], 1)
        said = f" {visible(mark.text)}" if mark.text else ""
        out.append(f"{' ' * width} {bar} {' ' * shift}{paint(mark.style, signs + said)}")
    return out


def _window(columns: list[int], caret: int) -> tuple[int, int]:
    """Which characters of a line are shown: all of them, or those around the caret."""
    count = len(columns) - 1
    if columns[-1] <= _LONGEST:
        return 0, count
    caret = min(caret, count)
    first = caret
    while first > 0 and columns[caret] - columns[first - 1] < _LONGEST // 2:
        first -= 1
    last = first
    while last < count and columns[last + 1] - columns[first] <= _LONGEST:
        last += 1
    return first, last


def visible(text: str, *, keep_lines: bool = False) -> str:
    """The text with nothing in it that could move the cursor or hide what follows."""
    return "".join(
        character if keep_lines and character == "\n" else _cell(character, tab=1) for character in text
    )


def _cell(character: str, tab: int = _TAB) -> str:
    if character == "\t":
        return " " * tab
    category = unicodedata.category(character)
    if category in ("Cc", "Cf", "Cs", "Zl", "Zp"):
        return "\N{REPLACEMENT CHARACTER}"
    return character


def _width(cell: str) -> int:
    if len(cell) != 1:
        return len(cell)
    if unicodedata.combining(cell) or unicodedata.category(cell) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(cell) in ("W", "F") else 1
