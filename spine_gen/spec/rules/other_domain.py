"""An input of another domain names a stage of that domain's spec.

What: an input is written as `domain/STAGE`, and no spec of the project declares that domain; or its spec is
not valid, or has no such stage.
Why: there is nothing to read. What another domain's table is like, its spec says.

Bad:

    inputs: {ref.symbol/LOAD: {latest: true}}

Good:

    inputs: {ref.symbols/LOAD: {latest: true}}  # `domain: ref.symbols` stands in another spec
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.spec.language import Draft, DraftInput
from spine_gen.spec.partition_types import partitioning_of_stage

CODE = Code("SG380", "an input of a domain that is not there", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for item in stage.inputs:
            domain, name = item.place
            if "/" in item.stage.value and draft.home(item) is not draft:
                yield from _wrong(draft, item, domain, name)


def _wrong(draft: Draft, item: DraftInput, domain: str, name: str) -> Iterator[Diagnostic]:
    home, stage = draft.home(item), draft.read(item)
    if home is None:
        known = [each for each in draft.others.domains() if not draft.domain or each != draft.domain.value]
        is_there = domain in known
        headline = (
            f'the spec of domain "{domain}" is not valid' if is_there else f'no spec declares "{domain}"'
        )
        advice = did_you_mean(domain, known, otherwise="name a domain of the project's specs")
        advice = f"correct the spec of {domain} first" if is_there else advice
        yield draft.finding(CODE, item.stage.span, headline, help=advice)
    elif stage is None:
        headline = f'domain "{domain}" has no stage "{name}"'
        names = [f"{domain}/{each.name.value}" for each in home.stages]
        yield draft.finding(CODE, item.stage.span, headline, help=did_you_mean(item.stage.value, names))
    elif partitioning_of_stage(home, stage) is None:
        headline = f'the spec of domain "{domain}" is not valid'
        yield draft.finding(CODE, item.stage.span, headline, help=f"correct {home.path} first")
