"""The fake Discord, proven with the real discord.py."""

import asyncio
from collections.abc import AsyncIterator

import discord
import pytest

from core.clock import MINUTE, SECOND
from core.tasks import stopped
from tests.fakes.discord import CallbackKind, DiscordFake, Impossible, Upload, aimed_at
from tests.fakes.test_discord.probe import PICTURE, Probe, picture, probing, soon


@pytest.fixture
async def fake() -> AsyncIterator[DiscordFake]:
    async with DiscordFake() as fake:
        yield fake


@pytest.fixture
async def probe(fake: DiscordFake) -> AsyncIterator[Probe]:
    async with probing(fake) as probe:
        yield probe


async def test_a_deferred_command_is_answered_with_a_file_by_an_edit(fake: DiscordFake, probe: Probe) -> None:
    asked = fake.command("imagine", {"prompt": "a red fox", "count": 2}, user=fake.user("alice"), guild=fake.guild())
    answer = await asked.original()
    assert (answer.text, answer.files) == ("a red fox x2", {"fox.png": PICTURE})
    assert asked.callback is not None
    assert asked.callback.kind is CallbackKind.DEFERRED_MESSAGE
    assert asked.acked_after is not None
    assert [one.description for one in answer.now.attachments] == ["a fox"]
    assert fake.problems == []


async def test_a_gallery_of_components_is_shown_and_its_button_outlives_the_bot(fake: DiscordFake) -> None:
    alice = fake.user("alice")
    async with probing(fake):
        shown = await fake.command("gallery", user=alice).original()
    assert (shown.text, shown.now.v2, shown.files) == ("a fox", True, {"fox.png": PICTURE})
    async with probing(fake):
        await fake.connected(identified=2)
        pressed = fake.press("again:job1", shown, user=alice)
        assert (await pressed.followup()).text == "again job1"
    assert fake.problems == []


async def test_a_modal_is_filled_in_and_answered_for_one_pair_of_eyes(fake: DiscordFake, probe: Probe) -> None:
    opened = fake.command("refine", user=fake.user("alice"))
    assert (await opened.acked()).kind is CallbackKind.MODAL
    assert opened.modal["title"] == "Refine"
    answer = await fake.submit_modal(opened, {"prompt": "a blue fox"}).original()
    assert (answer.text, answer.ephemeral) == ("refined a blue fox", True)
    with pytest.raises(Impossible):
        fake.submit_modal(opened, {"prompt": "x" * 101})
    assert fake.problems == []


async def test_typing_offers_choices(fake: DiscordFake, probe: Probe) -> None:
    typing = fake.autocomplete("word", "start", {"start": "ap"}, user=fake.user("alice"))
    await typing.acked()
    assert [choice["value"] for choice in typing.choices] == ["apple", "apricot"]
    assert fake.problems == []


async def test_a_file_given_to_a_command_can_be_downloaded(fake: DiscordFake, probe: Probe) -> None:
    asked = fake.command("read", {"file": Upload("notes.txt", b"hello")}, user=fake.user("alice"))
    assert (await asked.original()).text == "notes.txt 5"


async def test_a_posted_picture_can_be_downloaded(fake: DiscordFake, probe: Probe) -> None:
    await fake.command("imagine", {"prompt": "a fox"}, user=fake.user("alice")).original()
    message = await probe.seen[-1].original_response()
    assert await message.attachments[0].read() == PICTURE
    assert await message.attachments[0].read(use_cached=True) == PICTURE


async def test_a_menu_of_a_message_passes_the_message(fake: DiscordFake, probe: Probe) -> None:
    alice, guild = fake.user("alice"), fake.guild()
    said = fake.message("good morning", alice, guild.channels[0])
    answer = await fake.context_menu("Describe", said.message, user=alice).original()
    assert answer.text == "That says good morning"


