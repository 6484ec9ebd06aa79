"""Names that each are good in a spec, but that cannot all be in generated code.

One function per code, whose docstring is what ``spine-gen explain`` prints.
"""

import keyword
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from spine_gen.diagnostics.diagnostic import Diagnostic, Label, Place
from spine_gen.plan import naming
from spine_gen.source.document import Document, Mapping
from spine_gen.source.position import START
from spine_gen.spec.language import PythonWork, Spec, Stage

LONGEST = 63  # PostgreSQL cuts a name off there


@dataclass(frozen=True, kw_only=True)
class Use:
    """A name of the spec's, what it becomes, and where that has to be unique."""

    scope: str  # "file", "row of invoice", …
    derived: str
    name: str
    at: tuple[str, ...]  # the key in the spec


def check_names(spec: Spec, document: Document) -> Iterator[Diagnostic]:
    """The findings about the names that one spec's package would have."""
    first: dict[tuple[str, str], Use] = {}
    for use in uses(spec):
        other = first.setdefault((use.scope, use.derived), use)
        if other is not use:
            yield same_name(other, use, place_of(document, *other.at), place_of(document, *use.at))
    for stage in spec.stages:
        for index in stage.table.indexes:
            if len(name := naming.index(stage.table, index)) > LONGEST:
                yield long_name(name, place_of(document, "stages", stage.name, "table", "indexes"))
    for dimension in spec.partitions:
        if keyword.iskeyword(dimension.name):
            yield keyword_dimension(dimension.name, place_of(document, "partitions", dimension.name))


def check_packages(packages: Iterable[tuple[str, Place]]) -> Iterator[Diagnostic]:
    """The findings about packages that several specs of one build would write."""
    first: dict[str, Place] = {}
    for package, place in packages:
        if package in first:
            yield same_package(package, first[package], place)
        first.setdefault(package, place)


def check_tables(tables: Iterable[tuple[str, Place]]) -> Iterator[Diagnostic]:
    """The findings about tables and indexes that several specs of one build would create."""
    first: dict[str, Place] = {}
    for table, place in tables:
        if table in first and first[table].path != place.path:  # within one spec it is the spec's own rule
            yield same_table(table, first[table], place)
        first.setdefault(table, place)


def check_specs(
    packages: Iterable[tuple[str, Place]], tables: Iterable[tuple[str, Place]]
) -> tuple[Diagnostic, ...]:
    """The findings about what several specs of one build would write: packages, or else tables."""
    return tuple(check_packages(packages)) or tuple(check_tables(tables))


def tables_taken(spec: Spec, document: Document) -> tuple[tuple[str, Place], ...]:
    """The names of the spec's tables and indexes with their places."""
    return tuple(
        (name, place_of(document, "stages", stage.name, "table", key))
        for stage in spec.stages
        for name, key in (
            (stage.table.name, "name"),
            *((naming.index(stage.table, index), "indexes") for index in stage.table.indexes),
        )
    )


def uses(spec: Spec) -> Iterator[Use]:
    """Every derived name that must be unique in its scope, beside those that YAML's own keys keep apart."""
    for stage in spec.stages:
        at = ("stages", stage.name)
        yield Use(scope="file", derived=naming.pipeline_path(stage), name=stage.name, at=at)
        if isinstance(stage.work, PythonWork):
            function = (*at, "python")
            path = naming.logic_path(stage)
            yield Use(scope="file", derived=path, name=stage.work.function, at=function)
        table = (*at, "table", "name")
        variable, row = naming.table_variable(stage.table), naming.row_class(stage.table)
        yield Use(scope="tables.py", derived=variable, name=stage.table.name, at=table)
        yield Use(scope="rows.py", derived=row, name=stage.table.name, at=table)
        yield from _in_database(stage)
        for column in stage.table.columns:
            field = naming.row_field(column.name)
            yield Use(
                scope=f"row of {stage.table.name}",
                derived=field,
                name=column.name,
                at=(*at, "table", "columns", column.name),
            )
        for item in stage.inputs:
            argument = naming.input_argument(item.named)
            scope = naming.pipeline_path(stage)
            yield Use(scope=scope, derived=argument, name=item.stage, at=(*at, "inputs"))
            constant = naming.input_constant(item.named)
            yield Use(scope=scope, derived=constant, name=item.stage, at=(*at, "inputs"))
    for workflow in spec.workflows:
        at = ("workflows", workflow.name)
        yield Use(scope="file", derived=naming.workflow_path(workflow), name=workflow.name, at=at)
    for package in ("pipelines", "logic", "workflows"):
        yield Use(scope="file", derived=f"{package}/__init__.py", name=f"{package}/__init__.py", at=())


