"""`spine-gen init`: a small project that builds and runs at once."""

from pathlib import Path
from typing import Annotated

import typer

from spine_gen.cli.failures import clear_failures
from spine_gen.errors import SpineGenError

KEPT = ("README.md", ".gitignore")  # a new repository often has its own: they stay as they are
RENAMED = {"gitignore": ".gitignore"}  # a dot file would not be packed into every kind of archive


class ProjectExistsError(SpineGenError):
    """The folder already has files that a new project would have."""

    def __init__(self, folder: str, taken: tuple[str, ...]) -> None:
        super().__init__(
            f"{folder} already has {', '.join(taken)}: nothing was written; name an empty folder, "
            "or add [tool.spine] to the pyproject.toml that is there"
        )
        self.folder = folder
        self.taken = taken


def start_project(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Where; it is made if it is not there.", show_default=False),
    ] = Path(),
) -> None:
    """Write a project that builds and runs: settings, a spec, a day of sample data, a README."""
    with clear_failures():
        from spine_gen.cli.planning import take_back
        from spine_gen.cli.terminal import write_out
        from spine_gen.output.writer import FileWrite, write_files

        files = _project_files()
        take_back(folder)
        kept = _existing(folder, files)
        if taken := tuple(path for path in kept if path not in KEPT):
            raise ProjectExistsError(folder.as_posix(), taken)
        new = {path: content for path, content in files.items() if path not in kept}
        write_files(folder, (FileWrite(path=path, content=content) for path, content in new.items()))
        for path in files:
            write_out(f"{'create' if path in new else 'keep  '} {(folder / path).as_posix()}\n")
        write_out("\nnext:\n" + "".join(f"  {step}\n" for step in _next_steps(folder)))


def _project_files() -> dict[str, bytes]:
    """The project's files by path, read from the package."""
    from spine_gen.render.environment import template_folder

    root = template_folder() / "project"
    found = sorted(path for path in root.rglob("*") if path.is_file())
    names = ((path, path.relative_to(root)) for path in found)
    files = {
        name.with_name(RENAMED.get(name.name, name.name)).as_posix(): path.read_bytes()
        for path, name in names
    }
    return dict(sorted(files.items()))


def _existing(folder: Path, files: dict[str, bytes]) -> tuple[str, ...]:
    """Which of the project's files are already there."""
    if folder.exists() and not folder.is_dir():
        raise NotADirectoryError(20, "is not a folder; name one for the project", f"{folder}")
    return tuple(path for path in files if (folder / path).exists() or (folder / path).is_symlink())


def _next_steps(folder: Path) -> tuple[str, ...]:
    enter = () if folder.resolve() == Path.cwd() else (f"cd {_quoted(folder)}",)
    return (*enter, "spine-gen build", "spine run shop.orders/daily --partition 2025-01-02", "spine status")


def _quoted(folder: Path) -> str:
    import shlex

    return shlex.quote(folder.as_posix())
