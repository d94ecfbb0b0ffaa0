"""The style sheets of all pages: one palette, and no colour that is missing or written again."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PALETTE = ROOT / "webhooks" / "static" / "palette.css"
PARTS = ("bots/playground/static", "webhooks/dashboard/static", "webhooks/pay/static")


def given(text: str) -> set[tuple[str, str]]:
    """The variables that a style sheet sets, and what to."""
    return set(re.findall(r"(--[\w-]+):\s*([^;]+);", text))


@pytest.mark.parametrize("part", PARTS)
def test_every_colour_that_a_page_uses_is_there_and_written_once(part: str) -> None:
    palette = given(PALETTE.read_text())
    text = "".join(sheet.read_text() for sheet in (ROOT / part).glob("*.css"))
    own = given(text)
    used = set(re.findall(r"var\((--[\w-]+)\)", text))
    assert used <= {name for name, _ in palette | own}
    assert not own & palette
