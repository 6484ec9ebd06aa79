"""A table's name is free in every database.

What: a table must not begin with `core_`, `sqlite_` or `pg_`, be called `alembic_version`, be a word of SQL,
or have the name of another stage; an index must not begin so, nor with `ix_core_` or `uq_core_`.
Why: those names belong to spine, to the databases and to SQL itself; and in a `sql` stage a stage's name
stands for its current rows, not for a table.

Bad:

    table: {name: core_prices, ...}

Good:

    table: {name: prices_core, ...}
"""

from collections.abc import Iterator, Mapping

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.sql_words import RESERVED

CODE = Code("SG309", "a table name that is taken", explanation=__doc__)
_PREFIXES = {"core_": "spine", "sqlite_": "SQLite", "pg_": "PostgreSQL", "duckdb_": "DuckDB"}
_OF_INDEXES = {**_PREFIXES, "ix_core_": "spine", "uq_core_": "spine"}


def check(draft: Draft) -> Iterator[Diagnostic]:
    stages = {stage.name.value.lower(): stage.name for stage in draft.stages}
    for stage in draft.stages:
        for index in stage.table.indexes if stage.table else ():
            if index.name and (owner := _owner(index.name.value, _OF_INDEXES)):
                headline = f'index "{index.name.value}" has a name that belongs to {owner}'
                yield draft.finding(CODE, index.name.span, headline, help="choose another name")
        name = stage.table.name if stage.table else None
        if name is None:
            continue
        owner = _owner(name.value, _PREFIXES)
        if name.value == "alembic_version":
            owner = "Alembic"
        if owner:
            headline, advice = (
                f'table "{name.value}" has a name that belongs to {owner}',
                "choose another name",
            )
            yield draft.finding(CODE, name.span, headline, help=advice)
        elif name.value in RESERVED:
            headline = f'table "{name.value}" is a word of SQL'
            advice = f'put the domain in front, such as "{_domain(draft)}{name.value}"'
            yield draft.finding(CODE, name.span, headline, help=advice)
        elif (namesake := stages.get(name.value)) and namesake is not stage.name:
            yield draft.finding(
                CODE,
                name.span,
                f'table "{name.value}" has the name of stage "{namesake.value}", which SQL cannot tell apart',
                also=((namesake.span, "the stage"),),
                help=f'put the domain in front, such as "{_domain(draft)}{name.value}"',
            )


def _owner(name: str, prefixes: Mapping[str, str]) -> str | None:
    return next((owner for prefix, owner in prefixes.items() if name.startswith(prefix)), None)


def _domain(draft: Draft) -> str:
    return f"{draft.domain.value.replace('.', '_')}_" if draft.domain else "my_"
