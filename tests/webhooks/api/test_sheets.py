"""CSV that no spreadsheet takes for more than text."""

import csv
import io
import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webhooks.api.envelope import Body
from webhooks.api.sheets import FORMULA, _lines, begun, cell, columns


class Inner(Body):
    so_many: int


class Outer(Body):
    the_name: str
    parts: list[Inner]
    inner: Inner
    maybe: str | None = None


@pytest.mark.parametrize(
    "text",
    ["=cmd|' /C calc'!A0", "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", '=HYPERLINK("http://evil")', "\uff1d1"],
)
def test_attack_a_name_that_is_a_formula(text: str) -> None:
    assert cell(text) == f"'{text}"


@given(st.text())
def test_no_text_begins_like_a_formula_and_none_is_lost(text: str) -> None:
    shown = str(cell(text))
    assert not shown.startswith(FORMULA)
    assert shown in (text, f"'{text}")
    [[read]] = list(csv.reader(io.StringIO(_line(shown), newline="")))
    assert read == shown


def _line(text: str) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, quoting=csv.QUOTE_ALL).writerow([text])
    return file.getvalue()


@pytest.mark.parametrize(
    ("value", "shown"), [(-5, -5), (0.5, 0.5), (None, ""), (True, "true"), ({"a": "=1"}, '{"a": "=1"}'), ("a,b", "a,b")]
)
def test_numbers_stay_numbers(value: object, shown: object) -> None:
    assert cell(value) == shown


async def test_a_file_has_a_head_and_the_values_within_values() -> None:
    async def pages() -> AsyncIterator[list[Outer]]:
        yield [Outer(the_name='say "=1"', parts=[Inner(so_many=2)], inner=Inner(so_many=-3))]
        yield []

    text = "".join([line async for line in _lines(Outer, await begun(pages()))])
    head, row = csv.reader(io.StringIO(text, newline=""))
    assert head == columns(Outer) == ["theName", "parts", "inner.soMany", "maybe"]
    assert row == ['say "=1"', json.dumps([{"soMany": 2}]), "-3", ""]
