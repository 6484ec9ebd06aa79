"""A declared code is used by something.

What: no check and no source names this code, and no python stage is there that could record it. This is a
warning.
Why: a code that never occurs promises something to its readers that is not looked for.

Bad:

    anomalies:
      NO_CLOSE:  {severity: WARNING, description: The row has no closing price.}
      BAD_PRICE: {severity: ERROR,   description: A price below zero.}
    ...
    checks:
      - {code: NO_CLOSE, when: "close IS NULL", action: drop}

Good:

    checks:
      - {code: NO_CLOSE,  when: "close IS NULL", action: drop}
      - {code: BAD_PRICE, when: "close < 0", action: fail}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, near_names
from spine_gen.spec.language import Draft

CODE = Code("SG324", "an anomaly code that is never recorded", explanation=__doc__, severity="warning")


def check(draft: Draft) -> Iterator[Diagnostic]:
    if any(stage.python for stage in draft.stages):
        return  # your logic may record it
    used = {item.code.value for stage in draft.stages for item in stage.checks if item.code}
    used |= {
        stage.source.malformed.code.value
        for stage in draft.stages
        if stage.source and stage.source.malformed and stage.source.malformed.code
    }
    declared = [anomaly.code.value for anomaly in draft.anomalies]
    meant = {near for code in used - set(declared) for near in near_names(code, declared)}
    for anomaly in draft.anomalies:
        if anomaly.code.value not in used | meant:
            headline = f'anomaly code "{anomaly.code.value}" is never recorded'
            yield draft.finding(CODE, anomaly.code.span, headline, help="use it in a check, or remove it")
