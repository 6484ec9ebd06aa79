"""A table is written by one stage.

What: two stages name the same table, or a table is called like the view of another's current rows
(`<table>_current`).
Why: each stage replaces its own rows; two in one table would replace each other's.

Bad:

    LOAD:  {table: {name: prices, ...}}
    CLEAN: {table: {name: prices, ...}}

Good:

    LOAD:  {table: {name: prices_raw, ...}}
    CLEAN: {table: {name: prices, ...}}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft
from spine_gen.spec.node import Word

CODE = Code("SG308", "a table that two stages write", explanation=__doc__)


def check(draft: Draft) -> Iterator[Diagnostic]:
    names: dict[str, Word] = {}
    for stage in draft.stages:
        if stage.table and (name := stage.table.name):
            if first := names.get(name.value):
                yield draft.finding(
                    CODE,
                    name.span,
                    f'table "{name.value}" is written by two stages',
                    also=((first.span, "first here"),),
                    help="give each stage a table of its own",
                )
            names.setdefault(name.value, name)
    for value, name in names.items():
        base = value.removesuffix("_current")
        if base != value and base in names:
            yield draft.finding(
                CODE,
                name.span,
                f'table "{value}" has the name of a view: the current rows of "{base}"',
                also=((names[base].span, "the table with that view"),),
                help="rename one of the two tables",
            )
