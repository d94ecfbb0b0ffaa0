"""What a server's admins set, as Discord shows it, and what is offered while somebody types."""

from core.ids import job_id
from tests.bots.discord.running import Running, is_picture
from tests.fakes.discord import DiscordFake, Guild, Interaction, User


async def offered(typing: Interaction) -> list[str]:
    await typing.acked()
    return [choice["value"] for choice in typing.choices]


async def test_results_are_private_where_the_admins_want_it(
    easel: Running, fake: DiscordFake, alice: User, home: Guild
) -> None:
    settings = {"setting": "private", "value": "on"}
    told = await fake.command("server", settings, user=alice, guild=home).original()
    assert told.ephemeral
    await fake.command("imagine", {"prompt": "fox"}, user=alice, guild=home).original(is_picture)
    second = fake.command("imagine", {"prompt": "fox"}, user=alice, guild=home)
    shown = await second.original(is_picture)
    assert second.ephemeral
    again = fake.press(next(iter(shown.controls)), shown, user=alice)
    await again.original(is_picture)
    assert again.ephemeral
    elsewhere = fake.command("imagine", {"prompt": "fox"}, user=alice, guild=fake.guild("elsewhere"))
    await elsewhere.original(is_picture)
    assert not elsewhere.ephemeral


async def test_a_thread_belongs_to_its_channel(easel: Running, fake: DiscordFake, alice: User, home: Guild) -> None:
    channel = home.channels[0]
    told = fake.command("server", {"setting": "channels", "value": f"<#{channel.id}>"}, user=alice, guild=home)
    assert f"in <#{channel.id}>" in (await told.original()).text
    other = fake.guild("other", channels=("one", "two"))
    assert other
    elsewhere = fake.command("imagine", {"prompt": "fox"}, user=alice, channel=other.channels[1])
    assert await elsewhere.original(is_picture)
    await fake.command(
        "server", {"setting": "channels", "value": f"<#{other.channels[0].id}>"}, user=alice, guild=other
    ).original()
    refused = fake.command("imagine", {"prompt": "fox"}, user=alice, channel=other.channels[1])
    assert "do not want that in this channel" in (await refused.followup()).text


async def test_models_and_requests_are_offered_while_somebody_types(
    easel: Running, fake: DiscordFake, alice: User, bob: User, home: Guild
) -> None:
    asked = fake.command("imagine", {"prompt": "a red fox"}, user=alice, guild=home)
    await asked.original(is_picture)
    typing = fake.autocomplete("imagine", "model", {"prompt": "x", "model": ""}, user=alice)
    assert await offered(typing) == ["demo-art", "square"]
    assert typing.choices[1]["name"] == "square · 3 credits"
    job = job_id(f"discord:{asked.id}")
    assert await offered(fake.autocomplete("upscale", "request", {"request": "fox"}, user=alice)) == [job]
    assert await offered(fake.autocomplete("upscale", "request", {"request": "dog"}, user=alice)) == []
    assert await offered(fake.autocomplete("recover", "request", {"request": job[:4]}, user=alice)) == [job]
    assert await offered(fake.autocomplete("cancel", "request", {"request": ""}, user=alice)) == []
    assert await offered(fake.autocomplete("upscale", "request", {"request": ""}, user=bob)) == []
    assert await fake.command("upscale", {"request": job}, user=alice, guild=home).original(is_picture)


async def test_the_values_of_a_setting_are_offered(easel: Running, fake: DiscordFake, alice: User) -> None:
    async def values(setting: str, typed: str = "") -> list[str]:
        options = {"setting": setting, "value": typed}
        return await offered(fake.autocomplete("server", "value", options, user=alice))

    assert await values("private") == ["on", "off"]
    assert await values("model", "dem") == ["demo-art"]
    assert await values("channels") == ["here", "not here", "all"]
    assert "imagine admins" in await values("who")
    assert await offered(fake.autocomplete("server", "value", {"value": ""}, user=alice)) == []
    assert await offered(fake.autocomplete("help", "command", {"command": "imag"}, user=alice)) == ["imagine"]
