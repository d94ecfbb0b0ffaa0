"""Where results go when the usual place is closed, and that each of them is there once."""

import asyncio
import logging
from dataclasses import replace

import pytest

from bots.discord.messages import words_page
from bots.discord.places import Place
from core.clock import MINUTE, SECOND
from core.ids import job_id
from core.jobs.model import Job
from core.settings import Settings
from tests.bots.discord.running import Running, is_picture, running
from tests.fakes import job_of
from tests.fakes.discord import DiscordFake, Guild, Interaction, Message, User

CHANNEL_MESSAGES = "/channels/{channel_id}/messages"
ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"


async def queued(easel: Running, fake: DiscordFake, user: User, guild: Guild, **options: object) -> Interaction:
    """A request whose waiting message is shown, with nobody working yet."""
    asked = fake.command("imagine", {"prompt": "a red fox", **options}, user=user, guild=guild)  # type: ignore[dict-item]  # options are of several types
    await asked.original(lambda message: "Starting" in message.text)
    return asked


def pictures(fake: DiscordFake) -> list[Message]:
    return [message for message in fake.messages if message.files and not message.deleted]


async def delivered(easel: Running, asked: Interaction) -> str:
    """The id of the message, once it is noted."""
    async with asyncio.timeout(10):
        while True:
            job = await easel.app.stores.jobs.get(job_id(f"discord:{asked.id}"))
            if job is not None and job.delivered_at is not None:
                return job.message_id or ""
            await asyncio.sleep(0.02)


async def drawn(easel: Running, fake: DiscordFake, user: User, guild: Guild) -> tuple[Message, Job]:
    """A picture that is shown, and its job."""
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=user, guild=guild)
    shown = await asked.original(is_picture)
    await delivered(easel, asked)
    return shown, await job_of(easel.app, job_id(f"discord:{asked.id}"))


