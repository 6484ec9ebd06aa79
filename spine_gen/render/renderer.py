"""Planned files become their text: path → text, laid out, ended by one line break. Touches no output."""

from collections.abc import Iterable
from dataclasses import fields

from spine.core.revision_ids import after, with_digest
from spine_gen.plan.files import Ownership, PlannedFile
from spine_gen.render.environment import environment
from spine_gen.render.formatter import format_python


def render_files(files: Iterable[PlannedFile]) -> dict[str, str]:
    """The text of every file, by its path, in the order planned."""
    (texts,) = render_packages([files])
    return texts


def render_packages(packages: Iterable[Iterable[PlannedFile]]) -> list[dict[str, str]]:
    """The texts of several packages' files; laid out together, which costs less than one by one."""
    planned = [tuple(files) for files in packages]
    texts = [{file.path: _text(file) for file in files} for files in planned]
    python = {
        f"{number}/{path}": text
        for number, package in enumerate(texts)
        for path, text in package.items()
        if path.endswith(".py")
    }
    laid_out = format_python(python) if python else {}
    finished = [
        {path: laid_out.get(f"{number}/{path}", text).rstrip("\n") + "\n" for path, text in package.items()}
        for number, package in enumerate(texts)
    ]
    for files, package in zip(planned, finished, strict=True):
        earlier = ""
        for path in (file.path for file in files if file.ownership is Ownership.HISTORY):
            if path.endswith(".py"):
                package[path] = earlier = with_digest(after(package[path], earlier))
    return finished


def _text(file: PlannedFile) -> str:
    view = file.content.view
    variables = {field.name: getattr(view, field.name) for field in fields(view)}  # type: ignore[arg-type]
    return environment().get_template(file.content.template).render(variables)
