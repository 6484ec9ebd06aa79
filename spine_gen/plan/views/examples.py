"""Examples as the templates see them: in code each a call of `Example`, on the domain's page in tables."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from spine.core.partitions.mapping import keys_for, newest_key_for
from spine.core.partitions.partitioning import Partition
from spine_gen.plan.imports import Import, import_block
from spine_gen.plan.views.source_code import Call, Code, Lines, keywords
from spine_gen.spec.constants import python_value
from spine_gen.spec.example_parts import FILE
from spine_gen.spec.language import Example, Spec, Stage, StageInput, Table
from spine_gen.spec.partition_types import partitions_of, suggested_key

Row: TypeAlias = Mapping[str, Any]
_IMPORTS: dict[type, tuple[Import, ...]] = {
    date: (Import("datetime", "date"),),
    datetime: (Import("datetime", "UTC"), Import("datetime", "datetime")),
    Decimal: (Import("decimal", "Decimal"),),
}


@dataclass(frozen=True, kw_only=True)
class ExamplesView:
    """examples.py."""

    spec_path: str
    domain: str
    examples: tuple[Call, ...]
    imports: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class ExamplePart:
    """Something that is given, or that comes of it: words, what they are about, and its file or rows."""

    told: str
    codes: tuple[str, ...] = ()
    file: str | None = None
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str | None, ...], ...] = ()  # a cell that a row leaves out is None

    @property
    def end(self) -> str:
        return "." if self.file is None and not self.rows else ":"


@dataclass(frozen=True, kw_only=True)
class ExampleSection:
    name: str
    description: str | None
    parts: tuple[ExamplePart, ...]


def example_section(spec: Spec, stage: Stage, example: Example) -> ExampleSection:
    parts = (*_given_parts(spec, stage, example), *_outcome_parts(stage, example))
    return ExampleSection(name=example.name, description=example.description, parts=parts)


def examples_view(spec: Spec, spec_path: str) -> ExamplesView:
    calls = tuple(_call(spec, stage, example) for stage in spec.stages for example in stage.examples)
    used = {type(value) for call in calls for value in _values([part for _, part in call.arguments])}
    imports = {Import("spine", "Example"), Import(".domain", "DOMAIN")}
    imports |= {item for kind in used for item in _IMPORTS.get(kind, ())}
    return ExamplesView(
        spec_path=spec_path, domain=spec.domain, examples=calls, imports=import_block(imports)
    )


def partition_of(spec: Spec, stage: Stage, example: Example) -> str:
    """The partition that an example is of: its own, or the one that suggests itself."""
    key = example.partition or suggested_key(partitions_of(spec, stage))
    assert key is not None
    return key


def given_rows(spec: Spec, stage: Stage, example: Example) -> dict[str, dict[str, tuple[Row, ...]]]:
    """By input, and then by partition, the rows that are given."""
    found: dict[str, dict[str, tuple[Row, ...]]] = {}
    for name, key, table, rows in _given(spec, stage, example):
        found.setdefault(name, {})[key] = _rows(table, rows)
    return found


def _given(spec: Spec, stage: Stage, example: Example) -> Iterator[tuple[str, str, Table, tuple[Row, ...]]]:
    """What is given of each input and partition, with the input's table."""
    made = partitions_of(spec, stage).parse(partition_of(spec, stage, example))
    inputs = {item.named: item for item in stage.inputs}
    for name, given in _of_inputs(example).items():
        item = inputs[name]
        parts = given if isinstance(given, dict) else {_key_read(spec, item, made): given}
        for key, rows in parts.items():
            yield name, key, spec.read(item).table, rows


def _key_read(spec: Spec, item: StageInput, made: Partition) -> str:
    """The partition of an input that rows are of where the example does not say it: the last that is read."""
    of = partitions_of(spec.home(item), spec.read(item))
    if item.latest:
        last = newest_key_for(made, of)
        return made.key if last is None else last.key
    return keys_for(made, of)[-1]


def expected_rows(stage: Stage, example: Example) -> tuple[Row, ...] | None:
    """The rows that are expected; None where an example is not about rows."""
    return None if example.expect is None else _rows(stage.table, example.expect)


def _call(spec: Spec, stage: Stage, example: Example) -> Call:
    texts = tuple(Lines(text) for text in _texts(example))
    return Call(
        name="Example",
        arguments=(
            *((None, part) for part in (Code("DOMAIN"), stage.name, example.name)),
            *keywords(
                description=example.description,
                partition=partition_of(spec, stage, example),
                file=texts[0] if len(texts) == 1 else texts or None,
                given=given_rows(spec, stage, example) or None,
                expect=expected_rows(stage, example),
                anomalies=example.anomalies,
                fails=example.fails,
            ),
        ),
    )


def _given_parts(spec: Spec, stage: Stage, example: Example) -> Iterator[ExamplePart]:
    made = partition_of(spec, stage, example)
    for number, text in enumerate(_texts(example)):
        told = "And this one of" if number else "Given this file of"
        yield ExamplePart(told=told, codes=(made,), file=text)
    for name, key, table, rows in _given(spec, stage, example):
        yield _rows_part("Given", "of", (name, key), table, rows)


def _outcome_parts(stage: Stage, example: Example) -> Iterator[ExamplePart]:
    if example.expect is not None:
        yield _rows_part("It makes", "", (), stage.table, example.expect)
    if example.fails is not None:
        yield ExamplePart(told="It fails with", codes=(example.fails,))
    if example.anomalies:
        counts = tuple(f"{code} {count}" for code, count in example.anomalies.items())
        yield ExamplePart(told="It records", codes=counts)
    elif example.anomalies is not None:
        yield ExamplePart(told="It records no anomalies")


def _rows_part(
    verb: str, of: str, codes: tuple[str, ...], table: Table, rows: tuple[Row, ...]
) -> ExamplePart:
    named = tuple(column.name for column in table.columns if any(column.name in row for row in rows))
    return ExamplePart(
        told=f"{verb} {'these' if rows else 'no'} rows {of}".strip(),
        codes=codes,
        columns=named,
        rows=tuple(tuple(_cells(named, row)) for row in rows),
    )


def _cells(columns: Iterable[str], row: Row) -> Iterator[str | None]:
    for name in columns:
        value = row.get(name)
        if value and isinstance(value, str | Decimal):
            yield str(value)
        else:
            yield json.dumps(value, ensure_ascii=False, default=float) if name in row else None


def _texts(example: Example) -> tuple[str, ...]:
    """The texts of the files that are given."""
    text = example.given.get(FILE) if isinstance(example.given, dict) else example.given
    return text if isinstance(text, tuple) else () if text is None else (str(text),)


def _of_inputs(example: Example) -> dict[str, Any]:
    """What is given of each input."""
    given = example.given if isinstance(example.given, dict) else {}
    return {name: rows for name, rows in given.items() if name != FILE}


def _rows(table: Table, rows: tuple[Row, ...]) -> tuple[Row, ...]:
    columns = {column.name: column for column in table.columns}
    return tuple({name: python_value(value, columns[name]) for name, value in row.items()} for row in rows)


def _values(value: Any) -> Iterator[Any]:
    """Every single value in it."""
    if isinstance(value, Mapping):
        yield from _values([*value.values()])
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _values(part)
    else:
        yield value
