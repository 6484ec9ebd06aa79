"""`spine-gen init`: a small project that builds and runs at once, with its CI, hooks and editor settings."""

import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from spine_gen.cli.failures import clear_failures

if TYPE_CHECKING:
    from spine.settings import Settings

# Dot files would not be packed into every kind of archive.
DOTTED = ("gitignore", "github", "pre-commit-config.yaml")
SAMPLE = ("README.md", "data", "specs")  # of no use to a project that is there
SETTINGS, SCHEMA, EDITOR = "pyproject.toml", "domain-spec.schema.json", ".vscode/settings.json"
VERSION = b"SPINE_GEN_VERSION"  # stands for this version


def start_project(
    folder: Annotated[
        Path,
        typer.Argument(metavar="DIR", help="Where; it is made if it is not there.", show_default=False),
    ] = Path(),
) -> None:
    """Write a project that builds and runs: settings, a spec, sample data, CI, hooks, editor settings.

    Files that are there stay as they are; a project that is there gets what it lacks but the sample.
    """
    with clear_failures():
        from spine.settings import load_settings
        from spine_gen.cli.planning import take_back
        from spine_gen.cli.terminal import write_out
        from spine_gen.output.writer import FileWrite, write_files

        if folder.exists() and not folder.is_dir():
            raise NotADirectoryError(20, "is not a folder; name one for the project", f"{folder}")
        take_back(folder)
        settings = load_settings(folder)
        tools = _tools(folder)
        started = tools is not None and "spine" in tools
        files = _project_files(settings if started else None)
        kept = {path for path in files if os.path.lexists(folder / path)}
        new = {path: content for path, content in files.items() if path not in kept}
        write_files(folder, (FileWrite(path=path, content=content) for path, content in new.items()))
        for path in files:
            write_out(f"{'keep  ' if path in kept else 'create'} {(folder / path).as_posix()}\n")
        if tools is not None and (lines := tuple(_missing_settings(tools, settings if started else None))):
            write_out(f"\nadd to {(folder / SETTINGS).as_posix()}:\n")
            write_out("".join(f"  {line}\n" for line in lines))
        write_out("\nnext:\n" + "".join(f"  {step}\n" for step in _next_steps(folder, started=started)))


def _tools(folder: Path) -> Mapping[str, Any] | None:
    """The tables below `[tool]` of the folder's pyproject.toml; None where it has no such file."""
    try:
        tools = tomllib.loads((folder / SETTINGS).read_text(encoding="utf-8")).get("tool", {})
    except FileNotFoundError:
        return None
    return tools if isinstance(tools, dict) else {}


def _project_files(settings: "Settings | None") -> dict[str, bytes]:
    """All files by path; for a project that is there, by its settings."""
    from importlib.metadata import version

    from spine_gen.render.environment import template_folder
    from spine_gen.spec.json_schema import schema_text

    root = template_folder() / "project"
    files = {
        _project_path(path.relative_to(root)): path.read_bytes().replace(
            VERSION, version("spine-gen").encode()
        )
        for path in root.rglob("*")
        if path.is_file() and (settings is None or path.relative_to(root).parts[0] not in SAMPLE)
    }
    specs = _below(settings, "specs")
    schemas = {f"./{SCHEMA}": [f"{specs}/**/*.yaml", f"{specs}/**/*.yml"]}
    files[EDITOR] = f"{json.dumps({'yaml.schemas': schemas}, indent=2)}\n".encode()
    files[SCHEMA] = schema_text().encode()
    return dict(sorted(files.items()))


def _project_path(path: Path) -> str:
    first, *rest = path.parts
    return "/".join((f".{first}" if first in DOTTED else first, *rest))


def _below(settings: "Settings | None", name: str) -> str:
    """The folder of specs or of generated packages, as the project's own files name it."""
    if settings is None:
        return name
    return Path(os.path.relpath(getattr(settings, name), settings.root)).as_posix()


def _missing_settings(tools: Mapping[str, Any], settings: "Settings | None") -> Iterator[str]:
    """The lines that a pyproject.toml which was there needs."""
    if settings is None:
        yield "[tool.spine]"
    pytest = tools.get("pytest", {})
    newer = bool(pytest) and "ini_options" not in pytest
    listed = (pytest if newer else pytest.get("ini_options", {})).get("pythonpath", [])
    listed = listed.split() if isinstance(listed, str) else listed
    generated = _below(settings, "generated")
    if generated not in listed:
        yield "[tool.pytest]" if newer else "[tool.pytest.ini_options]"
        yield f"pythonpath = {json.dumps([*listed, generated])}"


def _next_steps(folder: Path, *, started: bool) -> tuple[str, ...]:
    enter = () if folder.resolve() == Path.cwd() else (f"cd {_quoted(folder)}",)
    tried = () if started else ("spine run shop.orders/daily --partition 2025-01-02", "spine status")
    return (*enter, "spine-gen build", *tried)


def _quoted(folder: Path) -> str:
    import shlex

    return shlex.quote(folder.as_posix())
