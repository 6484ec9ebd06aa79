"""Names for pipelines and workflows: registered when their module is imported, looked up when they run.

It imports no domain's modules by itself: whoever runs a workflow imports the packages that register its
parts.
"""

import inspect
from collections.abc import Callable
from difflib import get_close_matches
from typing import Generic, Protocol, TypeVar

from spine.errors import (
    DuplicatePipelineError,
    DuplicateWorkflowError,
    PipelineReferenceError,
    SpineError,
    UnknownPipelineError,
    UnknownWorkflowError,
)
from spine.pipelines.pipeline import Pipeline

MOST_NEAR_NAMES = 4


class Named(Protocol):
    """What a workflow shows of itself to the registry, which need not know more."""

    @property
    def name(self) -> str: ...


P = TypeVar("P", bound=type[Pipeline])
T = TypeVar("T")


class NameTable(Generic[T]):
    """Names and the one thing that each stands for; a name is taken once and never changes its meaning."""

    def __init__(
        self,
        kind: str,
        *,
        unknown: type[SpineError],
        duplicate: type[SpineError],
        place: Callable[[T], str],
    ) -> None:
        self._kind = kind
        self._unknown = unknown
        self._duplicate = duplicate
        self._place = place
        self._entries: dict[str, T] = {}

    def add(self, name: str, entry: T) -> None:
        """Give `entry` this name; refused where the name is taken, even by the same thing."""
        if name in self._entries:
            raise self._duplicate(
                f"{self._kind} {name!r} is registered twice: by {self._place(self._entries[name])} and by "
                f"{self._place(entry)}; give one of them another name, or remove it"
            )
        self._entries[name] = entry

    def get(self, name: str) -> T:
        """What the name stands for; a name nobody registered is an error that offers the nearest ones."""
        try:
            return self._entries[name]
        except KeyError:
            raise self._unknown(f"no {self._kind} is registered as {name!r}; {self._advice(name)}") from None

    def names(self) -> tuple[str, ...]:
        """Every name, sorted."""
        return tuple(sorted(self._entries))

    def names_of(self, entry: object) -> tuple[str, ...]:
        """The names under which this very thing is registered, sorted."""
        return tuple(sorted(name for name, other in self._entries.items() if other is entry))

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __len__(self) -> int:
        return len(self._entries)

    def _advice(self, name: str) -> str:
        near = get_close_matches(name, self._entries, n=MOST_NEAR_NAMES, cutoff=0.6)
        if near:
            offer = " or ".join(repr(other) for other in near)
            return f"did you mean {offer}? Otherwise import the module that registers it before it runs"
        known = ", ".join(self.names()[:MOST_NEAR_NAMES]) or "none"
        more = ", …" if len(self) > MOST_NEAR_NAMES else ""
        return f"import the module that registers it before it runs ({len(self)} registered: {known}{more})"


class Registry:
    """The pipelines and workflows that one process knows by name."""

    def __init__(self) -> None:
        self.pipelines: NameTable[type[Pipeline]] = NameTable(
            "pipeline",
            unknown=UnknownPipelineError,
            duplicate=DuplicatePipelineError,
            place=lambda pipeline: f"{pipeline.__module__}.{pipeline.__qualname__}",
        )
        self.workflows: NameTable[Named] = NameTable(
            "workflow",
            unknown=UnknownWorkflowError,
            duplicate=DuplicateWorkflowError,
            place=lambda workflow: f"{type(workflow).__qualname__} of {workflow.name!r}",
        )

    def pipeline(self, name: str) -> type[Pipeline]:
        """The pipeline class of that name; UnknownPipelineError offers near names."""
        return self.pipelines.get(name)


default_registry = Registry()


def register_pipeline(name: str, registry: Registry = default_registry) -> Callable[[P], P]:
    """Class decorator: workflows find the pipeline by this name, such as ``"prices/fetch_daily"``.

    Refuses a name that is taken (DuplicatePipelineError), a name that is not text, and anything but a
    subclass of Pipeline (PipelineReferenceError). The class is returned unchanged.
    """
    if not isinstance(name, str):
        raise PipelineReferenceError(
            f"register_pipeline takes the pipeline's name, not {name!r}: write "
            f'@register_pipeline("domain/stage") above the class'
        )
    if not name or name != name.strip():
        raise PipelineReferenceError(
            f"{name!r} cannot name a pipeline: use a name such as 'domain/stage', without spaces around it"
        )

    def register(pipeline: P) -> P:
        if not (isinstance(pipeline, type) and issubclass(pipeline, Pipeline)):
            raise PipelineReferenceError(
                f"{pipeline!r} cannot be registered as {name!r}: it is not a subclass of spine.Pipeline; "
                f"make it one (class …(Pipeline) with a run(self, context) method)"
            )
        if inspect.isabstract(pipeline):
            raise PipelineReferenceError(
                f"{pipeline.__name__} cannot be registered as {name!r}: it has no run(self, context) "
                f"method; write one"
            )
        if inspect.iscoroutinefunction(pipeline.run):
            raise PipelineReferenceError(
                f"{pipeline.__name__} cannot be registered as {name!r}: its run method is asynchronous; "
                f"make it a plain method (it may call asyncio.run)"
            )
        registry.pipelines.add(name, pipeline)
        return pipeline

    return register
