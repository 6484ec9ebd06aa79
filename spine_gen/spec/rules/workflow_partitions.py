"""The stages of a workflow are partitioned alike.

What: a workflow runs stages that are partitioned by different things, or asks about one that is partitioned
otherwise than those that it runs.
Why: a workflow is run for one partition, which is the same for all of its steps.

Bad:

    daily:
      steps:
        - {stage: LOAD}
        - {stage: MONTH}  # which is `by: month`

Good:

    daily:
      steps: [{stage: LOAD}]
    monthly:
      steps: [{stage: MONTH}]
"""

from collections.abc import Iterator

from spine.core.partitions.partitioning import Partitioning
from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.source import Span
from spine_gen.spec.conditions import calls_of_workflow
from spine_gen.spec.language import Draft, DraftStage, DraftStageStep, DraftWorkflow
from spine_gen.spec.partition_types import partitioning_of_stage

CODE = Code("SG384", "a workflow over different partitions", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    by_itself = any(stage.by for stage in draft.stages)
    for workflow in draft.workflows if by_itself else ():
        run = [step.name for step in workflow.steps if isinstance(step, DraftStageStep)]
        stages = [(stage, word.span) for word in run if (stage := draft.stage(word.value))]
        if not stages:
            continue
        (first, at), *_ = stages
        own = partitioning_of_stage(draft, first)
        for stage, span in (*stages, *_asked(draft, workflow)):
            other = partitioning_of_stage(draft, stage)
            if own is not None and other is not None and other != own:
                yield draft.finding(
                    CODE,
                    span,
                    f'"{stage.name.value}" goes by {_by(other)}, and "{first.name.value}" by {_by(own)}',
                    also=((at, f'"{first.name.value}" is run here'),),
                    help="give it a workflow of its own",
                )


def _by(partitions: Partitioning) -> str:
    return " and ".join(partitions.dimensions)


def _asked(draft: Draft, workflow: DraftWorkflow) -> Iterator[tuple[DraftStage, Span]]:
    """The stages that conditions ask about."""
    for word, call in calls_of_workflow(workflow):
        if call.function != "param" and (stage := draft.stage(call.arguments[0].value)):
            yield stage, word.within(call.arguments[0].start, call.arguments[0].end)
