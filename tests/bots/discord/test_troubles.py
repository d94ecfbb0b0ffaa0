"""Events that come twice, late or broken, and a gateway that goes away."""

import pytest

from core.clock import SECOND
from core.settings import Settings
from tests.bots.discord.running import Running, is_picture, running
from tests.fakes import until
from tests.fakes.discord import DiscordFake, Guild, Upload, User

CALLBACK = "/interactions/{interaction_id}/{interaction_token}/callback"
ORIGINAL = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"


def again(fake: DiscordFake, payload: dict[str, object], **changes: object) -> None:
    """Tell the bot of an interaction, as it is or changed."""
    fake.world.dispatch("INTERACTION_CREATE", dict(payload) | changes)


async def alive(fake: DiscordFake, user: User) -> None:
    """The bot still answers."""
    assert "You have" in (await fake.command("balance", user=user).original()).text


async def test_an_event_that_is_delivered_twice_is_one_request(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    again(fake, asked.payload)
    again(fake, asked.payload)
    await asked.original(is_picture)
    again(fake, asked.payload)
    await alive(fake, alice)
    assert (await easel.jobs(alice), await easel.available(alice)) == (1, 90)
    assert len([one for one in fake.messages if one.files]) == 1


async def test_an_answer_that_is_there_at_once_is_given_once(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("balance", user=alice, guild=home)
    again(fake, asked.payload)
    shown = await asked.original()
    await alive(fake, alice)
    refused = [one.status for one in fake.requests if one.route == CALLBACK and one.status == 400]
    assert (len(refused), len(shown.revisions)) == (1, 2)


async def test_an_interaction_that_is_too_old_costs_nothing(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    hidden, fake.world.dispatch = fake.world.dispatch, lambda *_, **__: None
    late = fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    fake.world.dispatch = hidden
    fake.move(4 * SECOND)
    again(fake, late.payload)
    await fake.settled(lambda: [one for one in fake.requests if one.route == CALLBACK and one.status == 404])
    await alive(fake, alice)
    assert late.callback is None
    assert (await easel.jobs(alice), await easel.available(alice)) == (0, 100)


async def test_an_acknowledgement_whose_answer_was_lost_counts(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    fake.lose_answer("POST", CALLBACK)
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    assert await asked.original(is_picture)


async def test_an_acknowledgement_that_fails_once_is_tried_again(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    fake.break_down("POST", CALLBACK, 503)
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    assert await asked.original(is_picture)


async def test_interactions_that_nobody_knows_are_survived(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("balance", user=alice, guild=home)
    await asked.original()
    base = {key: value for key, value in asked.payload.items() if key != "attachment_size_limit"}
    again(fake, base, id="1", type=99)
    again(fake, base, id="2", type=2, data={"id": "1", "name": "gone", "type": 1})
    again(fake, base, id="3", type=3, data={"custom_id": "easel:reroll:x:", "component_type": 2})
    again(fake, base, id="4", type=5, data={"custom_id": "other", "components": []})
    again(fake, base, id="5", type=2, data=None)
    again(fake, {"id": "6"})
    again(fake, base, id="7", type=2, data={"id": "1", "name": "imagine", "type": 1, "options": []})
    again(fake, base, id="8", channel={"id": "9", "type": 77}, channel_id="9")
    await alive(fake, alice)
    assert await easel.jobs(alice) == 0


async def test_an_interaction_that_names_no_limit_for_files_is_answered(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    hidden, fake.world.dispatch = fake.world.dispatch, lambda *_, **__: None
    asked = fake.command("imagine", {"prompt": "fox"}, user=alice, guild=home)
    fake.world.dispatch = hidden
    fake.world.dispatch("INTERACTION_CREATE", {k: v for k, v in asked.payload.items() if k != "attachment_size_limit"})
    assert await asked.original(is_picture)


async def test_a_command_that_was_taken_away_is_answered_with_a_sentence(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    easel.bot.tree.remove_command("about")
    told = await fake.command("about", user=alice, guild=home).original()
    assert (told.ephemeral, told.text.startswith("There is no such command any more.")) == (True, True)


async def test_what_happened_during_a_broken_connection_is_answered_after_it(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    fake.drop()
    asked = fake.command("imagine", {"prompt": "a lost fox"}, user=alice, guild=home)
    await fake.connected(resumed=1)
    assert await asked.original(is_picture)


async def test_an_invalid_session_begins_anew(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    easel.bot.before_identify_hook = soon  # type: ignore[method-assign]  # discord.py waits 5 s there
    fake.invalidate()
    await fake.connected(identified=2)
    await alive(fake, alice)


async def soon(shard_id: int | None, *, initial: bool = False) -> None:
    """Identify at once."""


async def test_an_option_that_cannot_be_is_refused_in_private(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "fox", "model": "gpt-99"}, user=alice, guild=home)
    told = await asked.followup()
    assert told.ephemeral
    assert "model must be one of" in told.text
    assert asked.response is not None
    assert asked.response.deleted


async def test_a_refusal_is_for_one_pair_of_eyes(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    asked = fake.command("imagine", {"prompt": "forbidden fruit"}, user=alice, guild=home)
    assert (await asked.followup()).ephemeral
    private = fake.command("imagine", {"prompt": "forbidden fruit", "private": True}, user=alice, guild=home)
    assert "against the rules" in (await private.original()).text


async def test_several_connections_share_the_servers(settings: Settings) -> None:
    async with DiscordFake(shards=2) as fake:
        alice = fake.user("alice")
        async with running(fake, settings, sessions=2, shards="auto") as easel:
            for name in "abc":
                assert await fake.command("chat", {"message": name}, user=alice, guild=fake.guild(name)).original()
            now = easel.bot.health
            assert sorted(one.shard for one in now.shards) == [0, 1]
            assert now.servers == 3
            assert now.event_age is not None
        assert fake.problems == []


@pytest.mark.parametrize("name", ["imagine", "edit", "upscale", "chat"])
async def test_a_file_that_is_no_picture_is_refused(
    easel: Running, fake: DiscordFake, alice: User, home: Guild, name: str
) -> None:
    words = {"chat": {"message": "this"}, "upscale": {}}.get(name, {"prompt": "this"})
    options = words | {"image": Upload("x.png", b"no picture", "image/png")}
    told = await fake.command(name, options, user=alice, guild=home).followup()
    assert "attachment cannot be used" in told.text
    assert await easel.available(alice) == 100


async def test_an_answer_whose_edit_got_lost_is_written_again(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    fake.lose_answer("PATCH", ORIGINAL)
    await fake.command("balance", user=alice, guild=home).original()

    async def written_twice() -> bool:
        return len([one for one in fake.requests if (one.method, one.route) == ("PATCH", ORIGINAL)]) == 2

    await until(written_twice)
    await alive(fake, alice)
