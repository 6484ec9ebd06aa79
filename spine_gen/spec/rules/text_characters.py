"""Texts have only characters that can be seen.

What: a description, an owner, a path or a field's name has a control character, a character that reverses the
reading direction, or one that is never a character at all.
Why: such texts go into source code, Markdown and terminals; what a reviewer sees has to be what is there.

Bad:

    description: "Prices\\u202e of the day"

Good:

    description: Prices of the day
"""

import unicodedata
from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG337", "a text with invisible characters", explanation=__doc__)
_LINE = "\n\t"


def check(draft: Draft) -> Iterator[Diagnostic]:
    for word, lines in _texts(draft):
        if word.value.isprintable():
            continue
        for index, character in enumerate(word.value):
            if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"):
                if lines and character in _LINE:
                    continue
                name = unicodedata.name(character, "a control character").lower()
                headline = f"the text has U+{ord(character):04X} ({name}), which cannot be seen"
                yield draft.finding(CODE, word.within(index, index + 1), headline, help="remove it")
                break


def _texts(draft: Draft) -> Iterator[tuple[Word, bool]]:
    """Every free text, and whether it may have several lines."""
    descriptions = [draft.description, *(anomaly.description for anomaly in draft.anomalies)]
    descriptions += [workflow.description for workflow in draft.workflows]
    words = [draft.owner]
    for stage in draft.stages:
        descriptions.append(stage.description)
        descriptions += [example.description for example in stage.examples]
        if stage.table:
            descriptions += [stage.table.description, *(column.description for column in stage.table.columns)]
            words += [column.source.name for column in stage.table.columns if column.source]
        if stage.source:
            words += [stage.source.path, stage.source.database]
            descriptions.append(stage.source.query)
    yield from ((word, True) for word in descriptions if word)
    yield from ((word, False) for word in words if word)
