"""The columns that every table has are not declared.

What: a column is called `partition_key`, `capture_id`, `input_min_capture_id`, `input_max_capture_id` or
anything else that begins with `input_` or `capture_`; or like a column that databases keep for themselves
(`rowid`, `ctid`, `xmin`, …).
Why: every table gets the first four by itself, and they carry its history. The others would hide, or be
refused by, the database's own.

Bad:

    columns:
      capture_id: {type: string}

Good:

    columns:
      symbol: {type: string}
"""

from collections.abc import Iterator

from spine_gen.diagnostics import Code, Diagnostic
from spine_gen.spec.language import Draft

CODE = Code("SG310", "a column name that is taken", explanation=__doc__)
_PROVENANCE = frozenset({"partition_key", "capture_id", "input_min_capture_id", "input_max_capture_id"})
_PREFIXES = ("input_", "capture_", "spine_")
_SYSTEM = frozenset({"rowid", "oid", "ctid", "xmin", "xmax", "cmin", "cmax", "tableoid"})


def check(draft: Draft) -> Iterator[Diagnostic]:
    for stage in draft.stages:
        for column in stage.table.columns if stage.table else ():
            name = column.name.value
            if name in _PROVENANCE:
                headline, advice = f'column "{name}" is there without being declared', "remove it"
            elif name.startswith(_PREFIXES):
                headline, advice = f'column "{name}" begins like spine\'s own columns', "rename it"
            elif name in _SYSTEM:
                headline, advice = (
                    f'column "{name}" has a name that databases keep for themselves',
                    "rename it",
                )
            else:
                continue
            yield draft.finding(CODE, column.name.span, headline, help=advice)
