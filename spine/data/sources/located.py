"""Where a declared path leads: the file of a partition, or all the files that its pattern matches."""

import glob
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from spine.core.addresses import is_address
from spine.core.data_root import DataRoot
from spine.core.files import Looked, SourceFile
from spine.errors import SourceError

from .declared import FilesSource, Source, SqlSource
from .seen_rows import SeenRows

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partition
    from spine.data.remote.queries import QueryResult
    from spine.data.remote.remote_files import RemoteFile

_WILD = ("*", "?")  # in the path itself; in a dimension's value they stand for themselves


def files_of(
    source: Source, partition: "Partition", data_root: DataRoot, seen: SeenRows | None = None
) -> tuple[Looked, ...]:
    """The source's files for the partition, there or not: all that its pattern matches now, in name order.

    With the rows that were seen, where the files hold several partitions. What leads outside the data root is
    none. What is elsewhere is looked for only where that is asked for.
    """
    if isinstance(source, SqlSource):
        return (_result(source, partition, data_root),) if data_root.look else ()
    if is_address(source.path):
        remote = _remote_files(source, partition, data_root) if data_root.look else ()
        part = None if seen is None else partial(seen.digest, partition=partition)
        return tuple(replace(file, part=part) for file in remote)
    relative = partition.expand(source.path)
    if not _leads_below(relative, data_root.folder):
        return ()
    shown = _matching(source, partition, data_root) if is_pattern(source.path) else [relative]
    files = (_below(data_root, path) for path in shown)
    if seen is None:
        return tuple(files)
    return tuple(replace(file, part=partial(seen.digest, file, partition)) for file in files)


def is_pattern(path: str) -> bool:
    """Whether it may lead to several files."""
    return any(sign in path for sign in _WILD)


def locate(source: Source, partition: "Partition", data_root: DataRoot) -> tuple[SourceFile, ...]:
    """The source's files for the partition, what is elsewhere fetched into the archive.

    Raises SourceError where there is none, or too few, or where the path leads outside the data root: a spec
    is data from a pull request, so neither '..' nor an absolute path may lead out of it. A symbolic link may:
    it is not the spec's, but that of whoever keeps the data, perhaps on another disk.
    """
    if isinstance(source, SqlSource):
        return (_result(source, partition, data_root).fetched(),)
    if is_address(source.path):
        return _fetched(source, partition, data_root)
    shown, below = partition.expand(source.path), f"(data root {data_root})"
    if not _leads_below(shown, data_root.folder):
        raise SourceError(
            f"{shown} leads outside the data root {data_root}: keep source files below it, or set "
            "data_root to the folder that holds them"
        )
    if is_pattern(source.path):
        files = tuple(_below(data_root, path) for path in _matching(source, partition, data_root))
        _check_number(source, files, f"{shown} for partition {partition.key} {below}")
        return files
    file = _below(data_root, shown)
    if file.path.is_dir():
        raise SourceError(f"{shown} is a folder {below}: the source's path must name a file")
    if not file.path.exists():
        raise SourceError(
            f"there is no file {shown} for partition {partition.key} {below}: fetch it, or correct the "
            "source's path or data_root"
        )
    return (file,)


def _fetched(source: FilesSource, partition: "Partition", data_root: DataRoot) -> tuple[SourceFile, ...]:
    there = [(one.shown, one.fetched()) for one in _remote_files(source, partition, data_root)]
    files = tuple(file for _, file in there if file is not None)
    where = f"{partition.expand(source.path)} for partition {partition.key}"
    if len(files) == len(there):
        _check_number(source, files, where)
        return files
    gone = next(shown for shown, file in there if file is None)
    raise SourceError(
        f"there is no file {gone} for partition {partition.key}: wait for its publisher, or correct the "
        "source's path"
    )


def _result(source: SqlSource, partition: "Partition", data_root: DataRoot) -> "QueryResult":
    from spine.data.remote.queries import QueryResult  # noqa: PLC0415 - few need it

    return QueryResult(source=source, partition=partition, data_root=data_root)


def _remote_files(
    source: FilesSource, partition: "Partition", data_root: DataRoot
) -> "tuple[RemoteFile, ...]":
    from spine.data.remote.remote_files import remote_files  # noqa: PLC0415 - few need it

    return remote_files(source.path, partition, data_root)


def _below(data_root: DataRoot, path: str) -> SourceFile:
    return SourceFile(path=data_root.folder.absolute() / path, shown=path)


def _check_number(source: FilesSource, files: tuple[SourceFile, ...], where: str) -> None:
    if len(files) >= source.at_least:
        return
    if not files:
        raise SourceError(f"no file matches {where}: fetch them, or correct the source's path or data_root")
    names = ", ".join(file.shown for file in files[:3]) + (", …" if len(files) > 3 else "")
    raise SourceError(
        f"{len(files)} of at least {source.at_least} files match {where}: {names}. Fetch the others, or "
        "correct the source's files: {at_least: …}"
    )


def _matching(source: FilesSource, partition: "Partition", data_root: DataRoot) -> list[str]:
    """What matches below the data root; the archive may be there too, and is none of it."""
    pattern = partition.expand(source.path.replace("[", "[[]"), quoted=glob.escape)
    root, archive = data_root.folder.absolute(), data_root.archive.absolute()
    found = glob.glob(pattern, root_dir=root)  # noqa: PTH207 - relative to the root, as messages show it
    paths = (Path(path) for path in found if not (root / path).is_relative_to(archive))
    return sorted(path.as_posix() for path in paths if (root / path).is_file())


def _leads_below(relative: str, data_root: Path) -> bool:
    """Whether the path stays below the data root, as it is written."""
    root = os.path.abspath(data_root)  # noqa: PTH100 - `..` taken as written
    path = os.path.abspath(data_root.absolute() / relative)  # noqa: PTH100
    return path == root or path.startswith(os.path.join(root, ""))  # noqa: PTH118
