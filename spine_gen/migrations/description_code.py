"""Writes descriptions as a revision's Python."""

from collections.abc import Iterator

from spine_gen.migrations.descriptions import TABLE, Said
from spine_gen.migrations.text_code import text_code
from spine_gen.plan.imports import LINE


def description_code(table: str, said: Said) -> Iterator[tuple[str, str]]:
    """The calls that have PostgreSQL say it, each with its reason."""
    texts = dict(said)
    if TABLE in texts:
        text = _text(texts.pop(TABLE))
        yield f"What PostgreSQL says of {table}, and of its view.", f"describe_table({table!r}, {text})"
    if texts:
        items = "".join(f"    {name!r}: {_text(text, len(name))},\n" for name, text in texts.items())
        reason = f"What PostgreSQL says of columns of {table}."
        yield reason, f"describe_columns({table!r}, {{\n{items}}})"


def _text(text: str | None, before: int = 0) -> str:
    """With room for so many characters before it."""
    return "None" if text is None else text_code(text, LINE - 20 - before)
