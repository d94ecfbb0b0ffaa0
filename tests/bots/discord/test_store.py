"""Credits bought from Discord: each purchase once, whatever happens on the way."""

from pathlib import Path

import pytest

from bots.discord.store import DISCORD_EPOCH
from core.app import App
from core.settings import Settings
from tests.bots.discord.running import Running, identity, running
from tests.fakes.discord import DiscordFake, Guild, Impossible, User
from tests.support import SMALL_MODELS

SKU = "4242"
LISTED = "/applications/{application_id}/entitlements"
CONSUME = "/applications/{application_id}/entitlements/{entitlement_id}/consume"


@pytest.fixture
def selling(settings: Settings, tmp_path: Path) -> Settings:
    """A catalogue whose pack of 500 credits is sold in Discord."""
    catalogue = tmp_path / "selling.toml"
    catalogue.write_text(f'{SMALL_MODELS}discord_sku = "{SKU}"\n')
    return settings.model_copy(update={"easel_config": catalogue})


@pytest.fixture
def sku(fake: DiscordFake) -> dict[str, object]:
    """The consumable on Discord's side, under the id that the catalogue has."""
    made = fake.sku("500 credits")
    del fake.world.skus[str(made["id"])]
    made["id"] = SKU
    fake.world.skus[SKU] = made
    return made


async def entries(app: App, user: User, op: str) -> int:
    """1 if the ledger of this person has this operation."""
    account = await app.accounts.for_identity(identity(user))
    return int(await app.ledger.entry(account.id, op) is not None)


async def consumed(fake: DiscordFake, entitlement: dict[str, object]) -> None:
    await fake.settled(lambda: entitlement["consumed"], "the purchase to be consumed")


async def test_a_purchase_is_credited_once_and_may_be_repeated(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    async with running(fake, selling) as easel:
        for number in (1, 2):
            bought = fake.entitlement(alice, sku)
            with pytest.raises(Impossible):
                fake.entitlement(alice, sku)  # one that is not consumed stands in the way
            fake.world.dispatch("ENTITLEMENT_CREATE", dict(bought))
            await consumed(fake, bought)
            fake.world.dispatch("ENTITLEMENT_UPDATE", dict(bought) | {"consumed": False})
            assert await fake.posted(fake.dm(alice), lambda message: "500 credits are in your wallet" in message.text)
            assert await easel.available(alice) == 100 + 500 * number
            assert await entries(easel.app, alice, f"discord:ent:{bought['id']}") == 1


async def test_what_was_bought_while_nobody_listened_is_found_at_the_start(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    bought = fake.entitlement(alice, sku)
    async with running(fake, selling) as easel:
        await consumed(fake, bought)
        assert await easel.available(alice) == 600


async def test_a_purchase_that_was_not_consumed_is_not_credited_again(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    fake.break_down("POST", CONSUME, 503)
    async with running(fake, selling) as easel:
        await fake.settled(lambda: [one for one in fake.requests if one.route == LISTED], "the look at the start")
        bought = fake.entitlement(alice, sku)
        await fake.settled(lambda: [one for one in fake.requests if one.route == CONSUME and one.status == 503])
        await fake.posted(fake.dm(alice))
        assert not bought["consumed"]
        await easel.bot.store.look(DISCORD_EPOCH)
        assert bought["consumed"]
        assert await easel.available(alice) == 600


async def test_a_purchase_that_is_taken_back_is_taken_out_of_the_wallet_once(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    async with running(fake, selling) as easel:
        bought = fake.entitlement(alice, sku)
        await consumed(fake, bought)
        fake.revoke(bought)
        fake.revoke(bought)
        await easel.bot.store.look(DISCORD_EPOCH)
        assert await entries(easel.app, alice, f"discord:ent:{bought['id']}:back:1") == 1
        assert await easel.available(alice) == 100


async def test_what_was_taken_back_while_nobody_listened_is_found_at_the_start(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    async with running(fake, selling):
        bought = fake.entitlement(alice, sku)
        await consumed(fake, bought)
        await fake.posted(fake.dm(alice))
    bought["deleted"] = True
    async with running(fake, selling, sessions=2) as easel:
        await easel.bot.store.look(DISCORD_EPOCH)
        assert await easel.available(alice) == 100


async def test_what_is_not_sold_by_us_is_left_alone(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    async with running(fake, selling) as easel:
        other = fake.entitlement(alice, fake.sku("something else"))
        servers = fake.entitlement(fake.user("bob"), sku) | {"user_id": None, "guild_id": "1", "id": "77"}
        fake.world.dispatch("ENTITLEMENT_CREATE", servers)
        await fake.command("about", user=alice).original()
        assert not other["consumed"]
        assert await easel.available(alice) == 100


async def test_a_purchase_is_heard_of_from_an_interaction_too(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    """As over HTTP, where there are no other events."""
    async with running(fake, selling) as easel:
        hidden, fake.world.dispatch = fake.world.dispatch, lambda *_, **__: None
        bought = fake.entitlement(alice, sku)
        fake.world.dispatch = hidden
        fake.command("about", user=alice)
        await consumed(fake, bought)
        assert await easel.available(alice) == 600


async def test_packs_are_offered_with_discords_own_buttons(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object], home: Guild
) -> None:
    async with running(fake, selling):
        asked = fake.command("buy", user=alice, guild=home)
        offer = await asked.original()
    assert asked.ephemeral
    assert "**small**: 500 credits" in offer.text
    [row] = offer.now.components
    assert [(button["style"], button["sku_id"]) for button in row["components"]] == [(6, SKU)]


async def test_where_discord_sells_nothing_nobody_asks_it(easel: Running, fake: DiscordFake, alice: User) -> None:
    assert "No way to pay" in (await fake.command("buy", user=alice).original()).text
    assert not [one for one in fake.requests if "entitlements" in one.route]


async def test_all_pages_are_looked_at(
    fake: DiscordFake, selling: Settings, alice: User, sku: dict[str, object]
) -> None:
    for number in range(120):
        last = fake.entitlement(bob := fake.user(f"user{number}"), sku)
        last["consumed"] = True
    last["consumed"] = False
    fake.entitlement(alice, sku)["consumed"] = True
    async with running(fake, selling) as easel:
        await consumed(fake, last)
        assert (await easel.available(bob), await easel.available(alice)) == (600, 100)
    assert len([one for one in fake.requests if one.route == CONSUME]) == 1
