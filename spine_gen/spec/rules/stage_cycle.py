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
from dataclasses import dataclass

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft, DraftStage
from spine_gen.spec.node import Word

CODE = Code("SG306", "stages that read each other in a circle", explanation=__doc__)


@dataclass(frozen=True, slots=True)
class _Stage:
    """A stage, and the spec that it is in."""

    draft: Draft
    stage: DraftStage

    @property
    def name(self) -> str:
        """As messages of one spec name it: those of other domains with their domain."""
        return self.stage.name.value

    @property
    def key(self) -> tuple[str, str]:
        return self.draft.domain.value if self.draft.domain else "", self.name

    def reads(self) -> "Iterator[tuple[Word, _Stage]]":
        for item in self.stage.inputs:
            home, stage = self.draft.home(item), self.draft.read(item)
            if home is not None and stage is not None:
                yield item.stage, _Stage(home, stage)


def check(draft: Draft) -> Iterator[Diagnostic]:
    done: set[tuple[str, str]] = set()
    for stage in draft.stages:
        yield from _walk(draft, _Stage(draft, stage), done)


def _walk(draft: Draft, start: _Stage, done: set[tuple[str, str]]) -> Iterator[Diagnostic]:
    """Depth first with a stack of our own: a chain of stages may be longer than Python recurses."""
    path: list[_Stage] = []
    words: list[Word] = []
    stack: list[tuple[_Stage, Iterator[tuple[Word, _Stage]]]] = []

    def enter(stage: _Stage) -> None:
        path.append(stage)
        stack.append((stage, stage.reads()))

    if start.key not in done:
        enter(start)
    while stack:
        stage, rest = stack[-1]
        word, read = next(rest, (None, None))
        if word is None or read is None:
            stack.pop()
            path.pop()
            if words:
                words.pop()
            done.add(stage.key)
            continue
        first = next((place for place, one in enumerate(path) if one.key == read.key), None)
        if first is not None:
            yield from _cycle(draft, path[first:], [*words[first:], word])
        elif read.key not in done:
            words.append(word)
            enter(read)


def _cycle(draft: Draft, stages: list[_Stage], words: list[Word]) -> Iterator[Diagnostic]:
    """What is said at the words of this spec; of a circle among others, they say it."""
    own = [(stage, word) for stage, word in zip(stages, words, strict=True) if stage.draft is draft]
    if not own:
        return
    if len(stages) == 1:
        headline = f'stage "{stages[0].name}" reads itself'
        advice = "read the stage before it, with a window"
        yield draft.finding(CODE, words[0].span, headline, help=advice)
        return
    names = [one.name if one.draft is draft else "/".join(one.key) for one in stages]
    circle = " → ".join((*names, names[0]))
    *others, (_, last) = own
    also = [(word.span, f'"{stage.name}" reads "{word.value}"') for stage, word in others]
    headline = f"stages read each other in a circle: {circle}"
    yield draft.finding(CODE, last.span, headline, also=also, help="remove one of these inputs")
