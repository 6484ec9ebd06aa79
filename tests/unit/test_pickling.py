"""What goes from process to process arrives as it was: partitions, and exceptions with what they carry."""

import copy
import inspect
import pickle
from collections.abc import Iterator
from typing import Any

import pytest

import spine.errors
import spine_gen.errors
from spine.core.partitions.partitioning import Date, Enum, IsoWeek, Partitioning, String

MARKETS = Partitioning(market=Enum(values=("NYSE", "NASDAQ")), date=Date(start="2025-01-01"), name=String())
# A value for each kind of parameter that an exception takes, by its annotation.
SAMPLES: dict[Any, Any] = {
    str: 'it\'s "so"',
    int: 7,
    object: "some",
    str | None: None,
    tuple[str, ...]: ("near",),
    "Sequence": ["a", "b"],
    "Mapping": {"CODE": 3},
}


def exceptions() -> Iterator[type[Exception]]:
    for module in (spine.errors, spine_gen.errors):
        for cls in vars(module).values():
            if inspect.isclass(cls) and issubclass(cls, Exception) and cls.__module__ == module.__name__:
                yield cls


def sample(cls: type[Exception]) -> Exception:
    if not inspect.isfunction(cls.__init__):  # a builtin's
        return cls("what is wrong: what to do")
    taken, named = [], {}
    for parameter in list(inspect.signature(cls).parameters.values()):
        kind = getattr(parameter.annotation, "__origin__", None)
        value = SAMPLES.get(parameter.annotation, SAMPLES.get(getattr(kind, "__name__", "")))
        if parameter.kind is inspect.Parameter.KEYWORD_ONLY:
            named[parameter.name] = value
        else:
            taken.append(value)
    return cls(*taken, **named)


@pytest.mark.parametrize("cls", list(exceptions()), ids=lambda cls: cls.__name__)
@pytest.mark.parametrize("protocol", [2, pickle.HIGHEST_PROTOCOL])
def test_exceptions_arrive_as_they_were(cls: type[Exception], protocol: int) -> None:
    error = sample(cls)
    error.add_note("seen on the way")
    for arrived in (pickle.loads(pickle.dumps(error, protocol)), copy.deepcopy(error)):
        assert type(arrived) is cls
        assert str(arrived) == str(error) != ""
        assert arrived.args == error.args
        assert vars(arrived) == vars(error)


@pytest.mark.parametrize(
    ("partitioning", "key"),
    [
        (Partitioning(week=IsoWeek(start="2025-W01")), "2025-W51"),
        (MARKETS, "market=NYSE/date=2025-12-15/name=a b"),
    ],
)
def test_partitions_arrive_as_they_were(partitioning: Partitioning, key: str) -> None:
    partition = partitioning.parse(key)
    other, arrived = pickle.loads(pickle.dumps((partitioning, partition)))
    assert (other, arrived) == (partitioning, partition)
    assert list(other.dimensions.items()) == list(partitioning.dimensions.items())
    assert dict(arrived.values) == dict(partition.values)
    assert hash(other) == hash(partitioning)
    with pytest.raises(TypeError, match="does not support item assignment"):
        other.dimensions["more"] = IsoWeek()
    for name in partition:
        assert arrived.others(name) == partition.others(name)
    assert copy.deepcopy(partition) == partition


def test_a_value_arrives_with_its_days() -> None:
    value = MARKETS.parse("market=NYSE/date=2025-12-15/name=x")["date"]
    arrived = pickle.loads(pickle.dumps(value))
    assert (arrived, arrived.start, arrived.end) == (value, value.start, value.end)
