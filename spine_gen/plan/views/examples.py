"""What the template of a domain's examples sees: each as a call of `Example`, in the order of the spec."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeAlias

from spine_gen.plan.imports import Import, import_block
from spine_gen.plan.views.source_code import Call, Code, Lines, keywords
from spine_gen.spec.constants import python_value
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
    if not isinstance(example.given, dict):
        return {}
    made = partition_of(spec, example)
    return {
        name: {key: _rows(spec.stage(name).table, rows) for key, rows in _by_partition(given, made).items()}
        for name, given in example.given.items()
    }


def expected_rows(stage: Stage, example: Example) -> tuple[Row, ...] | None:
    """The rows that are expected; None where an example is not about rows."""
    return None if example.expect is None else _rows(stage.table, example.expect)


def _call(spec: Spec, stage: Stage, example: Example) -> Call:
    file = Lines(example.given) if isinstance(example.given, str) else None
    return Call(
        name="Example",
        arguments=(
            *((None, part) for part in (Code("DOMAIN"), stage.name, example.name)),
            *keywords(
                description=example.description,
                partition=partition_of(spec, example),
                file=file,
                given=given_rows(spec, example) or None,
                expect=expected_rows(stage, example),
                anomalies=example.anomalies,
                fails=example.fails,
            ),
        ),
    )


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
