"""Two inputs of a stage have two names.

What: two inputs are called the same, as stages of two domains may be.
Why: SQL, conditions and logic know an input by its name alone.

Bad:

    inputs: {LOAD: {}, ref.symbols/LOAD: {latest: true}}

Good:

    inputs: {LOAD: {}, ref.symbols/LOAD: {latest: true, as: SYMBOLS}}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG383", "two inputs of one name", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        first = {item.named.value: item for item in reversed(stage.inputs)}
        for item in stage.inputs:
            other = first[item.named.value]
            if other is not item and other.stage.value != item.stage.value:
                headline = f'two inputs are called "{item.named.value}"'
                also = ((other.named.span, "the first"),)
                advice = "give one of them another name, as in `{as: SYMBOLS}`"
                yield draft.finding(CODE, item.named.span, headline, also=also, help=advice)
