"""What `spine run` is asked to run: a registered workflow or pipeline, its partition and its parameters."""

import json
import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from spine.errors import ParameterError, PartitionError, UnknownNameError
from spine.orchestration.homes import workflow_of
from spine.orchestration.workflow import Workflow
from spine.pipelines.registry import Registry
from spine.pipelines.stages import DeclaredStages

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partitioning
    from spine.data.stage import Stage

MOST_NEAR_NAMES = 4
MOST_NAMES = 12
NUMBER = re.compile(r"-?(0|[1-9]\d*)(\.\d+)?")
RESERVED = {
    "partition_key": "name the partition with --partition",
    "params": "give the parameters one by one, each with --param",
}
WORDS = {"true": True, "false": False}


def workflow_named(name: str, registry: Registry) -> Workflow:
    """The workflow of that name, or a workflow of one step for the pipeline of that name.

    Raises UnknownNameError, with near names.
    """
    if name not in registry.workflows and name not in registry.pipelines:
        raise UnknownNameError(f"there is no workflow or pipeline {name!r}; {_advice(name, registry)}")
    return workflow_of(name, registry)


def context_of(workflow: Workflow, partition: str | None, params: Sequence[str]) -> dict[str, object]:
    """The context of a run: partition_key, and the parameters by name and together as params.

    Raises PartitionError and ParameterError for wrong ones.
    """
    values = parsed_params(params)
    context: dict[str, object] = {**values, "params": values}
    if partition is not None:
        context["partition_key"] = partition
    if workflow.partitions is not None:
        if partition is None:
            raise PartitionError(
                f"{workflow.name} runs one partition at a time: name it, as in "
                f"--partition {workflow.partitions.example}"
            )
        workflow.partitions.parse(partition)
    return context


def partition_key_of(workflow: Workflow, given: Sequence[str]) -> str | None:
    """The key that was given: whole, or its dimensions one by one in any order. It is checked later.

    Of one dimension, both the bare value and ``day=2013-03-01`` are taken.

    Raises PartitionError for several keys where one is wanted.
    """
    if not given:
        return None
    order = [] if workflow.partitions is None else list(workflow.partitions.dimensions)
    if len(given) == 1:
        return given[0] if workflow.partitions is None else workflow.partitions.key_from(given[0])
    if len(order) < 2:
        raise PartitionError(
            f"{workflow.name} runs one partition at a time, and --partition names {len(given)}: "
            "run it once for each"
        )
    names = {part: part.partition("=")[0] for part in given}
    return "/".join(
        sorted(given, key=lambda part: order.index(names[part]) if names[part] in order else len(order))
    )


def domain_or_workflow(name: str | None, registry: Registry) -> tuple[str | None, str | None]:
    """The name as that of a domain, or of a workflow. Raises UnknownNameError, with near names."""
    if name is None:
        return None, None
    if name in registry.workflows:
        return None, name
    domains = sorted({makes.domain for makes in DeclaredStages(registry)})
    if name in domains:
        return name, None
    near = get_close_matches(name, [*domains, *registry.workflows.names()], n=MOST_NEAR_NAMES, cutoff=0.6)
    advice = f"did you mean {' or '.join(near)}?" if near else f"the domains are {', '.join(domains)}"
    raise UnknownNameError(f"there is no domain or workflow {name!r}; {advice}")


def partitionings_of(
    domain: str | None, workflow: str | None, registry: Registry
) -> "tuple[Partitioning, ...]":
    """How the partitions of the domain, of the workflow, or of all that is declared are named."""
    makes = DeclaredStages(registry)
    if workflow is None:
        return tuple(dict.fromkeys(one.partitions for one in makes if domain in (None, one.domain)))
    named = workflow_of(workflow, registry)
    made = (registry.pipeline(name).makes for name in named.pipeline_names)
    found = (named.partitions, *(one.partitions for one in made if one is not None))
    return tuple(dict.fromkeys(one for one in found if one is not None))


def declared_stages(domain: str, stage: str | None, registry: Registry) -> "list[Stage]":
    """The declared stages of the domain, or the one. Raises UnknownNameError, with near names."""
    found = [makes for makes in DeclaredStages(registry) if makes.domain == domain]
    if not found:
        domain_or_workflow(domain, registry)
        raise UnknownNameError(f"{domain} is a workflow: name its domain")
    chosen = [makes for makes in found if stage in (None, makes.stage)]
    if not chosen:
        names = ", ".join(makes.stage for makes in found)
        raise UnknownNameError(f"{domain} has no stage {stage!r}: its stages are {names}")
    return chosen


def refuse_together(options: Mapping[str, bool]) -> None:
    """Raise ParameterError where more than one of the options is given, as they contradict each other."""
    given = [name for name, is_given in options.items() if is_given]
    if len(given) > 1:
        raise ParameterError(f"{' and '.join(given)} contradict each other: give one of them")


def parsed_params(params: Sequence[str]) -> dict[str, object]:
    """`name=value` pairs; a value that reads as a number, true or false is one, a "quoted" one is text."""
    values: dict[str, object] = {}
    for param in params:
        name, equals, value = param.partition("=")
        if not equals or not name.isidentifier():
            raise ParameterError(f"--param {param!r} is not name=value; write it as in --param mode=full")
        if name in RESERVED:
            raise ParameterError(f"--param {name} is a name of spine's own; {RESERVED[name]}")
        if name in values:
            raise ParameterError(f"--param {name} is given twice; give it once")
        values[name] = _value(value)
    return values


def _value(text: str) -> object:
    if text in WORDS:
        return WORDS[text]
    if NUMBER.fullmatch(text):
        return json.loads(text)
    if len(text) > 1 and text[0] == text[-1] == '"':
        return text[1:-1]
    return text


def _advice(name: str, registry: Registry) -> str:
    names = [*registry.workflows.names(), *registry.pipelines.names()]
    near = (
        get_close_matches(name, names, n=MOST_NEAR_NAMES, cutoff=0.6)
        or [other for other in names if name in other.replace("/", ".").split(".")][:MOST_NEAR_NAMES]
    )
    if near:
        return f"did you mean {' or '.join(near)}?"
    shown = ", ".join(names[:MOST_NAMES]) + (", …" if len(names) > MOST_NAMES else "")
    return f"there are {shown}" if names else "nothing is registered"
