"""The context that steps share: pipelines read and write it, lambdas read it and ask it for facts."""

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, NoReturn, Protocol

from spine.errors import OutputNotKeptError
from spine.orchestration.lambda_rule import refuse, rule_lifted
from spine.orchestration.seen import Seen


class Facts(Protocol):
    """What is known about a stage, whether it ran just now, was skipped, or ran in another run."""

    def rows(self, stage: str) -> int:
        """The row count of the stage's current capture for this partition; 0 if there is none."""

    def anomalies(self, stage: str, code: str | None = None) -> int:
        """How many anomalies (of one code) the stage's current capture for this partition has."""

    def partitions(self, stage: str) -> int:
        """For how many partitions up to this one the stage is complete."""

    def expected(self, stage: str) -> int:
        """For how many partitions up to this one, in time, the stage should be complete."""

    def window(self, stage: str, length: int) -> int:
        """For how many of this partition and the ones before it, `length` in all, the stage is complete."""


class WorkflowContext(MutableMapping[str, Any]):
    """The shared context of one run. It writes through to the mapping it was made from, and knows what was
    written.

    A read-only mapping is copied; its owner then sees nothing of what the run writes. What a skipped pipeline
    once left and could not be kept is no value of the context: to read it, or to ask for it, raises
    OutputNotKeptError, until somebody writes it.
    """

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        if values is None:
            values = {}
        self._values: MutableMapping[str, Any] = (
            values if isinstance(values, MutableMapping) else dict(values)
        )
        self._written: dict[str, None] = {}  # an ordered set
        self._not_kept: dict[str, str] = {}  # keys that a skipped pipeline left, and why they are not here

    def __getitem__(self, key: str) -> Any:
        self._refuse_not_kept(key)
        return self._values[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self._values[key] = value
        self._written[key] = None
        self._not_kept.pop(key, None)

    def __delitem__(self, key: str) -> None:
        self._refuse_not_kept(key)
        del self._values[key]
        self._written.pop(key, None)

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __contains__(self, key: object) -> bool:
        self._refuse_not_kept(key)
        return key in self._values

    def __repr__(self) -> str:
        return f"WorkflowContext({dict(self._values)!r})"

    # A mapping's own ones take the KeyError of a key that was not kept for a key that is not there.

    def get(self, key: str, default: Any = None) -> Any:
        """The key's value, or the default where there is none."""
        return self[key] if key in self else default  # noqa: SIM401 - this is `get`

    def pop(self, key: str, *default: Any) -> Any:
        """Take the key's value out, or answer the default where there is none."""
        self._refuse_not_kept(key)
        return super().pop(key, *default)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The key's value, which is the default from now on where there was none."""
        self._refuse_not_kept(key)
        return super().setdefault(key, default)

    def mark_not_kept(self, key: str, why: str) -> None:
        """Take out what is under the key, if anything is: a skipped pipeline left another value there."""
        self._values.pop(key, None)
        self._not_kept[key] = why

    def written(self) -> dict[str, Any]:
        """The keys written since `forget_written`, with their values now, in the order of writing."""
        return {key: self._values[key] for key in self._written}

    def forget_written(self) -> None:
        """Start counting what is written anew."""
        self._written.clear()

    def refuse_any_not_kept(self) -> None:
        """Raise OutputNotKeptError where any key was not kept, for who asks for all there is."""
        for key in self._not_kept:
            self._refuse_not_kept(key)

    def _refuse_not_kept(self, key: object) -> None:
        if self._not_kept and key in self._not_kept and isinstance(key, str):
            raise OutputNotKeptError(key, self._not_kept[key])


class LambdaContext(Mapping[str, Any]):
    """What a lambda sees: the context's values, read-only, and facts about the stages.

    Writing to it, or to the lists and dicts read from it, raises LambdaRuleError. To go through it raises
    OutputNotKeptError where a value is missing that a skipped pipeline left.
    """

    __slots__ = ("_facts", "_seen", "_values")

    _facts: Facts
    _seen: Seen
    _values: Mapping[str, Any]

    def __init__(self, values: Mapping[str, Any], facts: Facts, seen: Seen | None = None) -> None:
        object.__setattr__(self, "_values", values)
        object.__setattr__(self, "_facts", facts)
        object.__setattr__(self, "_seen", Seen() if seen is None else seen)

    def __getitem__(self, key: str) -> Any:
        return self._seen.view(key, self._values[key])

    def __contains__(self, key: object) -> bool:
        if isinstance(key, str):
            self._seen.keys.add(key)
        return key in self._values

    def __iter__(self) -> Iterator[str]:
        if isinstance(self._values, WorkflowContext):
            self._values.refuse_any_not_kept()
        self._seen.keys.update(self._values)
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"LambdaContext({dict(self._values)!r})"

    def get(self, key: str, default: Any = None) -> Any:
        """The key's value, or the default where there is none."""
        if key in self._values:
            return self[key]
        self._seen.missing(key)
        return default

    def rows(self, stage: str) -> int:
        """How many rows the stage's current capture has for this partition; 0 if it has no complete one."""
        with rule_lifted():
            return self._seen.fact(f"rows({stage})", self._facts.rows(stage))

    def anomalies(self, stage: str, code: str | None = None) -> int:
        """How many anomalies (of one code) the stage's current capture has for this partition."""
        asked = f"anomalies({stage})" if code is None else f"anomalies({stage}, {code})"
        with rule_lifted():
            return self._seen.fact(asked, self._facts.anomalies(stage, code))

    def partitions(self, stage: str) -> int:
        """For how many partitions the stage is complete, this one and those before it in time."""
        with rule_lifted():
            return self._seen.fact(f"partitions({stage})", self._facts.partitions(stage))

    def expected(self, stage: str) -> int:
        """For how many partitions the stage should be complete, from the start to this one in time."""
        with rule_lifted():
            return self._seen.fact(f"expected({stage})", self._facts.expected(stage))

    def window(self, stage: str, length: int) -> int:
        """For how many the stage is complete of this partition and the ones before it, `length` in all."""
        with rule_lifted():
            return self._seen.fact(f"window({stage}, {length})", self._facts.window(stage, length))

    def param(self, name: str) -> Any:
        """The parameter of that name, as the run was given it in the context; None if it was not."""
        return self.get(name)

    def _refuse_write(self, *_arguments: object, **_keywords: object) -> NoReturn:
        raise refuse("writes to the context")

    __setitem__ = __delitem__ = __setattr__ = __delattr__ = __ior__ = _refuse_write
    clear = pop = popitem = setdefault = update = _refuse_write
