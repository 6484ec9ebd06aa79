"""The parts of a stage's examples as they are written: whose rows they give, for which partition.

Reads only; what is wrong with them, the rules say.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from spine_gen.source import Entry, Mapping, Scalar, Sequence
from spine_gen.spec.language import Draft, DraftExample, DraftStage

FILE = "file"  # what a file's text stands under where rows are given beside it


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInput:
    """What an example gives of one input: its rows for each partition, or for the one that is made."""

    entry: Entry  # under the input's name
    parts: tuple[tuple[Scalar | None, Sequence], ...]  # the partition's key, None for the one that is made


def examples_of(draft: Draft) -> Iterator[tuple[DraftStage, DraftExample]]:
    """Every example, with its stage."""
    for stage in draft.stages:
        for example in stage.examples:
            yield stage, example


def given_text(example: DraftExample) -> Scalar | None:
    """The text of a file that is given, if it is one; of several, the first."""
    node = example.given.node if example.given else None
    text = node.get(FILE) if isinstance(node, Mapping) else node
    if isinstance(text, Sequence) and isinstance(node, Mapping):
        text = next(iter(text.items), None)
    return text if isinstance(text, Scalar) and isinstance(text.value, str) else None


def several_texts(example: DraftExample) -> bool:
    """Whether the texts of several files are given."""
    node = example.given.node if example.given else None
    texts = node.get(FILE) if isinstance(node, Mapping) else None
    return isinstance(texts, Sequence) and len(texts.items) > 1


def given_inputs(example: DraftExample) -> Iterator[GivenInput]:
    """What is given of inputs, declared or not."""
    node = example.given.node if example.given else None
    for entry in node if isinstance(node, Mapping) else ():
        match entry.value:
            case _ if entry.name == FILE:
                continue
            case Sequence() as rows:
                yield GivenInput(entry=entry, parts=((None, rows),))
            case Mapping() as keyed:
                found = ((item.key, item.value) for item in keyed)
                parts = tuple((key, rows) for key, rows in found if isinstance(rows, Sequence))
                yield GivenInput(entry=entry, parts=parts)


def rows_of(sequence: Sequence) -> Iterator[Mapping]:
    """The rows of a list."""
    yield from (item for item in sequence.items if isinstance(item, Mapping))
