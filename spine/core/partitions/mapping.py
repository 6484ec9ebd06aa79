"""Partitions of an input in terms of those of the stage that reads it, where they are not the same.

A shorter period belongs to the longer one that its day is in (see ``Temporal.day_of``): a day to its week,
month and year, an ISO week to the month and year of its Thursday. So each is in exactly one longer period.
"""

from collections.abc import Sequence
from itertools import product

from spine.errors import PartitionError

from .dimensions import Dimension, Enum
from .partitioning import Partition, Partitioning
from .times import Temporal


def keys_for(partition: Partition, of: Partitioning, window: int = 1) -> tuple[str, ...]:
    """The keys of an input, partitioned so, that the partition reads; oldest first.

    Of the same grain, its own period and the ``window - 1`` before it; of a coarser grain, the period that it
    belongs to and those before that; of a finer one, all that belong to it. Of other dimensions, its own
    value, or all that are declared where it has none. Between the input's start and end only. Raises
    PartitionError where that is not said.
    """
    if of == partition.partitioning:
        return partition.window(window)
    values = [_values(partition, of, name, window) for name in of.dimensions]
    keys = (of.key_of(dict(zip(of.dimensions, each, strict=True))) for each in product(*values))
    if not any(isinstance(one, Temporal) for one in of.dimensions.values()):
        return tuple(keys)
    name, _ = of.temporal
    return tuple(sorted(keys, key=lambda key: of.parse(key)[name]))


def is_finer(partitions: Partitioning, than: Partitioning) -> bool:
    """Whether a partition by the one reads several by the other, whatever the window."""
    if any(
        name not in than.dimensions for name, one in partitions.dimensions.items() if isinstance(one, Enum)
    ):
        return True
    times = [
        [one for one in each.dimensions.values() if isinstance(one, Temporal)] for each in (partitions, than)
    ]
    return bool(times[0] and times[1]) and times[0][0].grain < times[1][0].grain


def newest_key_for(partition: Partition, of: Partitioning) -> Partition | None:
    """The last partition of an input, partitioned so, that is not after this one; None where there is none.

    Its dimensions other than time are those of this one. Raises PartitionError where one is not among these.
    """
    name, own = partition.partitioning.temporal
    of_name, time = of.temporal
    number = own.number(partition[name])
    day = own.day_of(number) if time.grain >= own.grain else own.last_day(number)
    last = min(time.number_on(day), time.last_number)
    if last >= time.first_number and time.grain < own.grain:
        last -= time.day_of(last) > day
    if last < time.first_number:
        return None
    values = {
        one: time.value(last) if one == of_name else _own_value(partition, one) for one in of.dimensions
    }
    return of.parse(of.key_of(values))


def _values(partition: Partition, of: Partitioning, name: str, window: int) -> Sequence[str]:
    dimension = of.dimensions[name]
    if isinstance(dimension, Temporal):
        return _times(partition, name, dimension, window)
    if name in partition.values:
        return (str(partition[name]),)
    return _all_values(name, dimension)


def _times(partition: Partition, name: str, time: Temporal, window: int) -> Sequence[str]:
    own_name, own = partition.partitioning.temporal
    number = own.number(partition[own_name])
    if time.grain < own.grain:
        if window > 1:
            raise PartitionError(f"a window of {window} has no meaning where {name} is finer than {own_name}")
        numbers = time.within(own.first_day(number), own.last_day(number))
    else:
        # A day that the input's calendar leaves out has no partition of it: none before it is taken instead.
        is_same = time.grain == own.grain and time.has_gaps
        last = time.number(partition[own_name]) if is_same else time.number_on(own.day_of(number))
        numbers = range(max(last - window + 1, time.first_number), min(last, time.last_number) + 1)
    return [time.value(one) for one in numbers]


def _own_value(partition: Partition, name: str) -> str:
    if name not in partition.values:
        raise PartitionError(f"the newest partition is wanted, of all values of {name}: keep {name}, too")
    return partition[name]


def _all_values(name: str, dimension: Dimension) -> Sequence[str]:
    if isinstance(dimension, Enum):
        return dimension.values
    raise PartitionError(
        f"not all values of {name} are known, which is left out here: make it an enum, or keep it"
    )


def check_input(
    partitions: Partitioning,
    of: Partitioning,
    *,
    window: int = 1,
    latest: bool = False,
    partial: bool = False,
) -> None:
    """Raise PartitionError where partitions cannot read an input that is partitioned so in that way.

    Its message is what is wrong, a colon, and what to do.
    """
    own, theirs = _times_of(partitions), _times_of(of)
    if latest:
        _check_latest(partitions, of, window=window, partial=partial)
        return
    if of != partitions:
        if theirs and not own:
            raise PartitionError(
                f"it is partitioned by {theirs[0]}, and the stage by no time: partition the stage by one, too"
            )
        if max(len(own), len(theirs)) > 1:
            raise PartitionError(
                "with several dimensions of time, only an input that is partitioned alike can be read: give "
                "both the same `by`"
            )
        for name in _apart_from_time(of):
            if name in partitions.dimensions:
                _check_same(name, partitions.dimensions[name], of.dimensions[name])
            elif not isinstance(of.dimensions[name], Enum):
                raise PartitionError(
                    f"not all values of its {name} are declared, which the stage is not partitioned by: make "
                    f"{name} an enum, or partition the stage by it"
                )
    if is_finer(of, partitions):
        if window > 1:
            raise PartitionError(
                "a window of an input of which several partitions belong to one means nothing: read a stage "
                "that makes one of them, with a window"
            )
    elif partial:
        raise PartitionError("only one of its partitions belongs to each of the stage's: remove `partial`")


def _check_latest(partitions: Partitioning, of: Partitioning, *, window: int, partial: bool) -> None:
    if window > 1 or partial:
        raise PartitionError(
            f"the latest is one partition: remove `{'window' if window > 1 else 'partial'}`, or `latest`"
        )
    if len(_times_of(partitions)) != 1 or len(_times_of(of)) != 1:
        raise PartitionError(
            "the latest partition is one at or before another in time: partition both by one time"
        )
    for name in _apart_from_time(of):
        if name not in partitions.dimensions:
            raise PartitionError(
                f"its {name} is none of the stage's dimensions: partition the stage by it, too"
            )
        _check_same(name, partitions.dimensions[name], of.dimensions[name])


def _check_same(name: str, own: Dimension, theirs: Dimension) -> None:
    if isinstance(theirs, Enum):
        values = own.values if isinstance(own, Enum) else ()
        missing = [value for value in values if value not in theirs.values]
        if missing or not values:
            raise PartitionError(
                f"its {name} is one of {', '.join(theirs.values)}, and the stage's "
                f"{'may be ' + missing[0] if missing else 'any text'}: declare the same values"
            )
    elif isinstance(own, Temporal):
        raise PartitionError(f"its {name} is no time, and the stage's is one: call one of them otherwise")


def _times_of(partitions: Partitioning) -> list[str]:
    return [name for name, one in partitions.dimensions.items() if isinstance(one, Temporal)]


def _apart_from_time(partitions: Partitioning) -> list[str]:
    return [name for name, one in partitions.dimensions.items() if not isinstance(one, Temporal)]
