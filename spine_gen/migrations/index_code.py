"""Writes changes of indexes as a revision's Python."""

from spine_gen.migrations.index_changes import CreateIndex, DropIndex, IndexChange, RenameIndex
from spine_gen.migrations.table_schema import IndexSchema


def create_index(table: str, index: IndexSchema) -> str:
    """The call that makes an index in the revision's transaction."""
    return f"op.create_index({index.name!r}, {table!r}, {[*index.columns]!r})"


def index_code(change: IndexChange) -> str:
    """The call that makes one change."""
    table, index = change.table, change.index
    match change:
        case CreateIndex() if change.concurrently:
            return f"create_index_concurrently({_texts(index.name, table, *index.columns)})"
        case CreateIndex():
            return create_index(table, index)
        case DropIndex():
            return f"op.drop_index({index.name!r}, {table!r}, if_exists=True)"
        case RenameIndex(after=after):
            return f"rename_index({_texts(index.name, after, table, *index.columns)})"


def _texts(*values: str) -> str:
    return ", ".join(map(repr, values))
