"""What a lambda costs over many rows of the context, beside the same function over the rows themselves.

    python tests/benchmarks/bench_lambda.py [ROUNDS]

The lambda asks whether every row's value is above zero. The floor is that very function called with plain
rows: a list of dicts, in a dict. Measured against it: the lambda as a workflow asks it, watched by the lambda
rule and with views of the rows. The two take turns in every round. Prints medians over ROUNDS (default 5) of
milliseconds, for 100,000 rows of one, three and six plain values, and of one value and a list.
"""

import statistics
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from spine.orchestration.context import LambdaContext
from spine.orchestration.lambda_rule import call_lambda

ROWS = 100_000


class NoFacts:
    """No stages: the lambda asks about none."""

    def rows(self, stage: str) -> int:
        raise NotImplementedError(stage)

    def anomalies(self, stage: str, code: str | None = None) -> int:
        raise NotImplementedError(stage, code)

    def partitions(self, stage: str) -> int:
        raise NotImplementedError(stage)

    def expected(self, stage: str) -> int:
        raise NotImplementedError(stage)

    def window(self, stage: str, length: int) -> int:
        raise NotImplementedError(stage, length)


def all_above_zero(ctx: Mapping[str, Any]) -> bool:
    return all(row["v"] > 0 for row in ctx["rows"])


def milliseconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return (time.perf_counter() - start) * 1000


def measure(name: str, rest: Mapping[str, Any], rounds: int) -> None:
    values = {"rows": [{"v": number + 1, **rest} for number in range(ROWS)]}
    plain, asked = [], []
    for _ in range(rounds):
        plain.append(milliseconds(lambda: all_above_zero(values)))
        asked.append(
            milliseconds(lambda: call_lambda("check", all_above_zero, LambdaContext(values, NoFacts())))
        )
    floor, cost = statistics.median(plain), statistics.median(asked)
    print(f"{name:<24} plain {floor:7.1f} ms   lambda {cost:7.1f} ms   {cost / floor:5.1f}x")


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(f"Python {sys.version.split()[0]}, {ROWS:,} rows")
    measure("one value", {}, rounds)
    measure("three values", {"symbol": "A", "price": 1.5}, rounds)
    measure("six values", {"symbol": "A", "price": 1.5, "day": None, "a": 1, "b": True}, rounds)
    measure("one value and a list", {"venues": ["X"]}, rounds)


if __name__ == "__main__":
    main()