async def test_after_fifteen_minutes_the_same_message_takes_the_result(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    fake.move(16 * MINUTE)
    idle.work()
    shown = await fake.posted(home.channels[0], is_picture)
    assert shown is asked.response
    assert await delivered(idle, asked) == f"{home.channels[0].id}/{shown.id}"
    assert [one for one in fake.requests if one.route == ORIGINAL and one.status >= 400] == []


async def test_a_token_that_dies_early_is_no_obstacle(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    del fake.world.interactions[asked.token]
    idle.work()
    assert await fake.posted(home.channels[0], is_picture) is asked.response


async def test_a_token_that_discord_finds_too_old_is_no_obstacle(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown, job = await drawn(easel, fake, alice, home)
    fake.move(16 * MINUTE)
    younger = replace(Place.of(job.reply_to), born=easel.app.clock.now())  # by a clock that goes wrong
    there = await easel.messenger.deliver(job.model_copy(update={"reply_to": younger.reply_to}))
    assert there == f"{home.channels[0].id}/{shown.id}"
    assert pictures(fake) == [shown]


async def test_a_message_that_was_deleted_meanwhile_is_posted_anew_and_pings_nobody(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    assert asked.response is not None
    fake.world.delete(asked.response)
    idle.work()
    shown = await fake.posted(home.channels[0], is_picture)
    assert shown.text.startswith(f"For {alice.mention}:")
    [posted] = [one for one in fake.requests if one.route == CHANNEL_MESSAGES]
    assert posted.body.value["allowed_mentions"] == {"parse": []}


@pytest.mark.parametrize("closed", ["deleted", "invisible", "readonly"])
async def test_a_channel_that_closed_meanwhile_leaves_the_direct_messages(
    idle: Running, fake: DiscordFake, alice: User, home: Guild, closed: str
) -> None:
    asked = await queued(idle, fake, alice, home)
    fake.move(16 * MINUTE)
    channel = home.channels[0]
    channel.deleted, channel.visible = closed == "deleted", closed != "invisible"
    if closed == "readonly":
        channel.writable = False
        assert asked.response is not None
        fake.world.delete(asked.response)
    idle.work()
    assert await fake.posted(fake.dm(alice), is_picture)
    assert len(pictures(fake)) == 1


async def test_who_takes_no_direct_messages_finds_the_result_with_recover(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    fake.move(16 * MINUTE)
    home.channels[0].deleted = True
    alice.dms_blocked = True
    idle.work()
    assert await delivered(idle, asked) == "undeliverable:50007"
    other = fake.guild("elsewhere")
    assert await fake.command("recover", user=alice, guild=other).original(is_picture)
    assert await idle.available(alice) == 90


async def test_a_private_result_never_gets_into_a_channel(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home, private=True)
    assert asked.ephemeral
    fake.move(16 * MINUTE)
    idle.work()
    shown = await fake.posted(fake.dm(alice), is_picture)
    assert pictures(fake) == [shown]


async def test_a_spoiler_is_veiled(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    asked = fake.command("imagine", {"prompt": "a plot twist", "spoiler": True}, user=alice, guild=home)
    shown = await asked.original(is_picture)
    [gallery] = [part for part in shown.now.components[0]["components"] if part["type"] == 12]
    assert [item["spoiler"] for item in gallery["items"]] == [True]


async def test_a_result_is_in_place_once_though_it_is_delivered_twice(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    shown, job = await drawn(easel, fake, alice, home)
    await easel.messenger.deliver(job)
    assert pictures(fake) == [shown]
    fake.world.delete(shown)
    assert await easel.messenger.deliver(job) == await easel.messenger.deliver(job)
    assert len(pictures(fake)) == 1


async def test_a_post_whose_answer_was_lost_is_not_posted_twice(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    assert asked.response is not None
    fake.world.delete(asked.response)
    fake.move(16 * MINUTE)
    fake.lose_answer("POST", CHANNEL_MESSAGES)
    idle.work()
    shown = await fake.posted(home.channels[0], is_picture)
    fake.move(31 * SECOND)
    assert await delivered(idle, asked) == f"{home.channels[0].id}/{shown.id}"
    assert pictures(fake) == [shown]


async def test_trouble_at_discord_is_waited_out(idle: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    asked = await queued(idle, fake, alice, home)
    fake.break_down("PATCH", ORIGINAL, 503)
    idle.work()
    await fake.settled(lambda: [one for one in fake.requests if one.status == 503], "the trouble")
    fake.move(31 * SECOND)
    assert await asked.original(is_picture)


async def test_a_ban_is_waited_out_without_asking_on(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    fake.ban("PATCH", ORIGINAL)
    idle.work()
    await fake.settled(lambda: fake.rest.invalid == 1, "the ban")
    assert [one.status for one in fake.requests if one.status == 429] == [429]
    fake.move(31 * SECOND)
    assert await asked.original(is_picture)


async def test_a_rate_limit_is_waited_out_and_no_token_is_logged(
    idle: Running, fake: DiscordFake, alice: User, home: Guild, caplog: pytest.LogCaptureFixture
) -> None:
    asked = await queued(idle, fake, alice, home)
    logging.getLogger().setLevel(logging.WARNING)
    fake.rate_limit("PATCH", ORIGINAL, times=2)
    idle.work()
    assert await asked.original(is_picture)
    assert asked.token not in caplog.text


async def test_a_picture_above_the_limit_is_made_smaller(fake: DiscordFake, settings: Settings, alice: User) -> None:
    fake.size_limit = 1500
    async with running(fake, settings):
        home = fake.guild()
        shown = await fake.command("imagine", {"prompt": "fox"}, user=alice, guild=home).original(is_picture)
    [[name, data]] = shown.files.items()
    assert len(data) <= 1500
    assert name.endswith(".jpg")


async def test_a_picture_that_cannot_be_made_small_enough_is_linked(
    fake: DiscordFake, settings: Settings, alice: User
) -> None:
    fake.size_limit = 100
    async with running(fake, settings):
        asked = fake.command("imagine", {"prompt": "fox"}, user=alice, guild=fake.guild())
        shown = await asked.original(lambda message: "Open the picture" in message.text)
    assert shown.files == {}


async def test_what_discord_finds_too_large_after_all_is_made_smaller(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    asked.payload["attachment_size_limit"] = 2000  # less than it said
    idle.work()
    shown = await asked.original(lambda message: "Open the picture" in message.text or is_picture(message))
    assert all(len(data) <= 2000 for data in shown.files.values())


async def test_a_failure_takes_the_message_and_costs_nothing(
    idle: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = await queued(idle, fake, alice, home)
    fake.move(60 * MINUTE)  # longer than any job may take
    idle.work()
    shown = await fake.posted(home.channels[0], lambda message: "Type the command again" in message.text)
    assert shown is asked.response
    assert await idle.available(alice) == 100


async def test_a_late_update_is_overwritten_by_the_result(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    """As the live view does after an update that may have come last."""
    shown, job = await drawn(easel, fake, alice, home)
    posts = await easel.messenger.rest.posts()
    await posts.edit_original(Place.of(job.reply_to), words_page("Working", is_gallery=True))
    assert not shown.files
    await easel.messenger.repair(job)
    assert shown.files


async def test_the_place_survives_in_the_jobs_document() -> None:
    place = Place("1", "2", "3", "4", "secret", 5, "6", "7", 8, private=True, spoiler=True)
    assert Place.of(place.reply_to) == place
    assert Place.of(Place("1", "2").reply_to) == Place("1", "2")
