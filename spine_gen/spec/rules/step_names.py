"""A step has a name of its own in its workflow.

What: two steps of a workflow have the same name (a stage step is called like its stage), or one is called
`end`.
Why: choices and the run's history refer to steps by name; `end` is where a workflow ends.

Bad:

    steps:
      - {stage: LOAD}
      - {stage: LOAD}

Good:

    steps:
      - {stage: LOAD}
      - {stage: CLEAN}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG327", "a step name that is taken", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for workflow in draft.workflows:
        seen: dict[str, Word] = {}
        for step in workflow.steps:
            name = step.name
            if name.value == "end":
                headline = 'a step cannot be called "end": that is where a workflow ends'
                yield draft.finding(CODE, name.span, headline, help="choose another name")
            elif first := seen.get(name.value):
                yield draft.finding(
                    CODE,
                    name.span,
                    f'workflow "{workflow.name.value}" has two steps "{name.value}"',
                    also=((first.span, "first here"),),
                    help="rename one of the two, or remove it",
                )
            seen.setdefault(name.value, name)
