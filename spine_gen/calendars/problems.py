"""Why a library says nothing of a calendar."""

from spine_gen.errors import SpineGenError


class UnknownCalendarError(SpineGenError):
    """The library has no such calendar."""

    def __init__(self, what: str, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f'{what} "{name}"')
        self.name = name
        self.known = known  # the names of those that it has


class UntoldDaysError(SpineGenError):
    """The library does not know that calendar's days in all of that time."""
