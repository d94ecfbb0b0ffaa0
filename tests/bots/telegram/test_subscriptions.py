"""Subscriptions in Stars: each cycle is credited once, whatever is told twice, late or never; and they can be ended."""

import asyncio
from collections.abc import Sequence
from functools import partial
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bots.commands import command_table
from bots.telegram import polling
from bots.telegram.client import bot_id
from bots.telegram.commands import OWN, lists
from bots.telegram.subscriptions import Cycle, Subscription, Subscriptions, noted, taken_back
from core.app import App
from core.clock import DAY
from core.credits.model import Origin
from core.credits.verify import verify_ledger
from core.settings import Settings
from tests.bots.telegram.bots import STARS, Bot, balance, bot_on, identity, saying, settings_for
from tests.bots.telegram.stars import has, reconciled
from tests.fakes import Fault, app_on, meddled
from tests.fakes.telegram import Payment, Record, TelegramFake, User
from tests.fakes.telegram_calls import call
from tests.support import SMALL_MODELS

MONTHLY = 1200
PLANS = """
[[plans]]
name = "monthly"
credits = 1200
price = 899
currency = "USD"
stars = 720
[[plans]]
name = "yearly"
credits = 20000
price = 8990
currency = "USD"
"""


@pytest.fixture
def settings(fake: TelegramFake, tmp_path: Path, alice: User) -> Settings:
    """Alice is the operator, and there is a plan for Stars."""
    fake.world.private(alice)
    settings = settings_for(fake, tmp_path, admins=f"telegram:{alice.id}")
    (tmp_path / "small.toml").write_text(SMALL_MODELS + STARS + PLANS)
    return settings


async def offered(fake: TelegramFake, user: User) -> str:
    """The link of the button below /subscribe."""
    fake.send("/subscribe", user)
    message = await fake.until(lambda: saying(fake, user, "Telegram takes the Stars each month"))
    assert message is not None
    return str(message.buttons[0][0]["url"])


async def subscribed(fake: TelegramFake, user: User, of: Bot) -> Payment:
    payment = await fake.pay(await offered(fake, user), user)
    await has(of, user, MONTHLY)
    return payment


async def told(fake: TelegramFake, user: User, words: str) -> Record:
    message = await fake.until(partial(saying, fake, user, words))
    assert message is not None
    return message


async def test_a_subscription_is_offered_by_a_button_and_credited(fake: TelegramFake, bob: User, bot: Bot) -> None:
    payment = await subscribed(fake, bob, bot)
    assert payment.charge is not None
    thanks = await told(fake, bob, "Thank you! 1,200 credits of monthly were added for use until ")
    assert payment.charge.id in thanks.text
    [made] = fake.called("createInvoiceLink")
    assert made.args["subscription_period"] == "2592000"
    account = await bot.app.accounts.for_identity(identity(bob))
    [lot] = [lot for lot in (await bot.app.ledger.state(account.id)).lots if lot.id == f"tg:{payment.charge.id}"]
    assert lot.origin is Origin.SUBSCRIPTION
    assert lot.expires_at is not None


async def test_each_cycle_is_credited_once_also_if_it_is_told_twice(fake: TelegramFake, bob: User, bot: Bot) -> None:
    payment = await subscribed(fake, bob, bot)
    renewed = fake.renew(payment)
    await has(bot, bob, 2 * MONTHLY)
    assert renewed.update is not None
    assert payment.update is not None
    fake.deliver(
        *({**one.update, "update_id": one.update["update_id"] + 5_000} for one in (renewed, payment) if one.update)
    )
    await fake.until(lambda: not fake.updates.pending)
    assert await bot.balance(bob) == 2 * MONTHLY
    assert (await verify_ledger(bot.app.stores)).problems == ()


