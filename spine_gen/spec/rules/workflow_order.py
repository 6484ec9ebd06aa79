"""A workflow runs a stage's inputs before the stage.

What: a workflow runs a stage, and only further down one of the stages that it reads.
Why: the stage would find its input missing, or read rows that are about to be replaced.

Bad:

    steps:
      - {stage: SCORE}      # inputs: [LOAD]
      - {stage: LOAD}

Good:

    steps:
      - {stage: LOAD}
      - {stage: SCORE}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftStageStep

CODE = Code("SG341", "a stage that runs before its input", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    for workflow in draft.workflows:
        words = [step.name for step in workflow.steps if isinstance(step, DraftStageStep)]
        for index, word in enumerate(words):
            stage = draft.stage(word.value)
            if stage is None:
                continue
            inputs = {source.stage.value for source in stage.inputs}
            before = {earlier.value for earlier in words[:index]}
            for later in words[index + 1 :]:
                if later.value in inputs - before and later.value != word.value:
                    yield draft.finding(
                        CODE,
                        word.span,
                        f'"{word.value}" runs before "{later.value}", which it reads',
                        also=((later.span, "which runs only here"),),
                        help="swap the two steps",
                    )
