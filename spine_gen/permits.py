"""What a build does only where it is told to: each by an option of its own."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Permits:
    """The options that were given."""

    overwrite: bool = False  # --force: files that were edited by hand
    destroy: bool = False  # --allow-destructive: rows and values that the next revision destroys
    assume_empty: bool = False  # --assume-empty: changes that fail where a table has rows


NONE = Permits()
EVERY = Permits(overwrite=True, destroy=True, assume_empty=True)
