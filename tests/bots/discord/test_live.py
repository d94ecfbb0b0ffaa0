"""The one message that lives, and that nothing stale stays in it."""

import asyncio

from bots.discord.live import Live
from bots.discord.messages import Page
from bots.discord.places import Place
from bots.discord.posting import Posts
from core.ids import job_id
from tests.bots.discord.running import Running, is_picture
from tests.fakes.discord import DiscordFake, Guild, User


class Slow(Posts):
    """An update that is held back on its way to Discord."""

    def __init__(self, real: Posts) -> None:
        self._real = real
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()

    async def edit_original(self, place: Place, page: Page) -> str:
        self.begun.set()
        await self.go_on.wait()
        return await self._real.edit_original(place, page)


async def test_an_update_that_arrives_after_the_result_does_not_stay(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    await asked.original(lambda message: "Starting" in message.text)
    job = await idle.app.stores.jobs.get(job_id(f"discord:{asked.id}"))
    assert job is not None
    slow = Slow(await idle.messenger.rest.posts())
    showing = asyncio.create_task(Live(idle.app, idle.messenger, slow).show(job, Place.of(job.reply_to)))
    await slow.begun.wait()
    idle.work()
    shown = await asked.original(is_picture)
    before = len(shown.revisions)
    slow.go_on.set()
    await showing
    assert len(shown.revisions) == before + 2
    assert not shown.revisions[-2].files
    assert is_picture(shown)


async def test_the_message_says_how_it_goes(idle: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    for prompt in ("a red fox", "a blue fox"):
        asked = fake.command("imagine", {"prompt": prompt}, user=alice, guild=home)
        await asked.original(lambda message: bool(message.text))
    assert "Queued #2" in (await asked.original()).text
    assert "**a blue fox**" in (await asked.original()).text
    idle.work()
    shown = await asked.original(is_picture)
    assert all(revision.v2 for revision in shown.revisions[1:])
