"""What changes about workflows: when they run, what they ask for, and which steps they take."""

from collections.abc import Iterator

from spine_gen.breaking.change import Change, described, instead, renamed
from spine_gen.breaking.pairs import Pairs, pair
from spine_gen.spec.language import (
    ChangeKind,
    CheckStep,
    ChoiceStep,
    Spec,
    Stage,
    StageStep,
    Step,
    WorkflowSpec,
)

_ALWAYS_GIVEN = "partition_key"


def workflow_changes(before: Spec, after: Spec, stages: Pairs[Stage]) -> Iterator[Change]:
    """Those of every workflow."""
    workflows = pair(before.workflows, after.workflows, lambda item: (item.name, item.renamed_from))
    for item in workflows.gone:
        name = f"{before.domain}/{item.name}"
        message = f"workflow {name} is gone: schedules that run it fail"
        yield Change(kind="removed-workflow", subject=name, message=message, at=("workflows",))
    for old, new in workflows.both:
        name, at = f"{before.domain}/{old.name}", ("workflows", new.name)
        if old.name != new.name:
            yield from renamed("renamed-workflow", "workflow", name, f"{after.domain}/{new.name}", at)
        yield from _schedule(name, old.schedule, new.schedule, (*at, "schedule"))
        yield from _parameters(name, old, new, (*at, "steps"))
        yield from _steps(name, old, new, stages, (*at, "steps"))
        yield from described("workflow", name, old.description, new.description, at)
    for item in workflows.come:
        name = f"{after.domain}/{item.name}"
        at = ("workflows", item.name)
        yield Change(kind="added-workflow", subject=name, message=f"workflow {name} is new", at=at)


def _schedule(name: str, before: str | None, after: str | None, at: tuple[str, ...]) -> Iterator[Change]:
    if before == after:
        return
    kind: ChangeKind = "changed-schedule"
    if before is None:
        kind = "added-schedule"
    elif after is None:
        kind = "removed-schedule"
    yield instead(kind, name, f"workflow {name} has the schedule", at, (before, after))


def _parameters(
    name: str, before: WorkflowSpec, after: WorkflowSpec, at: tuple[str, ...]
) -> Iterator[Change]:
    old, new = _required(before), _required(after)
    for key in old:
        if key not in new:
            message = f"workflow {name} does not ask for {key} any more"
            yield Change(kind="removed-parameter", subject=f"{name}.{key}", message=message, at=at)
    for key, place in new.items():
        if key not in old:
            message = f"workflow {name} asks for {key}: runs that do not give it fail"
            at_step = (*at, str(place))
            yield Change(kind="added-parameter", subject=f"{name}.{key}", message=message, at=at_step)


def _required(workflow: WorkflowSpec) -> dict[str, int]:
    """What has to be given with `--param`, and the place of the step that asks for it first."""
    asked: dict[str, int] = {}
    for place, step in enumerate(workflow.steps):
        for key in step.require if isinstance(step, CheckStep) else ():
            if key != _ALWAYS_GIVEN:
                asked.setdefault(key, place)
    return asked


def _steps(
    name: str, before: WorkflowSpec, after: WorkflowSpec, stages: Pairs[Stage], at: tuple[str, ...]
) -> Iterator[Change]:
    old = {_identity(step, stages): step for step in before.steps}
    new = {(type(step), step.name): step for step in after.steps}
    places = {(type(step), step.name): str(place) for place, step in enumerate(after.steps)}
    for key, step in old.items():
        subject = f"{name}.{step.name}"
        if key not in new:
            message = f"workflow {name} has no {_WORDS[key[0]]} {step.name} any more"
            yield Change(kind=_GONE[key[0]], subject=subject, message=message, at=at)
        elif (kind := _CHANGED.get(key[0])) and (was := _said(step, stages)) != (now := _said(new[key])):
            said = f"{_WORDS[key[0]]} {step.name} of workflow {name} is"
            yield instead(kind, subject, said, (*at, places[key]), (was, now))
    for key, step in new.items():
        if key not in old:
            message = f"workflow {name} has the {_WORDS[key[0]]} {step.name} too"
            place = (*at, places[key])
            yield Change(kind=_COME[key[0]], subject=f"{name}.{step.name}", message=message, at=place)
    stay = [key for key in old if key in new]
    if stay != (order := [key for key in new if key in old]):
        said = f"workflow {name} has its steps in the order"
        was, now = (", ".join(step for _, step in keys) for keys in (stay, order))
        yield instead("reordered-steps", name, said, at, (was, now))


def _identity(step: Step, stages: Pairs[Stage]) -> tuple[type[Step], str]:
    """What says that a step is the same one, with its stage as that is called now."""
    return type(step), stages.now(step.name) if isinstance(step, StageStep) else step.name


def _said(step: Step, stages: Pairs[Stage] | None = None) -> str:
    """A check's or a choice's condition and ways, with stages as they are called now."""
    match step:
        case CheckStep(expect=expect):
            return " ".join((expect or "").split())
        case ChoiceStep(condition=condition, then=then, otherwise=otherwise):
            ways = (way and stages.now(way) if stages else way for way in (then, otherwise))
            yes, no = (way or "the next step" for way in ways)
            return f"if {' '.join(condition.split())} then {yes}, else {no}"
    return step.name


_WORDS: dict[type[Step], str] = {StageStep: "stage", CheckStep: "check", ChoiceStep: "choice"}
_GONE: dict[type[Step], ChangeKind] = {
    StageStep: "removed-stage-step",
    CheckStep: "removed-check-step",
    ChoiceStep: "removed-choice",
}
_CHANGED: dict[type[Step], ChangeKind] = {CheckStep: "changed-check-step", ChoiceStep: "changed-choice"}
_COME: dict[type[Step], ChangeKind] = {
    StageStep: "added-stage-step",
    CheckStep: "added-check-step",
    ChoiceStep: "added-choice",
}
