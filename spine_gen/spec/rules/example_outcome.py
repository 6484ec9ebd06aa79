"""An example says what comes of its stage.

What: an example has none of `expect`, `anomalies` and `fails`; or it has `expect` beside `fails`.
Why: without any of them it tests nothing; and a stage that fails leaves no rows.

Bad:

    examples:
      adds_up: {given: {INGEST: [{symbol: A, mpid: X, shares: 2}]}}

Good:

    examples:
      adds_up:
        given: {INGEST: [{symbol: A, mpid: X, shares: 2}]}
        expect: [{symbol: A, total: 2}]
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.example_parts import examples_of
from spine_gen.spec.language import Draft

CODE = Code("SG374", "an example that does not say what is to come of it", explanation=__doc__)
_OUTCOMES = ("expect", "anomalies", "fails")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for _, example in examples_of(draft):
        name = example.name.value
        if not any(outcome in example.keys for outcome in _OUTCOMES):
            advice = "add `expect:` with rows, `anomalies:` with counts, or `fails:`"
            yield draft.finding(CODE, example.name.span, f'example "{name}" expects nothing', help=advice)
        elif "fails" in example.keys and "expect" in example.keys:
            headline = f'example "{name}" expects rows of a stage that fails'
            also = ((example.keys["fails"].span, "it fails"),)
            yield draft.finding(
                CODE, example.keys["expect"].span, headline, also=also, help="remove one of the two"
            )
