"""A python stage's function has a name of its own.

What: two python stages name the same function, or the name is a word of Python's.
Why: each function gets one module in `logic/` and one signature, made from its stage's inputs and table.

Bad:

    SCORE: {python: compute, ...}
    RANK:  {python: compute, ...}

Good:

    SCORE: {python: score, ...}
    RANK:  {python: rank, ...}
"""

import keyword
from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG326", "a function name that is taken", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    seen: dict[str, Word] = {}
    for stage in draft.stages:
        word = stage.python
        if word is None:
            continue
        if keyword.iskeyword(word.value) or word.value.startswith("__"):
            headline = f'"{word.value}" cannot be a function: it is a word of Python\'s'
            yield draft.finding(CODE, word.span, headline, help="choose another name")
        elif first := seen.get(word.value):
            yield draft.finding(
                CODE,
                word.span,
                f'function "{word.value}" is named by two stages',
                also=((first.span, "first here"),),
                help="give each stage a function of its own; both may call a third",
            )
        seen.setdefault(word.value, word)
