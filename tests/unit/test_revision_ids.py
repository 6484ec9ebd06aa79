"""Ids of revisions that carry a digest of what the revision does."""

import re

import pytest

from spine.core.revision_ids import carries_digest, is_own_text, is_step, place_of, text_digest, with_digest

TEXT = """
revision = "shop_orders_0002_00000000"
down_revision = "shop_orders_0001_aaaaaaaa"
def upgrade(): "Drop a"
"""


def id_in(text: str) -> str:
    found = re.search('^revision = "(.*)"', text, re.MULTILINE)
    assert found
    return found[1]


def test_an_id_is_of_all_the_text_but_itself() -> None:
    text = with_digest(TEXT)
    revision = id_in(text)
    assert place_of(revision) == "shop_orders_0002" and carries_digest(revision)
    assert revision != "shop_orders_0002_00000000"
    assert is_own_text(text, revision)
    assert is_own_text(text.replace("\n", "\r\n"), revision)
    assert not is_own_text(text.replace("Drop a", "Drop b"), revision)
    assert not is_own_text(text.replace("aaaaaaaa", "bbbbbbbb"), revision)


@pytest.mark.parametrize("change", [("Drop a", "Drop b"), ("aaaaaaaa", "bbbbbbbb")])
def test_another_revision_has_another_id(change: tuple[str, str]) -> None:
    assert id_in(with_digest(TEXT)) != id_in(with_digest(TEXT.replace(*change)))


def test_an_id_without_a_digest_stays() -> None:
    text = TEXT.replace("_00000000", "")
    assert with_digest(text) == text
    assert not carries_digest("shop_orders_0002")
    assert place_of("shop_orders_0002") == "shop_orders_0002"
    assert not is_own_text(text, "shop_orders_0002")


def test_line_breaks_are_no_difference() -> None:
    assert text_digest("a\r\nb\n") == text_digest("a\nb\n")


def test_a_step_has_an_id_of_its_own_form_that_no_edit_breaks() -> None:
    text = with_digest(TEXT.replace("0002_0", "0002_step_0"))
    step = id_in(text)
    assert is_step(step) and not carries_digest(step) and not is_own_text(text, step)
    assert place_of(step) == "shop_orders_0002"
    assert id_in(with_digest(TEXT.replace("0002_0", "0002_step_0").replace("Drop a", "Drop b"))) != step
    assert not is_step(id_in(with_digest(TEXT)))
    assert not is_step("a_step_0001_3f9a1c02")
