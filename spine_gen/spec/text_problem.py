"""One thing wrong with a text in a spec, before it is a diagnostic: what readers of texts give."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextProblem:
    """Offsets count within the text."""

    what: str
    start: int
    end: int
    help: str | None = None
    code: str = ""  # of a reader that finds problems of several codes
    stopped: bool = False  # reading stopped here, which is often behind what is wrong