async def test_people_write_directly_and_are_answered(fake: DiscordFake, probe: Probe) -> None:
    alice = fake.user("alice")
    said = fake.message("hi", alice, fake.dm(alice))
    heard = await soon(probe.heard)
    assert (heard.content, heard.guild) == ("hi", None)
    await heard.reply("hello")
    answer = await said.answer()
    assert (answer.text, answer.reply_to) == ("hello", said.message)
    assert fake.problems == []


async def test_a_bot_can_write_first_unless_the_user_blocks_it(fake: DiscordFake, probe: Probe) -> None:
    alice = fake.user("alice")
    user = await probe.fetch_user(int(alice.id))
    await user.send("done", file=picture())
    assert (await fake.posted(fake.dm(alice))).files == {"fox.png": PICTURE}
    alice.dms_blocked = True
    with pytest.raises(discord.Forbidden) as refused:
        await user.send("again")
    assert refused.value.code == 50007


async def test_a_mention_in_a_channel_is_heard_with_its_reply(fake: DiscordFake, probe: Probe) -> None:
    alice, channel = fake.user("alice"), fake.guild().channels[0]
    first = fake.message("a fox", alice, channel)
    fake.message(f"{fake.world.bot.mention} draw that", alice, channel, reply_to=first.message)
    await soon(probe.heard)
    heard = await soon(probe.heard)
    assert probe.user in heard.mentions
    assert heard.reference is not None
    assert isinstance(heard.reference.resolved, discord.Message)
    assert heard.reference.resolved.content == "a fox"


async def test_what_a_bot_missed_is_told_when_it_resumes(fake: DiscordFake, probe: Probe) -> None:
    fake.drop()
    asked = fake.command("imagine", {"prompt": "a lost fox"}, user=fake.user("alice"))
    await fake.connected(resumed=1)
    assert (await asked.original()).text == "a lost fox x1"
    assert len(fake.gateway.identified) == 1


async def test_a_server_that_moves_asks_for_a_resume(fake: DiscordFake, probe: Probe) -> None:
    fake.ask_reconnect()
    await fake.connected(resumed=1)


async def test_an_invalid_session_begins_anew(fake: DiscordFake, probe: Probe) -> None:
    fake.invalidate()
    await fake.connected(identified=2)
    assert (await fake.command("imagine", {"prompt": "new"}, user=fake.user("alice")).original()).text == "new x1"


async def test_a_wrong_token_is_refused(fake: DiscordFake) -> None:
    with aimed_at(fake), pytest.raises(discord.LoginFailure):
        async with discord.Client(intents=discord.Intents.none()) as client:
            await client.start("wrong")


async def test_a_rate_limit_is_waited_out(fake: DiscordFake, probe: Probe) -> None:
    alice = fake.user("alice")
    fake.rate_limit("POST", "/channels/{channel_id}/messages", times=2)
    await (await probe.fetch_user(int(alice.id))).send("patience")
    assert (await fake.posted(fake.dm(alice))).text == "patience"
    sent = [one.status for one in fake.requests if one.route == "/channels/{channel_id}/messages"]
    assert sent == [429, 429, 200]


async def test_a_rate_limit_of_an_interaction_is_waited_out(fake: DiscordFake, probe: Probe) -> None:
    fake.rate_limit("PATCH", "/webhooks/{webhook_id}/{webhook_token}/messages/@original")
    assert (await fake.command("imagine", {"prompt": "slow"}, user=fake.user("alice")).original()).text == "slow x1"


async def test_a_ban_by_cloudflare_is_an_error_at_once(fake: DiscordFake, probe: Probe) -> None:
    fake.ban()
    with pytest.raises(discord.HTTPException) as refused:
        await probe.fetch_user(1)
    assert (refused.value.status, fake.rest.invalid) == (429, 1)


async def test_a_server_error_is_an_error(fake: DiscordFake, probe: Probe) -> None:
    fake.break_down("GET", "/users/{user_id}", 503)
    with pytest.raises(discord.DiscordServerError):
        await probe.fetch_user(1)


