"""Where a declared path leads: the file of a partition, or all the files that its pattern matches."""

import glob
import os
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from spine.core.files import SourceFile
from spine.errors import SourceError

from .declared import Source
from .seen_rows import SeenRows

if TYPE_CHECKING:
    from spine.core.partitions.partitioning import Partition

_WILD = ("*", "?")  # in the path itself; in a dimension's value they stand for themselves


def files_of(
    source: Source, partition: "Partition", data_root: Path, seen: SeenRows | None = None
) -> tuple[SourceFile, ...]:
    """The source's files for the partition, there or not: all that its pattern matches now, in name order.

    With the rows that were seen, where the files hold several partitions.

    What leads outside the data root is none.
    """
    relative = partition.expand(source.path)
    if not _leads_below(relative, data_root):
        return ()
    shown = _matching(source, partition, data_root) if is_pattern(source.path) else [relative]
    files = (SourceFile(path=data_root.absolute() / path, shown=path) for path in shown)
    if seen is None:
        return tuple(files)
    return tuple(replace(file, part=partial(seen.digest, file, partition)) for file in files)


def is_pattern(path: str) -> bool:
    """Whether it may lead to several files."""
    return any(sign in path for sign in _WILD)


def locate(source: Source, partition: "Partition", data_root: Path) -> tuple[SourceFile, ...]:
    """The source's files for the partition.

    Raises SourceError where there is none, or too few, or where the path leads outside the data root: a spec
    is data from a pull request, so neither '..' nor an absolute path may lead out of it. A symbolic link may:
    it is not the spec's, but that of whoever keeps the data, perhaps on another disk.
    """
    shown, below = partition.expand(source.path), f"(data root {data_root})"
    if not _leads_below(shown, data_root):
        raise SourceError(
            f"{shown} leads outside the data root {data_root}: keep source files below it, or set "
            "data_root to the folder that holds them"
        )
    files = files_of(source, partition, data_root)
    if is_pattern(source.path):
        _check_number(source, files, f"{shown} for partition {partition.key} {below}")
        return files
    (file,) = files
    if file.path.is_dir():
        raise SourceError(f"{shown} is a folder {below}: the source's path must name a file")
    if not file.path.exists():
        raise SourceError(
            f"there is no file {shown} for partition {partition.key} {below}: fetch it, or correct the "
            "source's path or data_root"
        )
    return files


def _check_number(source: Source, files: tuple[SourceFile, ...], where: str) -> None:
    if len(files) >= source.at_least:
        return
    if not files:
        raise SourceError(f"no file matches {where}: fetch them, or correct the source's path or data_root")
    names = ", ".join(file.shown for file in files[:3]) + (", …" if len(files) > 3 else "")
    raise SourceError(
        f"{len(files)} of at least {source.at_least} files match {where}: {names}. Fetch the others, or "
        "correct the source's files: {at_least: …}"
    )


def _matching(source: Source, partition: "Partition", data_root: Path) -> list[str]:
    pattern = partition.expand(source.path.replace("[", "[[]"), quoted=glob.escape)
    root = data_root.absolute()
    found = glob.glob(pattern, root_dir=root)  # noqa: PTH207 - relative to the root, as messages show it
    return sorted(Path(path).as_posix() for path in found if (root / path).is_file())


def _leads_below(relative: str, data_root: Path) -> bool:
    """Whether the path stays below the data root, as it is written."""
    root = os.path.abspath(data_root)  # noqa: PTH100 - `..` taken as written
    path = os.path.abspath(data_root.absolute() / relative)  # noqa: PTH100
    return path == root or path.startswith(os.path.join(root, ""))  # noqa: PTH118
