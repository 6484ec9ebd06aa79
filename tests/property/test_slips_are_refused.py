"""What is let through is read by the databases: everyday SQL with slips in it, of every kind, at every place.

PostgreSQL, SQLite and DuckDB only plan it, over tables without rows.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from spine_gen.spec.sql.lexis import tokens_of
from spine_gen.spec.sql.select import select_as_it_stands
from spine_gen.spec.sql.when import when_as_it_stands
from tests.property.engines import Engines, engines_on
from tests.unit.test_everyday_sql import COLUMNS, REFUSED, STATEMENTS, TABLES

_ONE_IN = 9  # of the slips, for all of them take minutes
_ADDED = (",", "AS", "NOT", "NULL", "ORDER", "BY", "(", ")", "*", "'x'", "1.5", "-", "AND", "symbol", "OVER")


@pytest.fixture(scope="module")
def engines(postgres_server: str) -> Iterator[Engines]:
    with engines_on(postgres_server) as opened:
        for table, columns in TABLES.items():
            opened.fill(table, {name: (one["type"], one["nullable"]) for name, one in columns.items()}, [])
        yield opened


def slips_in(text: str) -> Iterator[str]:
    """Each word left out, written twice, before the one before it, and with another one before it."""
    words = [token.text for token in tokens_of(text.strip().removesuffix(";"))]
    for place, word in enumerate(words):
        before, behind = words[:place], words[place + 1 :]
        changed: Sequence[Sequence[str]] = (
            [*before, *behind],
            [*before, word, word, *behind],
            [*before[:-1], word, *before[-1:], *behind],
            *([*before, added, word, *behind] for added in _ADDED),
        )
        yield from (" ".join(one) for one in changed)


def let_through(statement: dict[str, Any]) -> dict[str, str]:
    """Each engine's text; none where something is found."""
    text, tables = statement["text"], statement["inputs"]
    if statement["kind"] == "select":
        inputs = tuple((name, COLUMNS[name]) for name in tables)
        selected = select_as_it_stands(text, None, inputs, tuple(statement["columns"].items()), open=False)
        return {str(engine): text for engine, text in selected.texts().items()}
    condition = when_as_it_stands(text, None, COLUMNS[tables[0]])
    where = f"SELECT * FROM {tables[0]} WHERE"  # noqa: S608
    return {str(engine): f"{where} ({text})" for engine, text in condition.texts().items()}


@pytest.mark.parametrize("number", range(_ONE_IN))
def test_what_is_let_through_can_be_read(engines: Engines, number: int) -> None:
    statements = [one for one in STATEMENTS if one["name"] not in REFUSED][number::_ONE_IN]
    slips = [{**statement, "text": text} for statement in statements for text in slips_in(statement["text"])]
    unread: list[Any] = []
    for slip in slips[number :: _ONE_IN * 2]:
        for engine, text in let_through(slip).items():
            found = engines.ask(engine, f"EXPLAIN {text}")  # type: ignore[arg-type]
            if isinstance(found, str):
                unread.append((engine, found.splitlines()[0], slip["text"]))
    assert not unread, "\n".join(map(str, unread))