async def test_an_answer_after_three_seconds_is_too_late(fake: DiscordFake, probe: Probe) -> None:
    probe.begin.clear()
    asked = fake.command("imagine", {"prompt": "late"}, user=fake.user("alice"))
    fake.move(3 * SECOND + 100)
    probe.begin.set()
    failed = await soon(probe.failed)
    assert isinstance(failed, discord.NotFound)
    assert (failed.code, asked.callback) == (10062, None)


async def test_a_token_dies_after_fifteen_minutes(fake: DiscordFake, probe: Probe) -> None:
    asked = fake.command("imagine", {"prompt": "old"}, user=fake.user("alice"))
    await asked.original()
    fake.move(14 * MINUTE)
    await probe.seen[-1].edit_original_response(content="still")
    fake.move(2 * MINUTE)
    with pytest.raises(discord.HTTPException) as refused:
        await probe.seen[-1].edit_original_response(content="dead")
    assert (refused.value.status, refused.value.code) == (401, 50027)
    assert (await asked.original()).text == "still"


async def test_where_only_a_user_installed_the_app_follow_ups_end_after_five(fake: DiscordFake, probe: Probe) -> None:
    for command in fake.world.commands.values():
        command["integration_types"] = [0, 1]
    fake.command("imagine", {"prompt": "far"}, user=fake.user("alice"), guild=fake.guild(installed=False))
    await fake.settled(lambda: any(message.files for message in fake.messages))
    for number in range(5):
        await probe.seen[-1].followup.send(str(number))
    with pytest.raises(discord.HTTPException) as refused:
        await probe.seen[-1].followup.send("6")
    assert refused.value.code == 40094


async def test_a_purchase_is_told_listed_and_consumed_before_the_next(fake: DiscordFake, probe: Probe) -> None:
    alice, sku = fake.user("alice"), fake.sku("500 credits")
    fake.entitlement(alice, sku)
    told = await soon(probe.entitled)
    assert (told.user_id, told.sku_id) == (int(alice.id), int(sku["id"]))
    assert [one.name for one in await probe.fetch_skus()] == ["500 credits"]
    with pytest.raises(Impossible):
        fake.entitlement(alice, sku)
    await told.consume()
    assert [one.consumed async for one in probe.entitlements(user=discord.Object(int(alice.id)))] == [True]
    fake.entitlement(alice, sku)
    assert fake.problems == []


async def test_a_thread_is_made_and_written_in(fake: DiscordFake, probe: Probe) -> None:
    guild = fake.guild()
    fake.message("a topic", fake.user("alice"), guild.channels[0])
    heard = await soon(probe.heard)
    thread = await heard.create_thread(name="foxes")
    await thread.send("inside")
    assert (await fake.posted(fake.world.channels[str(thread.id)])).text == "inside"
    assert fake.problems == []


@pytest.mark.parametrize(("flaw", "code"), [("deleted", 10003), ("visible", 50001), ("writable", 50013)], ids=str)
async def test_channels_refuse(fake: DiscordFake, probe: Probe, flaw: str, code: int) -> None:
    channel = fake.guild().channels[0]
    setattr(channel, flaw, flaw == "deleted")
    with pytest.raises(discord.HTTPException) as refused:
        await probe.get_partial_messageable(int(channel.id)).send("hello")
    assert refused.value.code == code


async def test_the_gateway_is_asked_for_shards(fake: DiscordFake) -> None:
    with aimed_at(fake):
        client = discord.AutoShardedClient(intents=discord.Intents.none())
        running = asyncio.create_task(client.start(fake.token))
        await fake.connected()
        assert fake.gateway.identified[0]["shard"] == [0, 1]
        assert "/gateway/bot" in [one.path for one in fake.requests]
        await client.close()
        await stopped({running})
