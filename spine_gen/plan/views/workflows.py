"""What the template of a workflow sees: its steps as calls of Step's constructors."""

from dataclasses import dataclass

from spine_gen.plan import naming
from spine_gen.plan.imports import Import, import_block
from spine_gen.plan.views.condition_code import to_python
from spine_gen.plan.views.source_code import Argument, Call, Code, keywords
from spine_gen.spec.expression_parser import parse_expression
from spine_gen.spec.language import CheckStep, ChoiceStep, Spec, StageStep, WorkflowSpec


@dataclass(frozen=True, kw_only=True)
class WorkflowView:
    """workflows/<name>.py."""

    spec_path: str
    constant: str
    workflow: str  # the name it is registered under
    title: str  # the module's docstring
    description: str | None
    schedule: str | None
    partitions: str  # the name in domain.py
    steps: tuple[Call, ...]
    imports: tuple[str, ...]  # from the package


def workflow_view(spec: Spec, item: WorkflowSpec, spec_path: str) -> WorkflowView:
    partitions = _partitions(spec, item)
    return WorkflowView(
        spec_path=spec_path,
        constant=naming.workflow_constant(item),
        workflow=naming.workflow(spec, item),
        title=item.description or f"The {item.name} workflow of {spec.domain}.",
        description=item.description.strip() if item.description else None,
        schedule=item.schedule,
        partitions=partitions,
        steps=tuple(_step(spec, step) for step in item.steps),
        imports=import_block({Import("..domain", "DOMAIN"), Import("..domain", partitions)}),
    )


def _partitions(spec: Spec, item: WorkflowSpec) -> str:
    """Those of its stages, which are all the same."""
    stages = [spec.stage(step.name) for step in item.steps if isinstance(step, StageStep)]
    return naming.partitions_constant(spec, stages[0]) if stages else "PARTITIONS"


def _step(spec: Spec, step: CheckStep | StageStep | ChoiceStep) -> Call:
    match step:
        case StageStep():
            return Call(
                name="Step.pipeline",
                arguments=((None, step.name), (None, naming.pipeline(spec, step.name))),
            )
        case CheckStep():
            condition: Argument = (None, Code(f"lambda ctx: {_check_source(step)}"))
            words = keywords(expression=_check_words(step))
            return Call(name="Step.lambda_", arguments=((None, step.name), condition, *words))
        case ChoiceStep():
            condition = ("condition", Code(f"lambda ctx: {to_python(parse_expression(step.condition))}"))
            targets = keywords(
                then_step=step.then, else_step=step.otherwise, expression=_line(step.condition)
            )
            return Call(name="Step.choice", arguments=((None, step.name), condition, *targets))


def _check_source(step: CheckStep) -> str:
    """The condition as Python: the expectation, or that every required key has a value."""
    if step.expect is not None:
        return to_python(parse_expression(step.expect))
    return " and ".join(f"ctx.get({name!r}) is not None" for name in step.require)


def _check_words(step: CheckStep) -> str:
    """The condition as the spec has it."""
    return f"require: [{', '.join(step.require)}]" if step.expect is None else _line(step.expect)


def _line(text: str) -> str:
    return " ".join(text.split())
