"""Planned files become their text: path → text, laid out, ended by one line break. Touches no output."""

from collections.abc import Iterable
from dataclasses import fields

from spine_gen.plan.files import PlannedFile
from spine_gen.render.environment import environment
from spine_gen.render.formatter import format_python


def render_files(files: Iterable[PlannedFile]) -> dict[str, str]:
    """The text of every file, by its path, in the order planned."""
    texts = {file.path: _text(file) for file in files}
    python = {path: text for path, text in texts.items() if path.endswith(".py")}
    laid_out = format_python(python) if python else {}
    return {path: laid_out.get(path, text).rstrip("\n") + "\n" for path, text in texts.items()}


def _text(file: PlannedFile) -> str:
    view = file.content.view
    variables = {field.name: getattr(view, field.name) for field in fields(view)}  # type: ignore[arg-type]
    return environment().get_template(file.content.template).render(variables)
