"""What generated revisions have PostgreSQL say of a table and its view: the spec's descriptions, as comments.

As in ``stage_tables``: what a function here runs for given arguments stays as it is. SQLite has no comments.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from alembic import op

from spine.migrations.stage_tables import on_database, quoted, view_name


def describe_table(table: str, text: str | None) -> None:
    """Comment on a table and its view; None takes the comment away."""
    _comment(f"TABLE {quoted(table)}", text)
    _comment(f"VIEW {view_name(table)}", text)


def describe_columns(table: str, texts: Mapping[str, str | None]) -> None:
    """Comment on columns of a table and of its view."""
    for column, text in texts.items():
        _comment(f"COLUMN {quoted(table)}.{quoted(column)}", text)
        _comment(f"COLUMN {view_name(table)}.{quoted(column)}", text)


def _comment(on: str, text: str | None) -> None:
    if on_database("postgresql"):
        said = "NULL" if text is None else "'{}'".format(text.replace("'", "''"))
        # Not as a text of SQLAlchemy's: colons in it would be parameters.
        comment: sa.Executable = sa.DDL(f"COMMENT ON {on} IS {said}".replace("%", "%%"))  # type: ignore[no-untyped-call]
        op.execute(comment)
