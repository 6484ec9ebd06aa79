"""Texts as a revision's Python has them."""

import textwrap

from spine_gen.plan.imports import LINE


def text_code(text: str, width: int = LINE - 12) -> str:
    """A literal; a long one as several, which no layout can change."""
    lines = textwrap.wrap(
        text,
        width,
        expand_tabs=False,
        replace_whitespace=False,
        drop_whitespace=False,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return " ".join(repr(line) for line in lines)
