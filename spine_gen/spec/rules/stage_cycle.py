"""Stages do not wait for each other in a circle.

What: a stage reads itself, or reads a stage that in the end reads it.
Why: none of them could ever be first. A stage that needs its own earlier partitions reads the stage before it
with a window.

Bad:

    CLEAN: {inputs: [SCORE], ...}
    SCORE: {inputs: [CLEAN], ...}

Good:

    CLEAN: {inputs: [LOAD], ...}
    SCORE: {inputs: [CLEAN], ...}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG306", "stages that read each other in a circle", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    edges = {stage.name.value: [source.stage for source in stage.inputs] for stage in draft.stages}
    done: set[str] = set()
    for start in edges:
        yield from _walk(draft, edges, start, done)


def _walk(draft: Draft, edges: dict[str, list[Word]], start: str, done: set[str]) -> Iterator[Diagnostic]:
    """Depth first with a stack of our own: a chain of stages may be longer than Python recurses."""
    path: list[str] = []
    words: list[Word] = []
    stack: list[tuple[str, Iterator[Word]]] = []

    def enter(name: str) -> None:
        path.append(name)
        stack.append((name, iter(edges[name])))

    if start not in done:
        enter(start)
    while stack:
        name, rest = stack[-1]
        word = next(rest, None)
        if word is None:
            stack.pop()
            path.pop()
            if words:
                words.pop()
            done.add(name)
        elif word.value in path:
            first = path.index(word.value)
            yield _cycle(draft, path[first:], [*words[first:], word])
        elif word.value in edges and word.value not in done:
            words.append(word)
            enter(word.value)


def _cycle(draft: Draft, names: list[str], words: list[Word]) -> Diagnostic:
    *others, last = words
    if not others:
        headline = f'stage "{names[0]}" reads itself'
        return draft.finding(CODE, last.span, headline, help="read the stage before it, with a window")
    circle = " → ".join((*names, names[0]))
    also = [(word.span, f'"{name}" reads "{word.value}"') for name, word in zip(names, others, strict=False)]
    headline = f"stages read each other in a circle: {circle}"
    return draft.finding(CODE, last.span, headline, also=also, help="remove one of these inputs")
