"""Tables in the form of earlier builds, which take that of new ones in a revision of their own, once.

Their text had PostgreSQL's default collation, so it was sorted and compared as people read, and their key did
not come first. What form a table has stands in the revisions.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from spine_gen.migrations.chain import REVISION_FILE
from spine_gen.migrations.changes import RenewTable
from spine_gen.migrations.table_schema import TableSchema
from spine_gen.migrations.views import Shown, view_now

_STEP = re.compile(
    r'^    (?:op\.create_table\(\s*"(?P<made>\w+)",(?P<columns>.*?)^    \)$'
    r'|op\.drop_table\("(?P<dropped>\w+)"\)'
    r'|renew_table\(\s*"(?P<renewed>\w+)"'
    r'|rename_table\(\s*"(?P<before>\w+)",\s*"(?P<after>\w+)")',
    re.MULTILINE | re.DOTALL,
)
_OLDER = "sa.String()"  # every table has text: the partition key


def renewals(tables: Iterable[TableSchema], files: Mapping[str, str], shown: Shown) -> Iterator[RenewTable]:
    """The changes of those tables that are of an earlier form, by the files of the revisions, by path."""
    older = _older(files)
    for table in tables:
        if table.name in older:
            yield RenewTable(table=table, view=view_now(table, shown))


def _older(files: Mapping[str, str]) -> set[str]:
    older: set[str] = set()
    for path in sorted(path for path in files if REVISION_FILE.fullmatch(path)):
        upgrade, _, _ = files[path].partition("\ndef downgrade()")
        for step in _STEP.finditer(upgrade):
            older -= {step["made"], step["dropped"], step["renewed"]}
            if step["made"] and _OLDER in step["columns"]:
                older.add(step["made"])
            if step["before"] in older:
                older = (older - {step["before"]}) | {step["after"]}
    return older
