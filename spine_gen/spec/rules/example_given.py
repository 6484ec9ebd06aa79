"""An example gives what its stage reads.

What: an example of a source gives no text, or that of a file which is no text; one of another stage gives a
text; one of either gives rows of what is no input of its stage, or of partitions that are not in the input's
window, or leaves an input out, or the partition that is made.
Why: the stage would fail, or what is given would never be read. An example that says how the stage `fails`
may leave out what it likes.

Bad:

    inputs: {AGGREGATE: {window: 2}}
    ...
    examples:
      grows:
        partition: 2025-W51
        given: {AGGREGATE: {2025-W49: [{symbol: A, total: 1}]}}

Good:

    examples:
      grows:
        partition: 2025-W51
        given:
          AGGREGATE:
            2025-W50: [{symbol: A, total: 1}]
            2025-W51: [{symbol: A, total: 3}]
"""

from collections.abc import Iterator

from spine.core.partitions.partitioning import Partition
from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.source import Mapping, Span
from spine_gen.spec.example_parts import FILE, GivenInput, examples_of, given_inputs, given_text
from spine_gen.spec.language import Draft, DraftExample, DraftInput, DraftStage
from spine_gen.spec.partition_types import partitioning_of, suggested_key

CODE = Code("SG371", "an example that does not give what its stage reads", explanation=__doc__)
_TEXTS = ("csv", "ndjson", "json")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage, example in examples_of(draft):
        if stage.kind_key is None or any(draft.stage(item.stage.value) is None for item in stage.inputs):
            continue  # undefined_stage says so
        if stage.source:
            yield from _of_file(draft, stage, example)
        elif (text := given_text(example)) is not None:
            headline = f'stage "{stage.name.value}" reads no file, and its example gives the text of one'
            advice = "give rows: `given: {STAGE: [{column: value}]}`"
            yield draft.finding(CODE, text.span, headline, help=advice)
            continue
        yield from _of_inputs(draft, stage, example)


def _of_file(draft: Draft, stage: DraftStage, example: DraftExample) -> Iterator[Diagnostic]:
    kind = stage.source.format if stage.source else None
    given = example.given.node if example.given else None
    at = _given_at(example)
    if given_text(example) is not None:
        if kind and kind.value not in _TEXTS:
            headline = f"a {kind.value} file is no text, so that no example can give one"
            advice = "remove the example, and write one of a stage that reads this one"
            yield draft.finding(CODE, at, headline, help=advice)
    elif "fails" not in example.keys and (
        "given" not in example.keys or (isinstance(given, Mapping) and FILE not in given.by_name)
    ):
        headline = f'example "{example.name.value}" gives no file'
        beside = f"`given: {{{FILE}: …, {stage.inputs[0].stage.value}: …}}`" if stage.inputs else "`given: |`"
        yield draft.finding(CODE, at, headline, help=f"write the text of the file: {beside}")


def _of_inputs(draft: Draft, stage: DraftStage, example: DraftExample) -> Iterator[Diagnostic]:
    inputs = {item.stage.value: item for item in stage.inputs}
    given = {one.entry.name: one for one in given_inputs(example)}
    made = _made(draft, example)
    for name, one in given.items():
        if name not in inputs:
            headline = f'stage "{stage.name.value}" does not read "{name}"'
            advice = did_you_mean(name, inputs, otherwise="remove it")
            yield draft.finding(CODE, one.entry.key.span, headline, help=advice)
        elif made is not None:
            yield from _outside(draft, inputs[name], one, made)
    if example.fails is None and "fails" not in example.keys:
        yield from _left_out(draft, example, tuple(inputs), given, made)


def _made(draft: Draft, example: DraftExample) -> Partition | None:
    partitions = partitioning_of(draft.partitions)
    if partitions is None:
        return None
    key = example.partition.value if example.partition else suggested_key(partitions)
    try:
        return None if key is None else partitions.parse(key)
    except PartitionError:
        return None  # example_partition says so


def _outside(draft: Draft, item: DraftInput, one: GivenInput, made: Partition) -> Iterator[Diagnostic]:
    length = item.window.value if item.window else 1
    try:
        read = made.window(max(length, 1))
    except PartitionError:
        return  # window_dimension says so
    for key, _ in one.parts:
        if key is not None and key.text not in read:
            headline = f"{item.stage.value} is not read for {key.text} where {made.key} is made"
            listed = ", ".join(read) if len(read) <= 4 else f"{read[0]} to {read[-1]}"
            yield draft.finding(CODE, key.span, headline, help=f"it is read for {listed}")


def _left_out(
    draft: Draft,
    example: DraftExample,
    inputs: tuple[str, ...],
    given: dict[str, GivenInput],
    made: Partition | None,
) -> Iterator[Diagnostic]:
    at = _given_at(example)
    for name in inputs:
        if name not in given:
            headline = f'example "{example.name.value}" gives no rows of {name}'
            yield draft.finding(CODE, at, headline, help=f"give some, or none: `{name}: []`")
        elif made is not None and not _gives(given[name], made.key):
            headline = f"{name} is not given for {made.key}, the partition that is made"
            advice = f"give rows of it, or none: `{made.key}: []`"
            yield draft.finding(CODE, given[name].entry.key.span, headline, help=advice)


def _given_at(example: DraftExample) -> Span:
    return example.keys["given"].span if "given" in example.keys else example.name.span


def _gives(one: GivenInput, partition: str) -> bool:
    return any(key is None or key.text == partition for key, _ in one.parts)
