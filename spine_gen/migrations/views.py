"""The statements that make and drop a table's view of each partition's newest complete capture."""

import textwrap

from spine_gen.migrations.column_types import quoted
from spine_gen.migrations.table_schema import PARTITION_COLUMN, TableSchema

VIEW_WIDTH = 76


def view_sql(table: TableSchema) -> str:
    """The statement that creates `<table>_current`, the same on both databases.

    The partition key is the manifest's, whose index then serves a query for one partition.
    """
    declared = [f"t.{quoted(column.name)}" for column in table.declared]
    added = [
        "m.partition_key" if column.name == PARTITION_COLUMN else f"t.{quoted(column.name)}"
        for column in table.added
    ]
    return (
        f"CREATE VIEW {quoted(table.view)} AS\n"
        f"{_select(declared + added)}\n"
        f"FROM {quoted(table.name)} AS t\n"
        "JOIN core_manifest AS m ON m.capture_id = t.capture_id\n"
        "WHERE m.status = 'COMPLETE' AND m.superseded_at IS NULL"
    )


def drop_view_sql(table: TableSchema) -> str:
    return f"DROP VIEW {quoted(table.view)}"


def _select(columns: list[str]) -> str:
    """The select list, folded between columns."""
    listed = f"SELECT {', '.join(columns)}"
    return textwrap.fill(
        listed, VIEW_WIDTH, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False
    )
