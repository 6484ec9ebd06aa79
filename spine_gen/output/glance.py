"""Whether a package is plainly as its last build left it and has the spec's tables.

A glance, without the libraries that a build needs: where it finds anything that it does not know, the answer
is no, and what that means is for a build's plan to say.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from spine_gen.calendars.written import are_kept
from spine_gen.migrations.chain import FOLDER as MIGRATIONS
from spine_gen.migrations.chain import REVISION_FILE, is_revision_file
from spine_gen.migrations.names import declared_names
from spine_gen.migrations.partition_keys import key_forms
from spine_gen.migrations.table_schema import ColumnSchema, IndexSchema, TableSchema, tables_of
from spine_gen.output.digests import is_as_recorded
from spine_gen.output.found import LOCK_FILE
from spine_gen.output.lock_layout import without_ends
from spine_gen.plan.naming import is_logic_path
from spine_gen.spec.language import Spec

_BYTECODE = "__pycache__"


def nothing_in_the_way(spec: Spec, root: Path, package: str) -> bool:
    """Whether a build of the spec certainly finds nothing in its package that it would refuse."""
    folder = root / package
    if not os.path.lexists(folder):
        asks = any(dimension.calendar for dimension in spec.partitions)  # a library that may not have it
        return spec.renamed_from is None and not asks and (root.is_dir() or not os.path.lexists(root))
    try:
        lock = without_ends(json.loads((folder / LOCK_FILE).read_bytes()))
        migrations = lock["migrations"]
        recorded = {**lock["files"], **{path: (sha256,) for path, sha256 in migrations.items()}}
        if lock["lock"] != 3 or not _is_of(lock, spec):
            return False
        found = dict(_files(folder, ""))
        if not recorded.keys() <= found.keys() or not _in_one_line(migrations):
            return False
        return all(_is_known(found[path], path, recorded) for path in found)
    except (OSError, ValueError, KeyError, TypeError, _Strange):
        return False


def _is_of(lock: Mapping[str, Any], spec: Spec) -> bool:
    """Whether the last build's tables, partition keys and names are the spec's."""
    return (
        lock["tables"] == [_plain(table) for table in tables_of(spec)]
        and [*dict(lock["keys"]).items()] == [*key_forms(spec.partitions).items()]
        and lock["domain"] == spec.domain
        and are_kept(spec, lock.get("calendars", {}))
        and all(lock[each].keys() == names for each, names in declared_names(spec).items())
    )


class _Strange(Exception):
    """Something is neither a plain file nor a folder, or a folder is named like a file."""


def _files(folder: Path, below: str) -> Iterator[tuple[str, str]]:
    """Every file by its path below the package, with its path on disk."""
    with os.scandir(folder / below) as entries:
        for entry in entries:
            if entry.name == _BYTECODE or entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False) and "." not in entry.name:
                yield from _files(folder, f"{below}{entry.name}/")
            elif entry.is_file(follow_symlinks=False):
                yield f"{below}{entry.name}", entry.path
            else:
                raise _Strange


def _is_known(place: str, path: str, recorded: Mapping[str, Sequence[str]]) -> bool:
    """Whether a file is as the lock has it, or is no build's concern."""
    if path not in recorded:
        beside = path.startswith(MIGRATIONS) and not is_revision_file(path)
        return path == LOCK_FILE or is_logic_path(path) or beside
    with open(place, "rb") as file:
        return is_as_recorded(file.read(), recorded[path])


def _in_one_line(migrations: Mapping[str, str]) -> bool:
    """Whether the revisions have the numbers from 1 on, each once."""
    numbers = [int(found["number"]) for path in migrations if (found := REVISION_FILE.fullmatch(path))]
    return sorted(numbers) == [*range(1, len(numbers) + 1)]


def _plain(schema: TableSchema | ColumnSchema | IndexSchema) -> dict[str, Any]:
    """A table, column or index as the lock has it: lists for tuples, and nothing of what is so by default."""
    return {
        item.name: _listed(value) if isinstance(value, tuple) else value
        for item in fields(schema)
        if (value := getattr(schema, item.name)) != item.default
    }


def _listed(items: tuple[Any, ...]) -> list[Any]:
    return [_plain(item) if isinstance(item, ColumnSchema | IndexSchema) else item for item in items]
