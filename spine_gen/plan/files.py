"""A planned file: where it goes, who owns it, and what it is made of; it has no text yet."""

from dataclasses import dataclass
from enum import Enum


class Ownership(Enum):
    """Who may change a file once it is written, and so what a later build does with it."""

    GENERATOR = "generator"  # written anew whenever the spec asks for other text
    HISTORY = "history"  # the generator's, but append-only: a migration that was written stays as it is
    YOURS = "yours"  # written once as a stub, then never touched again


@dataclass(frozen=True, kw_only=True)
class FromTemplate:
    """Text that a template makes: every field of `view` is a variable of the template."""

    template: str  # its path under templates/, e.g. "pipeline.py.jinja"
    view: object  # a frozen dataclass from plan/views.py, or a migration's own


@dataclass(frozen=True, kw_only=True)
class PlannedFile:
    """One file of a domain's package."""

    path: str  # below the package, with forward slashes, e.g. "pipelines/ingest.py"
    ownership: Ownership
    content: FromTemplate
