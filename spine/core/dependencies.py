"""What an attempt at a stage would depend on now: its definition, the inputs it asks for, the files it reads.

Names and places only: nothing is looked up in a database or on a disk to make one.
"""

from dataclasses import dataclass

from .captures import Place
from .definitions import Definition
from .files import Looked


@dataclass(frozen=True, kw_only=True)
class Dependencies:
    """What a capture of one stage and partition depends on."""

    definition: Definition
    inputs: tuple[Place, ...] = ()  # every partition of its inputs that is asked for, there or not
    may_be_others: bool = False  # though as many as before: other days of a calendar, or of a longer period
    files: tuple[Looked, ...] = ()  # those to be looked at: none that is elsewhere, unless it is asked for
