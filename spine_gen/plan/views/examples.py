"""Examples as the templates see them: in code each a call of `Example`, on the domain's page in tables."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from spine_gen.plan.imports import Import, import_block
from spine_gen.plan.views.source_code import Call, Code, Lines, keywords
from spine_gen.spec.constants import python_value
from spine_gen.spec.example_parts import FILE
from spine_gen.spec.language import Example, Spec, Stage, Table
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
    parts = (*_given_parts(spec, example), *_outcome_parts(stage, example))
    return ExampleSection(name=example.name, description=example.description, parts=parts)


def examples_view(spec: Spec, spec_path: str) -> ExamplesView:
    calls = tuple(_call(spec, stage, example) for stage in spec.stages for example in stage.examples)
    used = {type(value) for call in calls for value in _values([part for _, part in call.arguments])}
    imports = {Import("spine", "Example"), Import(".domain", "DOMAIN")}
    imports |= {item for kind in used for item in _IMPORTS.get(kind, ())}
    return ExamplesView(
        spec_path=spec_path, domain=spec.domain, examples=calls, imports=import_block(imports)
    )


def partition_of(spec: Spec, example: Example) -> str:
    """The partition that an example is of: its own, or the one that suggests itself."""
    key = example.partition or suggested_key(partitions_of(spec))
    assert key is not None
    return key


def given_rows(spec: Spec, example: Example) -> dict[str, dict[str, tuple[Row, ...]]]:
    """By input, and then by partition, the rows that are given."""
    made = partition_of(spec, example)
    return {
        name: {key: _rows(spec.stage(name).table, rows) for key, rows in _by_partition(given, made).items()}
        for name, given in _of_inputs(example).items()
    }


def expected_rows(stage: Stage, example: Example) -> tuple[Row, ...] | None:
    """The rows that are expected; None where an example is not about rows."""
    return None if example.expect is None else _rows(stage.table, example.expect)


def _call(spec: Spec, stage: Stage, example: Example) -> Call:
    text = _text(example)
    return Call(
        name="Example",
        arguments=(
            *((None, part) for part in (Code("DOMAIN"), stage.name, example.name)),
            *keywords(
                description=example.description,
                partition=partition_of(spec, example),
                file=None if text is None else Lines(text),
                given=given_rows(spec, example) or None,
                expect=expected_rows(stage, example),
                anomalies=example.anomalies,
                fails=example.fails,
            ),
        ),
    )


def _given_parts(spec: Spec, example: Example) -> Iterator[ExamplePart]:
    made = partition_of(spec, example)
    if (text := _text(example)) is not None:
        yield ExamplePart(told="Given this file of", codes=(made,), file=text)
    for name, given in _of_inputs(example).items():
        for key, rows in _by_partition(given, made).items():
            yield _rows_part("Given", "of", (name, key), spec.stage(name).table, rows)


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


def _text(example: Example) -> str | None:
    """The text of the file that is given."""
    text = example.given.get(FILE) if isinstance(example.given, dict) else example.given
    return None if text is None else str(text)


def _of_inputs(example: Example) -> dict[str, Any]:
    """What is given of each input."""
    given = example.given if isinstance(example.given, dict) else {}
    return {name: rows for name, rows in given.items() if name != FILE}


def _by_partition(given: Any, made: str) -> dict[str, tuple[Row, ...]]:
    return given if isinstance(given, dict) else {made: given}


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
