"""A YAML text as libyaml's events, where it is an ordinary text: the only module that imports PyYAML.

libyaml reads twenty times faster than pure Python, but it reads YAML 1.1, takes a few texts that YAML 1.2
refuses, and words problems otherwise. So it is asked only for texts without the signs that the two take
differently, and whatever it finds odd is read again: ``careful_events`` has the last word on every problem.
"""

import re
from collections.abc import Iterator
from typing import Any

from yaml import ScalarEvent, YAMLError, __with_libyaml__, cyaml

_AT_LINE_START = ("%", "...", "---")  # directives, and where documents end and begin
_BLOCK = ("|", ">")
_HEADER = re.compile(r"[|>][-+]?\n +[^ \n]")  # no comment, no number, and no blank line below it


class OddText(Exception):
    """The text is not one that both libraries are known to read alike."""


def quick_events(text: str) -> Iterator[Any]:
    """The text's events, with the classes' names and attributes as in ruamel.yaml; or OddText, at any time.

    Tags, anchors and aliases come through: what they mean is for the reader to doubt.
    """
    if not __with_libyaml__ or _is_odd(text):
        raise OddText
    parser: Any = cyaml.CParser(text)  # type: ignore[attr-defined]
    try:
        while (event := parser.get_event()) is not None:
            block = event.__class__ is ScalarEvent and event.style in _BLOCK
            if block and not _HEADER.match(text, event.start_mark.index):
                raise OddText
            yield event
    except YAMLError as error:
        raise OddText from error


def _is_odd(text: str) -> bool:
    body = text.removeprefix("---\n")
    return (
        not text.replace("\n", "").isprintable()  # tabs, other line breaks, what cannot be seen
        or body.startswith(_AT_LINE_START)
        or any(f"\n{sign}" in body for sign in _AT_LINE_START)
    )
