"""SQL text to syntax tree, and the places of its nodes. The only caller of the parser."""

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, TokenError

from spine_gen.spec.sql.gaps import check_gaps
from spine_gen.spec.sql.lexis import Lexis, check_lexis, tokens_of
from spine_gen.spec.sql.neighbours import check_neighbours
from spine_gen.spec.sql_words import RESERVED
from spine_gen.spec.text_problem import TextProblem


class SqlStop(Exception):
    """The SQL cannot be read on behind this problem."""

    def __init__(self, problem: TextProblem) -> None:
        super().__init__(problem.what)
        self.problem = problem


def parse_sql(text: str, dialect: str | None, lexis: Lexis) -> list[exp.Expr]:
    """The statements of a text that has nothing but what the lexis allows; SqlStop where it is not SQL."""
    tokens = tokens_of(text)
    if problem := check_lexis(text, lexis) or check_neighbours(tokens, lexis):
        raise SqlStop(problem)
    code = lexis.syntax_code
    try:
        statements = sqlglot.parse(text, dialect="sqlite" if dialect == "sqlite" else "postgres")
    except ParseError as error:
        raise SqlStop(_parse_problem(text, error, code)) from None
    except (TokenError, ValueError, RecursionError) as error:
        what = "not valid SQL" if not isinstance(error, RecursionError) else "nested too deeply"
        raise SqlStop(TextProblem(code=code, what=what, start=0, end=len(text))) from None
    if problem := check_gaps(tokens, lexis):
        raise SqlStop(problem)
    found = [statement for statement in statements if statement is not None]
    for name in (name for statement in found for name in statement.find_all(exp.Identifier)):
        if not name.args.get("quoted") and name.name.lower() in RESERVED:
            raise SqlStop(_word_as_name(name, text, code))
    return found


def _word_as_name(name: exp.Expr, text: str, code: str) -> TextProblem:
    start, end = place_of(name, text)
    what = f"`{name.name}` is a word of SQL, and no name"
    advice = f'if a name is meant, put it in double quotes: "{name.name.lower()}"'
    return TextProblem(code=code, what=what, start=start, end=end, help=advice, stopped=True)


def place_of(node: exp.Expr, text: str) -> tuple[int, int]:
    """From the first to behind the last word of a node whose place is known."""
    metas = [part.meta for part in node.walk() if "start" in part.meta]
    if not metas:
        return 0, len(text)
    start, end = min(meta["start"] for meta in metas), max(meta["end"] for meta in metas) + 1
    while text[start:end].count("(") > text[start:end].count(")") and text.startswith(")", end):
        end += 1  # a bracket is no word of its own
    return start, end


def _parse_problem(text: str, error: ParseError, code: str) -> TextProblem:
    details = error.errors[0] if error.errors else {}
    highlight = str(details.get("highlight") or "")
    before = str(details.get("start_context") or "")
    at = text.find(before + highlight) + len(before) if before + highlight else 0
    start, end = max(at, 0), max(at + len(highlight), at + 1)
    what = f"not valid SQL at `{highlight}`" if highlight else "not valid SQL"
    return TextProblem(code=code, what=what, start=start, end=end, help=_advice(details), stopped=True)


def _advice(details: dict[str, object]) -> str:
    description = str(details.get("description") or "")
    if "Expecting )" in description:
        return "close the bracket"
    if description.startswith("Required keyword"):
        return "something is missing behind this"
    return "check the words around this place"
