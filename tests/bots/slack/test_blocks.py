"""Replies as Block Kit: whatever they hold, Slack's own rules take it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.commands import command_table
from bots.replies import Button, Link, Reply, Shown, waiting
from bots.slack import blocks, buttons, modal
from core.accounts.model import Identity
from core.jobs.model import Job, ReplyTo
from core.jobs.specs import ImageSpec, Quote
from tests.fakes.slack import kit

TEXT = st.text(max_size=9_000) | st.text(alphabet="<>&`*\n", max_size=9_000)


def job_of(words: str = "a red fox") -> Job:
    spec = ImageSpec(prompt=words, model="m", aspect="1:1", width=64, height=64, count=1, seed=1)
    return Job(
        id="a" * 16, request_id="r", account="a", identity=Identity("slack", "T1/U1"), spec=spec,
        reply_to=ReplyTo(platform="slack", channel="C1"), quote=Quote(each=1, count=1), created_at=0,
        hold_expires_at=0,
    )  # fmt: skip


def shown(index: int, alt: str = "a picture") -> Shown:
    return Shown(index, f"https://easel.example/media/{index}.png", f"{index}.png", 64, 64, None, alt)


def problems(page: blocks.Page) -> list[str]:
    found = kit.blocks_problems(page.blocks, lambda _: True)
    assert len(page.text) <= 4000
    assert page.text
    text = sum(len(str(part)) for block in page.blocks for part in _texts(block))
    return found + (["too long"] if text > 12_000 else [])


def _texts(block: dict[str, Any]) -> list[str]:
    return [block["text"]["text"]] if "text" in block else []


@given(TEXT)
def test_any_answer_fits(text: str) -> None:
    pages = blocks.pages(Reply("result", text, job=job_of(), facts=(("Model", text[:50] or "m"),), demo=True), "U1")
    assert [found for page in pages for found in problems(page)] == []


@given(TEXT, st.integers(1, 16))
def test_any_pictures_fit(words: str, count: int) -> None:
    each = [Button("vary", f"Vary {n}", n) for n in range(1, count + 1)]
    reply = Reply(
        "result", words, job_of(words), tuple(shown(n, words) for n in range(1, count + 1)),
        (Button("reroll", "Re-roll"), *each),
    )  # fmt: skip
    [page] = blocks.pages(reply, "U1", [f"F{n}" for n in range(1, count + 1)])
    assert problems(page) == []
    [linked] = blocks.pages(reply, "U1", [None] * count)
    assert problems(linked) == []


@given(TEXT)
def test_any_progress_fits(words: str) -> None:
    for is_chat in (True, False):
        assert problems(blocks.waiting("a" * 16, words, "U1", words[:200] or "Starting", is_chat=is_chat)) == []


@given(st.text(max_size=4_000))
def test_every_modal_fits(words: str) -> None:
    commands = {command.name: command for command in command_table_of()}
    for name in ("imagine", "edit", "chat"):
        view = modal.view(commands[name], modal.Kept(job="a" * 16), words)
        assert kit.view_problems(view, lambda _: True) == []


def command_table_of() -> Any:
    from core.catalogue import find_catalogue, load_catalogue

    return command_table(load_catalogue(find_catalogue(None)))


def test_what_people_wrote_is_shown_as_plain_text() -> None:
    [page] = blocks.pages(Reply("result", "*a* <@U2> :fox:", job_of(), (shown(1),)), "U1", ["F1"])
    assert page.blocks[0]["text"] == {"type": "plain_text", "text": "*a* <@U2> :fox:", "emoji": False}
    assert "<@U2>" not in page.text


def test_a_long_answer_goes_on_in_further_pages() -> None:
    text = "\n".join(f"line {number} " + "x" * 80 for number in range(400))
    pages = blocks.pages(Reply("result", text, job=job_of()), "U1")
    assert len(pages) > 2
    assert all(not any(block["type"] == "actions" for block in page.blocks) for page in pages[:-1])
    assert pages[-1].blocks[-1]["type"] == "actions"
    said = "".join(part for page in pages for block in page.blocks for part in _texts(block))
    assert all(f"line {number} " in said for number in range(400))


@given(st.lists(st.tuples(TEXT, st.integers(1, 4000)), max_size=40))
def test_any_links_fit(links: list[tuple[str, int]]) -> None:
    made = tuple(Link(label or "Pay", f"https://pay.example/{'x' * length}") for label, length in links)
    [page] = blocks.pages(Reply("text", "Credit packs:", links=made))
    assert problems(page) == []


def test_a_link_is_a_button_that_opens_its_page_and_is_read_out() -> None:
    [page] = blocks.pages(Reply("text", "Credit packs:", links=(Link("500 credits", "https://pay.example/a?b=1&c=2"),)))
    [button] = page.blocks[-1]["elements"]
    assert button["url"] == "https://pay.example/a?b=1&c=2"
    assert page.text.endswith("500 credits: <https://pay.example/a?b=1&amp;c=2>")
    assert buttons.LINK_PRESSED.match(button["action_id"])
    assert not buttons.PRESSED.match(button["action_id"])


def test_links_fit_into_a_modal_too() -> None:
    [page] = blocks.pages(Reply("text", "Credit packs:", links=(Link("500 credits", "https://pay.example/a"),)))
    assert kit.view_problems(modal.answer("Buy credits", page.blocks), lambda _: True) == []


def test_a_notification_shows_no_marks_of_our_markdown() -> None:
    [page] = blocks.pages(Reply("text", "You have **80 credits**, see `/buy <pack>`."))
    assert page.text == "You have *80 credits*, see `/buy &lt;pack&gt;`."


def test_settings_show_people_and_channels_that_we_kept_and_nothing_else() -> None:
    page = blocks.settings("in <#C0A1>, for <@U1>, <!subteam^S1>, not <!channel> or <@U1|x>")
    shown = "in <#C0A1>, for <@U1>, <!subteam^S1>, not &lt;!channel&gt; or &lt;@U1|x&gt;"
    assert page.blocks[0]["text"]["text"] == shown
    assert "<@" not in page.text


def test_a_question_is_shown_above_an_answer_that_others_read() -> None:
    [page] = blocks.pages(Reply("result", "Because.", job=job_of()))
    asked = blocks.with_question(page, "U1", f"why\n<!here>? {'x' * 4000}")
    said = asked.blocks[0]["elements"][0]["text"]
    assert said.startswith("<@U1> asked: why &lt;!here&gt;? xxx")
    assert problems(asked) == []


@pytest.mark.parametrize(("user", "line"), [("U1", "<@U1> · Starting"), ("", "Starting")])
def test_who_asked_is_named_where_others_read_along(user: str, line: str) -> None:
    page = blocks.waiting("a" * 16, "a red fox", user, "Starting")
    assert page.blocks[1]["elements"][0]["text"] == line


def test_a_button_says_what_it_is_for() -> None:
    for button in (Button("vary", "Vary 2", 2), Button("reroll", "Re-roll")):
        element = buttons.element(button, "a" * 16)
        assert buttons.read(element) == buttons.Pressed(button.action, "a" * 16, button.index)
    assert buttons.read(buttons.delete_element("a" * 16)) == buttons.Pressed("delete", "a" * 16, None)


@given(st.text(max_size=60), st.text(max_size=60))
def test_nothing_else_is_a_button(action: str, value: str) -> None:
    assert buttons.read({"action_id": f"easel.{action}", "value": value}) is None


def test_the_placeholder_of_a_job_can_be_stopped() -> None:
    reply = waiting(job_of())
    page = blocks.waiting("a" * 16, reply.text, "U1", "Starting")
    assert page.blocks[-1]["elements"][0]["action_id"] == "easel.cancel"
    assert "<@U1> · Starting" in str(page.blocks)
