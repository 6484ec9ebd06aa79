"""Work over many items on all cores: in batches, results in the items' order whoever was quicker.

What is done must hang on the items alone; then one process and many give the same results.
"""

import gc
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

_Item = TypeVar("_Item")
_Result = TypeVar("_Result")

MOST_WORKERS = 8  # each needs tens of megabytes
MOST_IN_A_BATCH = 32
FEWEST_EACH = 8  # items for which another process is worth its start


def worker_count(items: int) -> int:
    """How many processes that many items are worth; 1 means none beside this one."""
    cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    return max(1, min(cores, MOST_WORKERS, items // FEWEST_EACH))


def in_batches(
    work: Callable[[Sequence[_Item]], Sequence[_Result]], items: Sequence[_Item], *, workers: int = 1
) -> Iterator[_Result]:
    """The results of `work`, which gives one for each item of a batch, in the items' order.

    With more than one worker, `work` and everything that goes in and out of it must pickle. What it raises
    for the first batch that fails is raised here, and nothing further is begun.
    """
    size = MOST_IN_A_BATCH if workers == 1 else max(1, min(MOST_IN_A_BATCH, len(items) // (workers * 4)))
    batches = [items[at : at + size] for at in range(0, len(items), size)]
    if workers == 1:
        for batch in batches:
            yield from work(batch)
        return
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    context = multiprocessing.get_context(_start())
    with ProcessPoolExecutor(workers, mp_context=context, initializer=_collect_seldom) as pool:
        futures = [pool.submit(work, batch) for batch in batches]
        try:
            while futures:
                yield from futures.pop(0).result()
        finally:
            for future in futures:
                future.cancel()


def _collect_seldom() -> None:
    """A worker ends soon: what it began with stays, and what it makes is looked through less often."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


def _start() -> str:
    """Workers begin as copies of this process where that is safe: what it imported is there at once."""
    return "fork" if sys.platform == "linux" else "spawn"
