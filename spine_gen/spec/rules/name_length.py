"""Names derived from the spec fit into PostgreSQL.

What: a table has more than 55 characters, so that its view `<table>_current` has more than 63.
Why: PostgreSQL cuts longer names off, so that two of them could become the same.

Bad:

    table: {name: a_table_whose_name_says_everything_there_is_to_say_about_its_rows, ...}

Good:

    table: {name: prices_daily_close, ...}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG336", "a name too long for PostgreSQL", explanation=__doc__)
_LONGEST = 63 - len("_current")


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        name = stage.table.name if stage.table else None
        if name is not None and _LONGEST < len(name.value) <= 63:
            headline = (
                f'table "{name.value}" has {len(name.value)} characters, at most {_LONGEST} fit with its view'
            )
            yield draft.finding(CODE, name.span, headline, help="shorten it")
