"""Definitions as values: one canonical text, a digest that never moves, and what differs between two."""

import math
import pickle
from datetime import UTC, date, datetime

import pytest

from spine.core.definitions import Definition, changed_parts
from spine.errors import DefinitionError, SpineError


def test_the_text_is_canonical_and_the_digest_is_pinned() -> None:
    definition = Definition(
        {"sql": "select 1", "key": ["symbol"], "columns": [{"name": "é", "kind": "string"}]}
    )
    assert (
        definition.text
        == '{"columns":[{"kind":"string","name":"\\u00e9"}],"key":["symbol"],"sql":"select 1"}'
    )
    assert definition.digest == "88bfc40c1a50a388b6c44896cb794cc23e17015c85ab5e3ef489892109d79e6e"


def test_the_order_of_names_does_not_count_and_empty_parts_are_left_out() -> None:
    assert Definition({"a": 1, "b": {"x": 1, "y": 2}}) == Definition(
        {"b": {"y": 2, "x": 1}, "a": 1, "checks": [], "source": None, "sql": "", "inputs": ()}
    )
    assert Definition({"a": 0}).text == '{"a":0}'
    assert Definition({"a": False}).text == '{"a":false}'


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("v2", '{"declared":"v2"}'),
        (2, '{"declared":2}'),
        (2.0, '{"declared":2.0}'),
        (["a", (1, None)], '{"declared":["a",[1,null]]}'),
        ({"since": date(2025, 1, 2)}, '{"declared":{"since":"2025-01-02"}}'),
        (datetime(2025, 1, 2, tzinfo=UTC), '{"declared":"2025-01-02T00:00:00+00:00"}'),
        ("\udc80", '{"declared":"\\udc80"}'),
    ],
)
def test_any_value_of_json_is_a_definition(value: object, text: str) -> None:
    assert Definition.of(value).text == text


def test_a_definition_is_one_as_it_is() -> None:
    definition = Definition({"sql": "select 1"})
    assert Definition.of(definition) is definition


@pytest.mark.parametrize(
    "value",
    [print, object(), {1, 2}, math.nan, [math.inf], {"a": b"x"}],
    ids=lambda value: type(value).__name__,
)
def test_what_json_cannot_hold_is_refused(value: object) -> None:
    with pytest.raises(DefinitionError, match="a definition cannot hold .* give a text") as caught:
        Definition.of(value)
    assert isinstance(caught.value, SpineError)
    assert isinstance(caught.value, TypeError)


def test_a_refusal_names_the_place() -> None:
    with pytest.raises(DefinitionError, match=r"\(at declared\.rules\[1\]\)"):
        Definition.of({"rules": [1, print]})
    with pytest.raises(DefinitionError, match=r"names are texts, and 1 \(in declared\.rules\) is none"):
        Definition.of({"rules": {1: 2}})


def test_it_cannot_be_changed() -> None:
    definition = Definition({"key": ["a"]})
    with pytest.raises(AttributeError):
        definition.text = "{}"  # type: ignore[misc]
    definition.parts["key"] = []
    assert definition.parts == {"key": ["a"]}
    assert len({definition, Definition({"key": ["a"]})}) == 1


def test_it_goes_from_process_to_process() -> None:
    definition = Definition({"key": ["a"]})
    assert definition.digest
    assert pickle.loads(pickle.dumps(definition)) == definition


def test_the_parts_that_differ_are_named() -> None:
    old = Definition({"sql": "select 1", "checks": [1], "key": ["a"]})
    new = Definition({"sql": "select 2", "key": ["a"], "logic": {"function": "f"}})
    assert changed_parts(old.text, new.text) == ("checks", "logic", "sql")
    assert changed_parts(old.text, old.text) == ()
    assert changed_parts('{"a":1}', '{"a":true}') == ("a",)
