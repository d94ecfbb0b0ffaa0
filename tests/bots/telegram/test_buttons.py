"""Buttons: theirs who asked, always answered, and good after a restart."""

import pytest

from bots.telegram.keyboards import Pressed
from core.settings import Settings
from tests.bots.telegram.bots import Bot, bot_on, data_of, identity, photo, saying
from tests.fakes.telegram import Chat, Record, TelegramFake, User
from tests.support import opened

FORGED = ["", "x", "vary:abcdefghijklmnop:1", "vary:" + "a" * 16, "cancel:../../etc:1", "draw", "link:", "link:XXXX",
          "edit:abcdefghijklmnop:99999999999", "file:\u0000", "upscale:AAAAAAAAAAAAAAAA:1"]  # fmt: skip


async def drawn(fake: TelegramFake, user: User, where: Chat | None = None, words: str = "a red fox") -> Record:
    """A picture with its buttons."""
    before = len(pictures(fake, where or user))
    fake.send(f"/imagine {words}", user, where)
    await fake.until(lambda: len(pictures(fake, where or user)) > before)
    return pictures(fake, where or user)[-1]


def pictures(fake: TelegramFake, where: User | Chat) -> list[Record]:
    return [record for record in fake.messages(where) if "photo" in record.json]


def button(message: Record, deed: str) -> str:
    return next(data for data in data_of(message.json) if data.startswith(deed))


@pytest.mark.parametrize("deed", ["reroll", "vary", "upscale"])
async def test_a_press_makes_another_picture(fake: TelegramFake, alice: User, bot: Bot, deed: str) -> None:
    message = await drawn(fake, alice)
    question = fake.press(button(message, deed), message, alice)
    await fake.until(lambda: len(pictures(fake, alice)) == 2)
    assert question.answer == {"text": "", "show_alert": False, "url": ""}


async def test_edit_asks_what_to_change_and_changes_it(fake: TelegramFake, alice: User, bot: Bot) -> None:
    message = await drawn(fake, alice)
    question = fake.press(button(message, "edit"), message, alice)
    asked = await fake.until(lambda: saying(fake, alice, "what to change"))
    assert asked is not None
    fake.send("give it a hat", alice, reply_to=asked)
    await fake.until(lambda: len(pictures(fake, alice)) == 2)
    assert pictures(fake, alice)[-1].text.startswith("give it a hat")
    assert question.answer


async def test_the_file_in_full_quality_is_sent(fake: TelegramFake, alice: User, bot: Bot) -> None:
    message = await drawn(fake, alice)
    fake.press(button(message, "file"), message, alice)
    record = await fake.until(lambda: next((one for one in fake.messages(alice) if "document" in one.json), None))
    assert record is not None
    assert fake.content(record) == fake.content(message)


async def test_the_file_is_on_its_way_once_however_often_it_is_asked_for(
    fake: TelegramFake, alice: User, bot: Bot
) -> None:
    message = await drawn(fake, alice)
    gate = fake.faults.hold("sendDocument", times=2)
    questions = [fake.press(button(message, "file"), message, alice) for _ in range(3)]
    await fake.until(lambda: all(question.answer for question in questions))
    gate.set()
    await fake.until(lambda: [one for one in fake.messages(alice) if "document" in one.json])
    assert len(fake.called("sendDocument")) == 1


@pytest.mark.parametrize("deed", ["reroll", "vary", "edit", "upscale", "file"])
async def test_somebody_elses_button_is_answered_privately_and_does_nothing(
    fake: TelegramFake, alice: User, bob: User, bot: Bot, deed: str
) -> None:
    group = fake.group("Friends", alice, bob)
    message = await drawn(fake, alice, group)
    question = fake.press(button(message, deed), message, bob)
    answer = await fake.until(lambda: question.answer)
    assert answer is not None
    assert "not yours" in answer["text"]
    assert answer["show_alert"]
    assert await bot.balance(bob) == 0
    assert len(fake.messages(group)) == 1


@pytest.mark.parametrize("data", FORGED)
async def test_a_forged_button_is_answered_and_does_nothing(
    fake: TelegramFake, alice: User, bot: Bot, data: str
) -> None:
    fake.send("/about", alice)
    [message] = await fake.until(lambda: fake.messages(alice))
    question = fake.press(data, message, alice, stale=True)
    assert await fake.until(lambda: question.answer)
    assert await bot.balance(alice) == 0


async def test_buttons_work_after_a_restart(fake: TelegramFake, alice: User, settings: Settings) -> None:
    async with opened(settings) as app, bot_on(app):
        message = await drawn(fake, alice)
    async with opened(settings) as app, bot_on(app):
        fake.press(button(message, "vary"), message, alice)
        await fake.until(lambda: len(pictures(fake, alice)) == 2)


async def test_a_press_that_comes_twice_makes_one_picture(fake: TelegramFake, alice: User, bot: Bot) -> None:
    message = await drawn(fake, alice)
    question = fake.press(button(message, "reroll"), message, alice)
    fake.deliver(question.update)
    await fake.until(lambda: len(pictures(fake, alice)) == 2 and not fake.updates.pending)
    assert await bot.balance(alice) == -20


async def test_a_refused_press_is_told_in_private_and_leaves_no_message(
    fake: TelegramFake, alice: User, bot: Bot
) -> None:
    message = await drawn(fake, alice)
    account = await bot.app.accounts.for_identity(identity(alice))
    await bot.app.stores.accounts.suspend(account.id, "a test")
    question = fake.press(button(message, "reroll"), message, alice)
    answer = await fake.until(lambda: question.answer)
    assert answer is not None
    assert "suspended" in answer["text"]
    await fake.until(lambda: fake.messages(alice) == [message])


async def test_a_press_below_a_deleted_message_still_works(fake: TelegramFake, alice: User, bot: Bot) -> None:
    message = await drawn(fake, alice)
    data = button(message, "reroll")
    message.deleted = True
    fake.press(data, message, alice)
    assert await fake.until(lambda: photo(fake, alice))


def test_callback_data_is_read_as_it_was_written() -> None:
    for pressed in (Pressed("vary", "a" * 16, 4), Pressed("file", "2" * 16), Pressed("cancel", "abcdefghijklmnop")):
        assert Pressed.parse(str(pressed)) == pressed
        assert len(str(pressed).encode()) <= 64
