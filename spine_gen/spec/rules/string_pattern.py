"""A string dimension's pattern is a regular expression, and a quick one.

What: the pattern does not compile, or repeats a group that itself holds a repetition or a choice.
Why: every partition key is matched against it. A repeated repetition such as `(a+)+` can take for ever on a
short key.

Bad:

    name: {type: string, pattern: "([A-Z]+)*"}

Good:

    name: {type: string, pattern: "[A-Z][A-Z0-9_]{0,30}"}
"""

import re
from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.pattern_safety import repeats_a_repetition

CODE = Code("SG322", "a pattern that is wrong or slow", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for dimension in draft.partitions:
        word = dimension.pattern
        if word is None:
            continue
        try:
            re.compile(word.value)
        except (re.error, OverflowError, RecursionError) as error:
            at = error.pos if isinstance(error, re.error) else None
            span = word.span if at is None or at >= len(word.value) else word.within(at, at + 1)
            reason = error.msg if isinstance(error, re.error) else "it is too large"
            headline = f'pattern "{word.value}" is not a regular expression: {reason}'
            yield draft.finding(CODE, span, headline, help="correct it; special characters need a backslash")
            continue
        if repeats_a_repetition(word.value):
            headline = f'pattern "{word.value}" repeats a repetition, which can take for ever'
            advice = "repeat once, with a limit, as in `[A-Z0-9_]{1,20}`"
            yield draft.finding(CODE, word.span, headline, help=advice)
