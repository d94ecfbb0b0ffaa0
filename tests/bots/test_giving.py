"""Gifts and invitations, typed by people at a real core."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots import giving_texts as words
from bots import texts
from bots.incoming import Incoming
from bots.replies import Reply
from bots.service import Service
from core.accounts.model import Identity
from core.app import App
from core.credits.verify import verify_ledger
from core.news import Gifted
from core.payments.ports import Payment
from tests.fakes import Fault, app_on, meddled
from tests.support import SMALL_MODELS, Heard, ManualClock, opened, settings_in, to_feed

ANN, BEN = Identity("discord", "1"), Identity("discord", "2")
SUE, TOM = Identity("slack", "T1/U1"), Identity("slack", "T1/U2")
UMA = Identity("telegram", "7")
MAX_WRITES = 10


@pytest.fixture
async def app(tmp_path: Path, clock: ManualClock) -> AsyncIterator[App]:
    (tmp_path / "small.toml").write_text(f"{SMALL_MODELS}[shop]\nreferral = 70\n")
    async with opened(settings_in(tmp_path), clock) as app:
        yield app


async def say(app: App, who: Identity, text: str, id: str = "") -> Reply:
    return await Service(app).say(Incoming(id or f"{who}:{text}", who, text, to_feed(who)))


async def rich(app: App, who: Identity) -> None:
    """They have bought 500 credits."""
    await app.fulfilment.credited(Payment("test", f"p{who}", who, 500, "USD", 499))


async def gained(app: App, who: Identity) -> int:
    account = await app.accounts.for_identity(who)
    return (await app.ledger.balance(account.id)).available - app.settings.signup_credits


async def code_of(app: App, who: Identity) -> str:
    return (await say(app, who, "/invite")).text.split("`")[1]


@pytest.mark.parametrize(
    ("giver", "friend", "typed"),
    [
        (ANN, BEN, "<@2> 50"),
        (ANN, BEN, "<@!2> 50"),
        (ANN, BEN, "<@2> --amount 50"),
        (SUE, TOM, "<@U2|tom> 50"),
        (SUE, TOM, "<@U2> 50"),
    ],
)
async def test_a_mention_names_who_gets_the_credits(app: App, giver: Identity, friend: Identity, typed: str) -> None:
    heard = Heard()
    app.messengers[friend.platform] = heard
    await rich(app, giver)
    await app.accounts.for_identity(friend)
    assert "You gave 50 credits" in (await say(app, giver, f"/gift {typed}")).text
    assert (await gained(app, giver), await gained(app, friend)) == (450, 50)
    assert heard.news == [(friend, Gifted(50, app.settings.signup_credits + 50))]


async def test_a_code_names_somebody_on_any_platform(app: App) -> None:
    await rich(app, UMA)
    await say(app, UMA, f"/gift {await code_of(app, ANN)} 50")
    assert await gained(app, ANN) == 50


async def test_a_reply_names_whose_message_it_is_and_a_code_goes_first(app: App) -> None:
    await rich(app, UMA)
    for friend in (BEN, ANN):
        await app.accounts.for_identity(friend)
    for number, typed in enumerate(("/gift 50", f"/gift {await code_of(app, ANN)} 20", "/gift 0", "/gift lots")):
        message = Incoming(f"r{number}", UMA, typed, to_feed(UMA), answers=BEN)
        assert ((await Service(app).say(message)).kind == "error") == (number > 1)
    assert [await gained(app, who) for who in (UMA, BEN, ANN)] == [430, 50, 20]
    unknown = Incoming("r9", UMA, "/gift 50", to_feed(UMA), answers=TOM)
    assert "Reply to a message" in (await Service(app).say(unknown)).text


@pytest.mark.parametrize("typed", ["<@2> 50", "@ben 50", "<@U2> 50", "AAAAAAAA 50"])
async def test_who_is_not_known_gets_nothing_and_nothing_is_lost(app: App, typed: str) -> None:
    await rich(app, ANN)
    assert "/invite" in (await say(app, ANN, f"/gift {typed}")).text
    assert await gained(app, ANN) == 500


@pytest.mark.parametrize("typed", ["<@2>", "<@2> 0", "<@2> --amount 0", "<@2> -5", "<@2> 501", "<@1> 5", "<@2> lots"])
async def test_what_cannot_be_given_is_refused(app: App, typed: str) -> None:
    await rich(app, ANN)
    await app.accounts.for_identity(BEN)
    reply = await say(app, ANN, f"/gift {typed}")
    assert reply.kind == "error"
    assert texts.INTERNAL not in reply.text
    assert (await gained(app, ANN), await gained(app, BEN)) == (500, 0)


def test_people_are_told_how_to_name_somebody_where_they_are() -> None:
    assert words.not_known("discord").startswith("Name the person as @name, or type the code that /invite shows them.")
    assert words.not_known("playground").startswith("I cannot look up names here. Type the code that /invite shows")


async def test_the_same_message_again_gives_once(app: App) -> None:
    await rich(app, ANN)
    await app.accounts.for_identity(BEN)
    for _ in range(2):
        assert "You gave" in (await say(app, ANN, "/gift <@2> 50", "m1")).text
    assert await gained(app, BEN) == 50


@pytest.mark.parametrize("at", range(1, MAX_WRITES))
async def test_a_gift_that_a_crash_interrupts_arrives_once(app: App, at: int) -> None:
    await rich(app, ANN)
    await app.accounts.for_identity(BEN)
    fault = Fault(at)
    await say(app_on(app, meddled(app.stores, before=fault)), ANN, "/gift <@2> 50", "m1")
    assert fault.calls < MAX_WRITES
    await say(app, ANN, "/gift <@2> 50", "m1")
    assert (await gained(app, ANN), await gained(app, BEN)) == (450, 50)
    assert (await verify_ledger(app.stores)).problems == ()


async def test_a_friend_enters_the_code_and_the_inviter_is_rewarded_when_they_buy(app: App) -> None:
    code = await code_of(app, ANN)
    assert "Noted" in (await say(app, UMA, f"/invite {code}")).text
    await rich(app, UMA)
    assert await gained(app, ANN) == 70


async def test_an_invitation_is_redeemed_like_any_code_and_each_try_is_counted(app: App) -> None:
    code = await code_of(app, ANN)
    assert f"/redeem {code}" in (await say(app, ANN, "/invite", "again")).text
    assert "cannot invite yourself" in (await say(app, ANN, f"/redeem {code}")).text
    assert "Noted" in (await say(app, UMA, f"/redeem {code.lower()}")).text
    assert "invited already" in (await say(app, UMA, f"/redeem {code}", "again")).text
    await rich(app, UMA)
    assert await gained(app, ANN) == 70
    replies = [await say(app, BEN, f"/redeem AAAAAA{number}", f"t{number}") for number in range(22, 99)]
    assert replies[0].kind == replies[-1].kind == "error"
    assert replies[0].text != replies[-1].text


async def test_where_invitations_earn_nothing_the_code_is_for_gifts(tmp_path: Path, clock: ManualClock) -> None:
    async with opened(settings_in(tmp_path), clock) as app:
        reply = await say(app, ANN, "/invite")
        assert "/gift" in reply.text
        assert "buy" not in reply.text
        assert "earn nothing" in (await say(app, UMA, f"/invite {await code_of(app, ANN)}")).text
