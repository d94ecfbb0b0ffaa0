"""Cursors go back as they came, and nothing else does."""

import base64
import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.admin.refusals import BadParameter
from webhooks.api import cursors

IDS = st.text(st.characters(categories=("L", "N", "P")), max_size=cursors.MAX_ID)
NUMBERS = st.integers(0, cursors.MAX_NUMBER - 1)


@given(NUMBERS, IDS)
def test_a_place_comes_back_as_it_was(at: int, id: str) -> None:
    assert cursors.place(cursors.encoded((at, id))) == (at, id)
    assert cursors.name(cursors.encoded((id,))) == id
    assert cursors.number(cursors.encoded((at,))) == at


def test_no_cursor_is_the_beginning() -> None:
    assert (cursors.place(None), cursors.name(None), cursors.number(None)) == (None, None, None)


def made(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    ["", "x", "!!", "é", " ", "A" * 500, made("x"), made(None), made({}), made([]), made([1]), made(["a", "b"]),
     made([True, "a"]), made([1, 2, 3]), made([-1, "a"]), made([2**63, "a"]), made([1.5, "a"]), made([1, "\ud800"]),
     made([1, "a\n"]), made([1, "a" * 301]), made([[1], "a"]), base64.b64encode(b"[" * 300).decode()],
)  # fmt: skip
def test_attack_cursors_that_are_none(cursor: str) -> None:
    with pytest.raises(BadParameter, match="unchanged"):
        cursors.place(cursor)


@given(st.text(max_size=12))
def test_whatever_is_passed_is_a_place_or_refused(text: str) -> None:
    for read in (cursors.place, cursors.name, cursors.number):
        with contextlib.suppress(BadParameter):
            read(text)
