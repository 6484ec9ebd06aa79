"""Jinja's environment: strict, quoting left to filters, templates from the package or the repository."""

from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import spine_gen
from spine_gen.render.filters import FILTERS

_PACKAGE = Path(spine_gen.__file__).parent


def template_folder() -> Path:
    """Where the shipped templates are: in the installed package, or beside it in the repository."""
    shipped = _PACKAGE / "templates"
    return shipped if shipped.is_dir() else _PACKAGE.parent / "templates"


@cache
def environment() -> Environment:
    """The one environment: a name that a view does not have is an error, and a block leaves no line."""
    made = Environment(
        loader=FileSystemLoader(template_folder()),
        undefined=StrictUndefined,
        auto_reload=False,  # no template changes during a build
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        newline_sequence="\n",
    )
    made.filters.update(FILTERS)
    return made
