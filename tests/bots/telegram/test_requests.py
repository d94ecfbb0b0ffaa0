"""From words and pictures in a private chat to what they bring."""

from functools import partial
from pathlib import Path

import pytest

from bots.telegram.limits import MAX_CAPTION, MAX_TEXT, utf16
from tests.bots.telegram.bots import Bot, bot_on, data_of, identity, photo, saying, settings_for
from tests.fakes.telegram import TelegramFake, User
from tests.fakes.telegram_calls import png
from tests.support import opened


async def test_imagine_becomes_a_picture_in_its_placeholder(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/imagine a red fox", alice)
    message = await fake.until(lambda: photo(fake, alice))
    assert message is not None
    first = message.history[0]
    assert first["text"].startswith("a red fox\n\n⏳ ")
    assert [data.partition(":")[0] for data in data_of(first)] == ["cancel"]
    assert message.text.startswith("a red fox\n\nModel: demo-art · Seed: ")
    assert fake.content(message).startswith(b"\x89PNG")
    assert fake.messages(alice) == [message]
    assert await bot.balance(alice) == -10


async def test_a_result_has_buttons_for_what_can_be_done_with_it(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/imagine a red fox", alice)
    message = await fake.until(lambda: photo(fake, alice))
    assert message is not None
    data = data_of(message.json)
    assert [one.split(":")[0] for one in data] == ["reroll", "vary", "edit", "upscale", "file"]
    assert all(len(one.encode()) <= 64 for one in data)


async def test_several_pictures_are_an_album_and_one_message_with_buttons(
    fake: TelegramFake, alice: User, bot: Bot
) -> None:
    fake.send("/imagine a red fox --count 3", alice)
    [album] = await fake.until(lambda: fake.albums(alice))
    assert len({fake.content(record) for record in album}) == 3
    [summary] = [record for record in fake.messages(alice) if record not in album]
    assert [data.split(":")[0] for data in data_of(summary.json)].count("vary") == 3
    assert "Cost: 30 credits" in summary.text


async def test_words_are_answered_while_a_draft_shows_them_coming(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("what is a fox?", alice)
    message = await fake.until(lambda: saying(fake, alice, "what is a fox?"))
    assert message is not None
    drafts = fake.world.private(alice).drafts
    assert len({draft["id"] for draft in drafts}) == 1
    assert "demo-chat" in message.text
    assert fake.messages(alice) == [message]


async def test_without_drafts_words_are_answered_in_a_placeholder(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.faults.fail("sendMessageDraft", status=500, times=100)
    fake.send("what is a fox?", alice)
    message = await fake.until(lambda: saying(fake, alice, "what is a fox?"))
    assert message is not None
    assert message.history[0]["text"].startswith("⏳")
    assert fake.messages(alice) == [message]


async def test_the_same_question_again_is_answered_at_once(fake: TelegramFake, alice: User, bot: Bot) -> None:
    for times in (1, 2):
        fake.send("what is a fox?", alice)
        await fake.until(partial(lambda number: len(fake.messages(alice)) == number, times))
    assert "you asked this before" in fake.messages(alice)[1].text
    assert await bot.balance(alice) == -1


async def test_a_refusal_takes_the_place_of_the_placeholder(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/imagine forbidden fruit", alice)
    message = await fake.until(lambda: saying(fake, alice, "against the rules"))
    assert fake.messages(alice) == [message]
    assert message is not None
    assert data_of(message.json) == []


async def test_a_wrong_option_is_explained(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/imagine a fox --aspect 99:1", alice)
    assert await fake.until(lambda: saying(fake, alice, "must be one of"))


@pytest.mark.parametrize("command", ["balance", "history", "models", "help", "about", "privacy", "daily", "link"])
async def test_commands_are_answered(fake: TelegramFake, alice: User, bot: Bot, command: str) -> None:
    fake.send(f"/{command}", alice)
    await fake.until(lambda: fake.messages(alice))


async def test_an_export_is_a_file(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/privacy export", alice)
    record = await fake.until(lambda: next((one for one in fake.messages(alice) if "document" in one.json), None))
    assert record is not None
    assert b"identities" in fake.content(record)


async def test_a_photo_with_a_caption_is_changed_as_it_says(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send(None, alice, photo=png(), caption="make it blue")
    message = await fake.until(lambda: photo(fake, alice))
    assert message is not None
    assert message.text.startswith("make it blue")
    [job] = await bot.app.stores.jobs.history([(await bot.app.accounts.for_identity(identity(alice))).id], 1)
    assert job.spec.sources


async def test_a_hiccup_of_telegrams_does_not_cost_a_picture(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.faults.fail("getFile")
    fake.send(None, alice, photo=png(), caption="make it blue")
    message = await fake.until(lambda: photo(fake, alice))
    assert fake.messages(alice) == [message]


async def test_a_command_takes_the_picture_it_replies_to(fake: TelegramFake, alice: User, bot: Bot) -> None:
    sent = fake.send(None, alice, photo=png())
    assert await fake.until(lambda: saying(fake, alice, "with a caption"))
    fake.send("/edit make it blue", alice, reply_to=sent["message"])
    assert await fake.until(lambda: photo(fake, alice))


async def test_the_picture_that_is_replied_to_is_enlarged(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/upscale", alice, photo=png(80, 60))
    message = await fake.until(lambda: photo(fake, alice))
    assert message is not None
    assert "Size: 160 x 120 pixels" in message.text


async def test_a_picture_sent_as_a_file_is_a_picture_too(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send(None, alice, document=("fox.png", png()), caption="make it blue")
    assert await fake.until(lambda: photo(fake, alice))


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("fox.png", b"no picture at all", "cannot be used"),
        ("fox.png", b"x" * (21 * 2**20), "Telegram lets bots fetch up to 20 MB. Send a smaller one."),
        ("fox.mp3", b"music", "I can read text and pictures"),
    ],
)
async def test_files_that_cannot_be_used_are_told(
    fake: TelegramFake, alice: User, bot: Bot, name: str, content: bytes, told: str
) -> None:
    fake.send(None, alice, document=(name, content), caption="make it blue" if "png" in name else None)
    assert await fake.until(lambda: saying(fake, alice, told))
    assert await bot.balance(alice) == 0


@pytest.mark.parametrize("caption", ["what does it say?", "/edit make it blue", "/imagine like this"])
async def test_words_about_a_file_that_is_no_picture_are_not_taken_for_something_else(
    fake: TelegramFake, alice: User, bot: Bot, caption: str
) -> None:
    """Such as an edit of the latest picture, which costs."""
    fake.send("/imagine a red fox", alice)
    await fake.until(lambda: photo(fake, alice))
    fake.send(None, alice, document=("paper.pdf", b"%PDF"), caption=caption)
    assert await fake.until(lambda: saying(fake, alice, "no picture I can read"))
    assert await bot.balance(alice) == -10


async def test_forwarded_words_are_never_a_command(fake: TelegramFake, alice: User, bob: User, bot: Bot) -> None:
    with fake.held() as held:
        fake.send("/daily", alice)
    held[0]["message"]["forward_origin"] = {"type": "user", "sender_user": bob.json(), "date": 1}
    fake.deliver(*held)
    answer = await fake.until(lambda: saying(fake, alice, "/daily"))
    assert answer is not None
    assert "demo-chat" in answer.text


@pytest.mark.parametrize("prompt", ["🦊" * 900, "a " * 1000, "@bob " * 300, "<b>&" * 400, "̀" * 500 + "a\n" * 700])
async def test_caption_bombs_become_a_caption_and_a_further_message(
    fake: TelegramFake, alice: User, bot: Bot, prompt: str
) -> None:
    fake.send(f"/imagine {prompt}", alice)
    message = await fake.until(lambda: photo(fake, alice))
    assert message is not None
    assert utf16(message.text) <= MAX_CAPTION
    assert "Model: demo-art" in message.text
    await fake.until(lambda: message.text.count("…") == 0 or len(fake.messages(alice)) > 1)
    assert not [e for one in fake.messages(alice) for e in one.entities if e["type"] == "mention"]


async def test_a_long_answer_is_several_messages(fake: TelegramFake, alice: User, bot: Bot) -> None:
    await say_long(fake, alice)
    await fake.until(lambda: saying(fake, alice, "demo-chat"))
    assert all(utf16(record.text) <= MAX_TEXT for record in fake.messages(alice))


async def say_long(fake: TelegramFake, user: User) -> None:
    fake.send("```py\n" + "x = '🦊'\n" * 150 + "```", user)


async def test_a_running_request_shows_how_far_it_is_and_can_be_cancelled(
    fake: TelegramFake, alice: User, tmp_path: Path
) -> None:
    async with opened(settings_for(fake, tmp_path, demo_seconds=30)) as app, bot_on(app) as bot:
        fake.send("/imagine a red fox", alice)
        message = await fake.until(lambda: saying(fake, alice, "Working"))
        assert message is not None
        question = fake.press(data_of(message.json)[0], message, alice)
        await fake.until(lambda: question.answer)
        await fake.until(lambda: "is cancelled" in message.text)
        assert [data.split(":")[0] for data in data_of(message.json)] == ["reroll"]
        assert await bot.balance(alice) == 0
        assert fake.messages(alice) == [message]


async def test_a_chat_action_says_at_once_that_something_is_done(fake: TelegramFake, alice: User, bot: Bot) -> None:
    fake.send("/imagine a red fox", alice)
    await fake.until(lambda: photo(fake, alice))
    assert [action["action"] for action in fake.world.private(alice).actions] == ["upload_photo"]
