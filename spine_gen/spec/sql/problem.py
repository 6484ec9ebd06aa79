"""One thing wrong with a piece of SQL, before it is a diagnostic."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlProblem:
    """Offsets count within the SQL text."""

    code: str
    what: str
    start: int
    end: int
    help: str | None = None


class SqlStop(Exception):
    """The SQL cannot be read on behind this problem."""

    def __init__(self, problem: SqlProblem) -> None:
        super().__init__(problem.what)
        self.problem = problem