def _in_database(stage: Stage) -> Iterator[Use]:
    """What PostgreSQL keeps apart by name: tables, views and the indexes, of primary keys too."""
    at, table = ("stages", stage.name, "table"), stage.table
    scope = "database"
    for derived in (table.name, naming.current_view(table), naming.primary_key(table)):
        yield Use(scope=scope, derived=derived, name=table.name, at=(*at, "name"))
    for index in table.indexes:
        name = index.name or f"({', '.join(index.columns)})"
        yield Use(scope=scope, derived=naming.index(table, index), name=name, at=(*at, "indexes"))


def place_of(document: Document, *path: str) -> Place:
    """The key at that path of the spec, or the nearest one above it that is there."""
    node, span = document.root, START
    for name in path:
        entry = node.entry(name) if isinstance(node, Mapping) else None
        if entry is None:
            break
        node, span = entry.value, entry.key.span
    return Place(path=document.path, span=span)


def same_name(first: Use, second: Use, there: Place, here: Place) -> Diagnostic:
    """Two names of a spec stay two names in its package.

    What: two stages, tables, columns, functions or workflows whose names become the same file, class or
    field; or an index whose name a table, a view, a primary key or another index has.
    Why: one would overwrite the other. Names are written in lower case for files and without underscores
    for classes, and get one underscore more where Python keeps a name for itself.

    Bad: tables `orders_2` and `orders2`, whose rows would both be `Orders2Row`; two stages with
    `python: score`.

    Good: tables `orders_2024` and `orders_archive`; a function for each stage.
    """
    return Diagnostic(
        code="SG401",
        severity="error",
        headline=f'"{first.name}" and "{second.name}" would both be {second.derived} in the '
        f"{'database' if second.scope == 'database' else 'package'}",
        place=here,
        labels=(Label(place=there, text="the other is here"),),
        help="rename one of them",
    )


def same_package(package: str, there: Place, here: Place) -> Diagnostic:
    """Two specs write two packages.

    What: two specs of one build declare the same domain, or domains that become the same package.
    Why: each would take the other's files for ones that left the spec.

    Bad: `domain: finra.otc` in one file and `domain: finra_otc` in another.

    Good: one of them is `finra.ats`.
    """
    return Diagnostic(
        code="SG402",
        severity="error",
        headline=f'two specs would write the package "{package}"',
        place=here,
        labels=(Label(place=there, text="the other spec"),),
        help="rename one of the domains",
    )


def same_table(table: str, there: Place, here: Place) -> Diagnostic:
    """A table belongs to one domain.

    What: two specs of one build declare a table of the same name, or an index.
    Why: all domains share the database; the second one's first migration would fail.

    Bad: `name: volume` in two specs.

    Good: the domain as a prefix: `finra_otc_volume`, `finra_ats_volume`.
    """
    return Diagnostic(
        code="SG404",
        severity="error",
        headline=f'two specs would create "{table}" in one database',
        place=here,
        labels=(Label(place=there, text="the other"),),
        help="begin the name with the domain's",
    )


def long_name(index: str, place: Place) -> Diagnostic:
    """An index has a name that fits into PostgreSQL.

    What: the name made for an index of its table and columns has more than 63 characters.
    Why: PostgreSQL cuts longer names off, so that two of them could become the same.

    Bad: `{columns: [settlement_currency_code, settlement_instruction_number]}` of a table with a long name.

    Good: `{columns: [...], name: ix_settlement_by_currency}`
    """
    return Diagnostic(
        code="SG405",
        severity="error",
        headline=f'index "{index}" has {len(index)} characters, and {LONGEST} fit into PostgreSQL',
        place=place,
        help="give it a shorter one by name: …",
    )


def keyword_dimension(name: str, place: Place) -> Diagnostic:
    """A partition dimension has a name that Python can call an argument.

    What: a dimension is named like a keyword of Python's.
    Why: it stands in generated code as it is, as an argument of `Partitioning`.

    Bad: `partitions: {class: {type: string, pattern: "[A-Z]+"}}`

    Good: `partitions: {share_class: {type: string, pattern: "[A-Z]+"}}`
    """
    return Diagnostic(
        code="SG403",
        severity="error",
        headline=f'the dimension "{name}" is a keyword of Python\'s',
        place=place,
        help=f"rename it, to {name}_key say",
    )