async def unseen_cycle(fake: TelegramFake, user: User) -> Payment:
    """Stars were taken for a first month while no bot was there to hear of it."""
    fake.world.private(user)
    goods = {"title": "x", "description": "x", "payload": "plan:monthly:1200:720", "currency": "XTR"}
    prices = [{"label": "x", "amount": 720}]
    made = await call(fake, "createInvoiceLink", prices=prices, subscription_period=2_592_000, **goods)
    with fake.held():
        paying = asyncio.create_task(fake.pay(made["result"], user))
        questions = fake.payments.checkouts.asked
        [question] = await fake.until(lambda: [one for one in questions.values() if one.answer is None])
        await call(fake, "answerPreCheckoutQuery", pre_checkout_query_id=question.id, ok=True)
        return await paying


@pytest.mark.parametrize("at", range(1, 8))
async def test_a_cycle_that_a_failing_database_cut_short_is_credited_once_and_can_be_ended(
    fake: TelegramFake, bob: User, app: App, at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "CONFLICT_PAUSE", 0.01)
    payment = await unseen_cycle(fake, bob)
    assert payment.update is not None
    assert payment.charge is not None
    fake.payments.transactions.clear()  # only the update is left to tell of it
    async with bot_on(app_on(app, meddled(app.stores, before=Fault(at))), works=False):
        fake.deliver(payment.update)
        await fake.until(lambda: not fake.updates.pending)
        await has(app, bob, MONTHLY)
        known = Subscriptions(bot_id(app.settings), app)
        [(_, one)] = await known.active(await app.accounts.for_identity(identity(bob)))
        assert (one.charge, one.is_first) == (payment.charge.id, True)
        await told(fake, bob, "Thank you!")


async def test_cycles_that_no_update_told_of_are_found_in_the_list(fake: TelegramFake, bob: User, app: App) -> None:
    async with bot_on(app, works=False) as bot:
        payment = await subscribed(fake, bob, bot)
    with fake.held():
        fake.renew(payment)
    async with bot_on(app, works=False, polls=False) as bot:
        assert await reconciled(bot)
        assert await reconciled(bot)
        assert await bot.balance(bob) == 2 * MONTHLY
        account = await app.accounts.for_identity(identity(bob))
        assert {lot.expires_at is None for lot in (await app.ledger.state(account.id)).lots if "tg:" in lot.id} == {
            False
        }


async def test_the_refund_of_a_cycle_takes_its_credits_back(
    fake: TelegramFake, alice: User, bob: User, bot: Bot
) -> None:
    payment = await subscribed(fake, bob, bot)
    assert payment.charge is not None
    fake.send(f"/refund {payment.charge.id}", alice)
    await told(fake, alice, "Refunded 720 Stars; 1,200 credits were taken back. The subscription is cancelled.")
    assert payment.charge.canceled
    await has(bot, bob, 0)
    fake.send("/plans", bob)
    assert "You have" not in (await told(fake, bob, "Plans")).text


async def test_a_refund_that_the_list_names_without_its_goods_takes_credits_back(
    fake: TelegramFake, bob: User, bot: Bot
) -> None:
    payment = await subscribed(fake, bob, bot)
    assert payment.charge is not None
    with fake.held():
        await call(fake, "refundStarPayment", user_id=bob.id, telegram_payment_charge_id=payment.charge.id)
    del fake.payments.transactions[-1]["receiver"]["invoice_payload"]
    assert await reconciled(bot)
    assert await bot.balance(bob) == 0


async def test_unsubscribe_cancels_by_the_first_payment_and_keeps_what_was_paid_for(
    fake: TelegramFake, bob: User, bot: Bot
) -> None:
    payment = await subscribed(fake, bob, bot)
    fake.renew(payment)
    await has(bot, bob, 2 * MONTHLY)
    fake.send("/unsubscribe", bob)
    await told(fake, bob, "monthly is cancelled: no more Stars are taken")
    assert payment.charge is not None
    assert payment.charge.canceled
    assert await bot.balance(bob) == 2 * MONTHLY
    fake.send("/unsubscribe monthly", bob)
    await told(fake, bob, "cancelled already")
    assert len(fake.called("editUserStarSubscription")) == 1


