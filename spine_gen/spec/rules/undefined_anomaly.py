"""An anomaly code is declared before it is used.

What: a check's `code`, a source's `malformed`, an `anomalies(STAGE, CODE)` or an example's `anomalies` names
a code that `anomalies` does not declare.
Why: the codes are a contract with whoever reads core_anomalies; each has a severity.

Bad:

    anomalies:
      NO_CLOSE: {severity: WARNING, description: The row has no closing price.}
    ...
    checks:
      - {code: NOCLOSE, when: "close IS NULL", action: drop}

Good:

    checks:
      - {code: NO_CLOSE, when: "close IS NULL", action: drop}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.source import Mapping, Span
from spine_gen.spec.conditions import calls_of
from spine_gen.spec.example_parts import examples_of
from spine_gen.spec.language import Draft
from spine_gen.spec.right_case import with_right_case

CODE = Code("SG304", "an anomaly code that is not declared", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    if not draft.anomalies_known:
        return
    declared = [anomaly.code.value for anomaly in draft.anomalies]
    for name, span in (*used_codes(draft), *_expected_codes(draft)):
        if name not in with_right_case(declared):
            advice = did_you_mean(name, declared, otherwise=f"declare it: `{name}: {{severity: …}}`")
            yield draft.finding(CODE, span, f'anomaly code "{name}" is not declared', help=advice)


def used_codes(draft: Draft) -> Iterator[tuple[str, Span]]:
    """Every code that a stage or a workflow names, with its place."""
    for stage in draft.stages:
        malformed = stage.source.malformed if stage.source else None
        if malformed and malformed.code:
            yield malformed.code.value, malformed.code.span
        for item in stage.checks:
            if item.code:
                yield item.code.value, item.code.span
    for word, call in calls_of(draft):
        for code in call.arguments[1:] if call.function == "anomalies" else ():
            yield code.value, word.within(code.start, code.end)


def _expected_codes(draft: Draft) -> Iterator[tuple[str, Span]]:
    """The codes that examples expect, which uses none of them."""
    for _, example in examples_of(draft):
        node = example.anomalies.node if example.anomalies else None
        yield from ((entry.name, entry.key.span) for entry in node) if isinstance(node, Mapping) else ()
