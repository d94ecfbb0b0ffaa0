"""Albums that people send: one caption, several pictures, one edit."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from core.app import App
from core.settings import Settings
from core.tasks import stopped
from tests.bots.telegram.bots import Bot, balance, bot_on, identity, photo, saying, settings_for
from tests.bots.telegram.test_taking_in import brought, web
from tests.fakes.telegram import Chat, TelegramFake, User
from tests.fakes.telegram_calls import png
from tests.support import opened

__all__ = ["brought"]
COLORS = ("red", "green", "blue", "white", "black")


def send(
    fake: TelegramFake, user: User, number: int, captions: Sequence[str | None] = ("blend them",),
    where: Chat | None = None, group: str = "album1",
) -> None:  # fmt: skip
    """So many pictures as one album, the first ones with these captions."""
    for index, color in enumerate(COLORS[:number]):
        caption = captions[index] if index < len(captions) else None
        fake.send(None, user, where, photo=png(color=color), caption=caption, album=group)


async def sources(app: App, user: User) -> list[int]:
    """How many pictures each of somebody's requests starts from, the latest first."""
    account = await app.accounts.for_identity(identity(user))
    return [len(job.spec.sources) for job in await app.stores.jobs.history([account.id], 9)]


@pytest.mark.parametrize("captions", [("blend them",), (None, "blend them"), (None, None, "/edit blend them")])
async def test_an_album_is_one_edit_of_all_its_pictures(
    fake: TelegramFake, alice: User, bot: Bot, captions: Sequence[str | None]
) -> None:
    send(fake, alice, 3, captions)
    message = await fake.until(lambda: photo(fake, alice))
    assert message is not None
    assert message.text.startswith("blend them")
    assert await sources(bot.app, alice) == [3]
    assert await bot.balance(alice) == -10
    assert fake.messages(alice) == [message]


async def test_an_album_in_a_group_is_an_edit_where_its_caption_is_for_the_bot(
    fake: TelegramFake, alice: User, bot: Bot
) -> None:
    group = fake.group("Friends", alice)
    group.status = "administrator"
    send(fake, alice, 2, ("our holidays",), group, "other")
    send(fake, alice, 2, ("@easel_test_bot blend them",), group)
    assert await fake.until(lambda: photo(fake, group))
    assert await sources(bot.app, alice) == [2]
    assert len(fake.messages(group)) == 1


async def test_too_many_pictures_are_told_before_any_is_fetched(fake: TelegramFake, alice: User, bot: Bot) -> None:
    send(fake, alice, 5)
    assert await fake.until(lambda: saying(fake, alice, "may be 4 at most; you gave 5."))
    assert fake.called("getFile") == []


async def test_a_model_that_takes_one_picture_says_so(fake: TelegramFake, alice: User, tmp_path: Path) -> None:
    settings = settings_for(fake, tmp_path)
    catalogue = tmp_path / "small.toml"
    catalogue.write_text(catalogue.read_text().replace("edit = true", "edit = true\nsources = 1"))
    async with opened(settings) as app, bot_on(app):
        send(fake, alice, 2)
        assert await fake.until(lambda: saying(fake, alice, "cannot do edits of 2 pictures at once"))
        assert await balance(app, alice) == 0


async def test_an_album_without_words_is_asked_for_them_once(fake: TelegramFake, alice: User, bot: Bot) -> None:
    send(fake, alice, 3, ())
    assert await fake.until(lambda: saying(fake, alice, "with a caption"))
    await fake.until(lambda: not fake.updates.pending)
    assert len(fake.messages(alice)) == 1


async def test_an_album_that_a_crash_interrupts_is_whole_after_the_restart(
    fake: TelegramFake, alice: User, settings: Settings
) -> None:
    async with opened(settings) as app, bot_on(app, works=False) as bot:
        send(fake, alice, 3)
        await fake.until(lambda: fake.messages(alice))
        await stopped([bot.polling])
        assert await sources(app, alice) == []
    async with opened(settings) as app, bot_on(app):
        await fake.until(lambda: photo(fake, alice))
        assert await sources(app, alice) == [3]


async def test_an_album_that_is_brought_is_one_edit_too(fake: TelegramFake, alice: User, brought: Settings) -> None:
    async with opened(brought) as app, web(fake, app):
        send(fake, alice, 3)
        await fake.until(lambda: photo(fake, alice))
        assert await sources(app, alice) == [3]
