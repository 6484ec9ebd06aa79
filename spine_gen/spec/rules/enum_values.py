"""An enum's values can stand in a partition key and in a path.

What: a value of an enum dimension is listed twice, is empty, or has characters other than letters, digits,
dots, hyphens and underscores; two differ only by case; or a value means "everything" (`ALL`, `GLOBAL`).
Why: values become parts of keys such as `market=NYSE/date=2025-12-15` and of file names, where case may not
count. A key for everything cannot be tracked: work is tracked by partition.

Bad:

    market: {type: enum, values: [NYSE, nyse, "a/b", ALL]}

Good:

    market: {type: enum, values: [NYSE, NASDAQ]}
"""

import re
from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG321", "an enum value that cannot stand in a key", explanation=__doc__)
_SAFE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*", re.ASCII)
_EVERYTHING = frozenset({"all", "any", "global", "none", "null", "default"})
_LONGEST = 100


def check(draft: Draft) -> Iterator[Diagnostic]:
    for dimension in draft.partitions:
        seen: dict[str, Word] = {}
        for word in dimension.values:
            first = seen.get(word.value.lower())
            if first is not None:
                how = (
                    "twice"
                    if first.value == word.value
                    else f'beside "{first.value}", which differs only by case'
                )
                headline = f'value "{word.value}" is listed {how}'
                also = ((first.span, "first here"),)
                yield draft.finding(CODE, word.span, headline, also=also, help="keep one of the two")
            elif word.value.lower() in _EVERYTHING:
                headline = f'value "{word.value}" is no partition: work is tracked for each value by itself'
                yield draft.finding(CODE, word.span, headline, help="list the real values")
            elif not _SAFE.fullmatch(word.value) or len(word.value) > _LONGEST:
                headline = f'value "{word.value}" cannot stand in a partition key'
                advice = "use letters, digits, dots, hyphens and underscores"
                yield draft.finding(CODE, word.span, headline, help=advice)
            seen.setdefault(word.value.lower(), word)