async def test_who_changes_their_mind_may_renew(fake: TelegramFake, bob: User, bot: Bot) -> None:
    payment = await subscribed(fake, bob, bot)
    fake.send("/unsubscribe", bob)
    await told(fake, bob, "is cancelled")
    fake.send("/subscribe", bob)
    await told(fake, bob, "may go on again")
    assert payment.charge is not None
    assert not payment.charge.canceled
    fake.send("/subscribe monthly", bob)
    await told(fake, bob, "You have monthly already")
    assert len(fake.called("createInvoiceLink")) == 1


async def test_telegrams_refusal_to_cancel_is_told(fake: TelegramFake, bob: User, bot: Bot) -> None:
    payment = await subscribed(fake, bob, bot)
    assert payment.charge is not None
    fake.payments.charges.pop(payment.charge.id)
    fake.send("/unsubscribe", bob)
    await told(fake, bob, "Telegram did not cancel monthly")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/unsubscribe", "no subscription of yours"),
        ("/subscribe gold", "There is no such plan"),
        ("/plans", "monthly: 1,200 credits a month for 720 Stars"),
    ],
)
async def test_plans_are_explained(fake: TelegramFake, bob: User, bot: Bot, text: str, words: str) -> None:
    fake.send(text, bob)
    assert "yearly" not in (await told(fake, bob, words)).text


async def test_a_plan_that_is_not_sold_any_more_cannot_be_paid(fake: TelegramFake, bob: User, bot: Bot) -> None:
    link = await offered(fake, bob)
    sold = fake.payments.links[link]
    fake.payments.links[link] = type(sold)(**{**vars(sold), "payload": "plan:monthly:1201:720"})
    assert "This offer has changed" in (await fake.pay(link, bob)).refused
    assert await balance(bot.app, bob) == 0


def test_a_command_that_every_platform_has_is_listed_once(app: App) -> None:
    shared = [*command_table(app.catalogue), *OWN[:2]]
    for listed in lists(shared, [1]):
        names = [command.command for command in listed.commands]
        assert len(names) == len(set(names))


# --- what is kept of a subscription -----------------------------------------------------------------------

FIRST, SECOND, THIRD = (Cycle("monthly", f"c{number}", (30 * number) * DAY, number == 1) for number in (1, 2, 3))
LISTED = st.sampled_from([Cycle(one.plan, one.charge, one.until) for one in (FIRST, SECOND, THIRD)])


def after(cycles: Sequence[Cycle]) -> Subscription:
    kept = None
    for cycle in cycles:
        kept = noted(kept, cycle)
    assert kept is not None
    return kept


@pytest.mark.parametrize("order", list(permutations([FIRST, SECOND, THIRD])))
def test_whatever_the_order_the_first_payment_names_the_subscription(order: Sequence[Cycle]) -> None:
    kept = after([*order, *order])
    assert (kept.charge, kept.latest, kept.until) == ("c1", "c3", 90 * DAY)


@given(st.lists(LISTED, max_size=5), st.lists(LISTED, max_size=5))
def test_the_list_adds_nothing_to_what_updates_told(before: Sequence[Cycle], then: Sequence[Cycle]) -> None:
    kept = after([*before, FIRST, SECOND, THIRD, *then])
    assert (kept.charge, kept.until) == ("c1", 90 * DAY)


def test_a_new_subscription_after_a_gap_has_a_first_payment_of_its_own() -> None:
    later = Cycle("monthly", "c9", 400 * DAY)
    assert after([FIRST, SECOND, later]).charge == "c9"
    assert after([FIRST, Cycle("monthly", "c8", 45 * DAY, is_first=True)]).charge == "c8"


def test_what_was_refunded_is_over_whenever_its_payment_is_told() -> None:
    assert noted(taken_back(after([FIRST]), "monthly", "c1"), FIRST).until == 0
    assert noted(taken_back(None, "monthly", "c1"), FIRST).until == 0
    assert taken_back(after([FIRST, SECOND]), "monthly", "c1").until == 60 * DAY
