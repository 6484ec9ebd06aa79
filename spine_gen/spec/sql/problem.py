"""One thing wrong with a piece of SQL, before it is a diagnostic."""

from dataclasses import dataclass

from spine_gen.spec.text_problem import TextProblem


@dataclass(frozen=True, slots=True, kw_only=True)
class SqlProblem(TextProblem):
    code: str
    stopped: bool = False  # reading stopped here, which is often behind what is wrong


class SqlStop(Exception):
    """The SQL cannot be read on behind this problem."""

    def __init__(self, problem: SqlProblem) -> None:
        super().__init__(problem.what)
        self.problem = problem
