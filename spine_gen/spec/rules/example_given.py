"""An example gives what its stage reads.

What: an example of a source gives no text, or that of a file which is no text, or is of a query; one of
another stage gives a text; one of either gives rows of what is no input of its stage, or of partitions that
are not in the input's window, or leaves an input out, or the partition that is made.
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

from collections.abc import Iterator, Mapping

from spine.core.partitions.mapping import check_input, is_finer, keys_for, newest_key_for
from spine.core.partitions.partitioning import Partition
from spine.errors import PartitionError
from spine_gen.diagnostics import Code, Diagnostic, did_you_mean
from spine_gen.source import Mapping as MappingNode
from spine_gen.source import Span
from spine_gen.spec.example_parts import (
    FILE,
    GivenInput,
    examples_of,
    given_inputs,
    given_text,
    several_texts,
)
from spine_gen.spec.language import Draft, DraftExample, DraftInput, DraftStage
from spine_gen.spec.partition_types import partitioning_of_input, partitioning_of_stage, suggested_key

CODE = Code("SG371", "an example that does not give what its stage reads", explanation=__doc__)
_TEXTS = ("csv", "ndjson", "json")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage, example in examples_of(draft):
        if stage.kind_key is None or any(draft.read(item) is None for item in stage.inputs):
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
    if kind and kind.value == "sql":
        headline = f'stage "{stage.name.value}" reads another database, whose rows no example can give'
        advice = "remove the example, and write one of a stage that reads this one"
        yield draft.finding(CODE, at, headline, help=advice)
    elif given_text(example) is not None:
        if kind and kind.value not in _TEXTS:
            headline = f"a {kind.value} file is no text, so that no example can give one"
            advice = "remove the example, and write one of a stage that reads this one"
            yield draft.finding(CODE, at, headline, help=advice)
        path = stage.source.path if stage.source else None
        if several_texts(example) and path and not {"*", "?"}.intersection(path.value):
            headline = f'example "{example.name.value}" gives several files, and the path leads to one'
            yield draft.finding(CODE, at, headline, help="give one text")
    elif "fails" not in example.keys and (
        "given" not in example.keys or (isinstance(given, MappingNode) and FILE not in given.by_name)
    ):
        headline = f'example "{example.name.value}" gives no file'
        beside = f"`given: {{{FILE}: …, {stage.inputs[0].named.value}: …}}`" if stage.inputs else "`given: |`"
        yield draft.finding(CODE, at, headline, help=f"write the text of the file: {beside}")


def _of_inputs(draft: Draft, stage: DraftStage, example: DraftExample) -> Iterator[Diagnostic]:
    inputs = {item.named.value: item for item in stage.inputs}
    given = {one.entry.name: one for one in given_inputs(example)}
    made = _made(draft, stage, example)
    for name, one in given.items():
        if name not in inputs:
            headline = f'stage "{stage.name.value}" does not read "{name}"'
            advice = did_you_mean(name, inputs, otherwise="remove it")
            yield draft.finding(CODE, one.entry.key.span, headline, help=advice)
        elif made is not None:
            yield from _outside(draft, inputs[name], one, made)
    if example.fails is None and "fails" not in example.keys:
        yield from _left_out(draft, example, inputs, given, made)


def _made(draft: Draft, stage: DraftStage, example: DraftExample) -> Partition | None:
    partitions = partitioning_of_stage(draft, stage)
    if partitions is None:
        return None
    key = example.partition.value if example.partition else suggested_key(partitions)
    try:
        return None if key is None else partitions.parse(key)
    except PartitionError:
        return None  # example_partition says so


def _outside(draft: Draft, item: DraftInput, one: GivenInput, made: Partition) -> Iterator[Diagnostic]:
    """Rows of partitions that are not read; without a partition, where it does not say itself which."""
    read, is_several = _read(draft, item, made)
    home = draft.home(item) or draft
    if read is None or any(one.calendar for one in (*draft.partitions, *home.partitions)):
        return  # by a calendar, only its library knows which days are read
    name = item.named.value
    for key, _ in one.parts:
        if key is None and is_several and _gives_rows(one):
            headline = f"{name} is read for several partitions where {made.key} is made"
            advice = f"give its rows by partition: `{name}: {{{read[-1]}: […]}}`" if read else "leave it out"
            yield draft.finding(CODE, one.entry.key.span, headline, help=advice)
        elif key is not None and not _is_read(key.text, item, read):
            headline = f"{name} is not read for {key.text} where {made.key} is made"
            yield draft.finding(CODE, key.span, headline, help=f"it is read for {_listed(item, read)}")


def _read(draft: Draft, item: DraftInput, made: Partition) -> tuple[tuple[str, ...] | None, bool]:
    """The partitions of an input that are read, of its latest the last; and whether several are as one."""
    of = partitioning_of_input(draft, item)
    if of is None:
        return None, False
    window = max(item.window.value if item.window else 1, 1)
    try:
        check_input(made.partitioning, of, window=window, latest=item.latest, partial=item.partial)
        if item.latest:
            last = newest_key_for(made, of)
            return (() if last is None else (last.key,)), False
        return keys_for(made, of, window), is_finer(of, made.partitioning)
    except PartitionError:
        return None, False  # input_partitions and window_dimension say so


def _is_read(key: str, item: DraftInput, read: tuple[str, ...]) -> bool:
    return bool(read) and len(key) == len(read[-1]) and key <= read[-1] if item.latest else key in read


def _listed(item: DraftInput, read: tuple[str, ...]) -> str:
    if not read:
        return "none"
    if item.latest:
        return f"the latest until {read[-1]}"
    return ", ".join(read) if len(read) <= 4 else f"{read[0]} to {read[-1]}"


def _left_out(
    draft: Draft,
    example: DraftExample,
    inputs: Mapping[str, DraftInput],
    given: dict[str, GivenInput],
    made: Partition | None,
) -> Iterator[Diagnostic]:
    at = _given_at(example)
    for name, item in inputs.items():
        if name not in given:
            if item.optional:
                continue
            headline = f'example "{example.name.value}" gives no rows of {name}'
            yield draft.finding(CODE, at, headline, help=f"give some, or none: `{name}: []`")
            continue
        read, is_several = (None, False) if made is None else _read(draft, item, made)
        if not read or made is None or is_several or item.latest or item.optional:
            continue  # of several, those that are not given are there without rows
        if not _gives(given[name], read[-1]):
            of = "the partition that is made" if read[-1] == made.key else f"where {made.key} is made"
            headline = f"{name} is not given for {read[-1]}, {of}"
            advice = f"give rows of it, or none: `{read[-1]}: []`"
            yield draft.finding(CODE, given[name].entry.key.span, headline, help=advice)


def _given_at(example: DraftExample) -> Span:
    return example.keys["given"].span if "given" in example.keys else example.name.span


def _gives_rows(one: GivenInput) -> bool:
    return any(rows.items for _, rows in one.parts)


def _gives(one: GivenInput, partition: str) -> bool:
    return any(key is None or key.text == partition for key, _ in one.parts)
