"""The facts that an `expect` or `if` may ask for: how each is written, and what it means."""

from dataclasses import dataclass

from spine_gen.spec.expression_tree import ArgumentKind

LONGEST_WINDOW = 10_000  # as of an input's window


@dataclass(frozen=True, slots=True)
class Fact:
    """One of them; `needed` of its arguments must be there."""

    usage: str
    meaning: str
    arguments: tuple[ArgumentKind, ...]
    needed: int = 1


FACTS = {
    "rows": Fact("rows(STAGE)", "how many rows the stage has for this partition", ("name",)),
    "anomalies": Fact(
        "anomalies(STAGE) or anomalies(STAGE, CODE)",
        "how many anomalies the stage recorded for this partition",
        ("name", "name"),
    ),
    "partitions": Fact(
        "partitions(STAGE)",
        "for how many partitions the stage is complete, of this one and all before it",
        ("name",),
    ),
    "expected": Fact(
        "expected(STAGE)",
        "for how many partitions the stage should be complete, from the start to this one",
        ("name",),
    ),
    "window": Fact(
        "window(STAGE, N)",
        "for how many partitions the stage is complete, of this one and the N-1 before it",
        ("name", "number"),
        needed=2,
    ),
    "param": Fact('param("name")', "what the run was given under that name", ("text",)),
}
