"""The generator's exceptions: broken promises, as opposed to mistakes in a spec, which are diagnostics."""

from typing import Any

from spine.errors import restored


class SpineGenError(Exception):
    """Root of everything that spine_gen raises on purpose; its message says what to do."""

    def __reduce__(self) -> tuple[Any, ...]:
        """Message and attributes go from process to process."""
        return restored, (type(self), self.args, self.__dict__)


class UnreadableSpecError(SpineGenError):
    """A spec file cannot be read at all."""

    def __init__(self, path: str, reason: str) -> None:
        super().__init__(f"cannot read {path}: {reason}")
        self.path = path
        self.reason = reason


class UnknownCodeError(SpineGenError, KeyError):
    """No diagnostic has this code."""

    def __init__(self, code: str, near: tuple[str, ...] = ()) -> None:
        hint = f"did you mean {' or '.join(near)}?" if near else "codes look like SG301"
        super().__init__(f'no diagnostic has the code "{code}": {hint}')
        self.code = code

    def __str__(self) -> str:
        return str(self.args[0])


class FormattingError(SpineGenError):
    """ruff refused what the templates made: a bug of spine-gen, as every spec must give code that parses."""

    def __init__(self, report: str) -> None:
        super().__init__(f"the generated code does not parse; please report the spec and this:\n{report}")
        self.report = report
