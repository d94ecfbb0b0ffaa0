"""Telegram Stars: each payment is credited once, whatever is repeated or cut short."""

import asyncio
import time
from pathlib import Path

import pytest

from core.app import App
from core.credits.verify import verify_ledger
from core.jobs.model import JobState
from tests.bots.telegram.bots import Bot, balance, bot_on, identity, saying, settings_for
from tests.bots.telegram.stars import (
    LARGE,
    SMALL,
    has,
    invoices,
    invoices_of,
    operator,
    quiet,
    reconciled,
    settings,
    unseen_payment,
)
from tests.fakes import Fault, app_on, meddled, until
from tests.fakes.telegram import TelegramFake, User
from tests.fakes.telegram_calls import call
from tests.support import opened

__all__ = ["operator", "quiet", "settings"]


async def test_buy_sends_an_invoice_for_each_pack_that_has_a_price_in_stars(
    fake: TelegramFake, bob: User, bot: Bot
) -> None:
    sent = await invoices(fake, bob)
    shown = [(one.json["invoice"]["title"], one.json["invoice"]["total_amount"]) for one in sent]
    assert shown == [("500 credits", 400), ("2,200 credits", 1500)]
    assert {one.json["invoice"]["currency"] for one in sent} == {"XTR"}
    assert not any("http" in record.text for record in fake.messages(bob))


async def test_buy_with_a_name_sends_that_one(fake: TelegramFake, bob: User, bot: Bot) -> None:
    [sent] = await invoices(fake, bob, "/buy Large", 1)
    assert sent.json["invoice"]["total_amount"] == 1500
    fake.send("/buy elsewhere", bob)
    assert await fake.until(lambda: saying(fake, bob, "no such pack"))


async def test_a_payment_is_credited_once_also_if_it_is_told_twice(fake: TelegramFake, bob: User, bot: Bot) -> None:
    [sent] = await invoices(fake, bob, "/buy small", 1)
    payment = await fake.pay(sent, bob)
    assert payment.update is not None
    again = payment.update | {"update_id": payment.update["update_id"] - 50_000}
    fake.deliver(payment.update, again)
    await has(bot, bob, SMALL)
    fake.send("/about", bob)
    assert await fake.until(lambda: saying(fake, bob, "one wallet"))
    assert await bot.balance(bob) == SMALL
    assert len([one for one in fake.messages(bob) if "Thank you" in one.text]) == 1
    assert (await verify_ledger(bot.app.stores)).problems == ()


async def test_one_invoice_that_is_paid_twice_is_credited_twice(fake: TelegramFake, bob: User, bot: Bot) -> None:
    [sent] = await invoices(fake, bob, "/buy small", 1)
    await asyncio.gather(fake.pay(sent, bob), fake.pay(sent, bob))
    await has(bot, bob, 2 * SMALL)


async def test_credits_go_to_who_pays(fake: TelegramFake, alice: User, bob: User, bot: Bot) -> None:
    [sent] = await invoices(fake, bob, "/buy large", 1)
    await fake.pay(sent, alice)
    await has(bot, alice, LARGE)
    assert await bot.balance(bob) == 0


@pytest.mark.soak
async def test_a_purchase_is_answered_within_a_second_while_a_hundred_jobs_run(
    fake: TelegramFake, bob: User, tmp_path: Path
) -> None:
    settings = settings_for(fake, tmp_path, demo_seconds=20, worker_concurrency=100)
    async with opened(settings) as app, bot_on(app) as bot:
        [sent] = await invoices(fake, bob, "/buy small", 1)
        people = [fake.person(f"P{number}") for number in range(100)]
        for person in people:
            fake.send("/imagine a red fox", person)

        async def all_run() -> bool:
            families = [(await app.accounts.for_identity(identity(person))).id for person in people]
            return [job.state for job in await app.stores.jobs.open_jobs(families)] == [JobState.RUNNING] * 100

        await until(all_run, 30)
        paying = asyncio.create_task(fake.pay(sent, bob))
        begun = time.monotonic()
        await fake.until(lambda: fake.called("answerPreCheckoutQuery"))
        assert fake.called("answerPreCheckoutQuery")[0].args["ok"] == "true"
        print(f"\npre-checkout answered after {time.monotonic() - begun:.3f} s, with 100 jobs running")
        await paying
        await has(bot, bob, SMALL)


async def test_the_answer_before_a_payment_does_not_wait_for_flood_control(
    fake: TelegramFake, bob: User, bot: Bot
) -> None:
    [sent] = await invoices(fake, bob, "/buy small", 1)
    fake.flood.punish(60, method="sendMessage", chat=bob.id)
    fake.send("/about", bob)
    await fake.until(lambda: fake.called("sendMessage"))
    assert (await fake.pay(sent, bob)).charge is not None
    await has(bot, bob, SMALL)


@pytest.mark.parametrize(
    "payload",
    ["pack:small:500:399", "pack:small:501:400", "pack:gone:500:400", "something else", "pack:small:500:400:1"],
)
async def test_what_is_not_sold_any_more_cannot_be_paid(fake: TelegramFake, bob: User, bot: Bot, payload: str) -> None:
    prices = [{"label": "x", "amount": 400}]
    goods = {"title": "x", "description": "x", "payload": payload, "currency": "XTR", "prices": prices}
    fake.world.private(bob)
    sent = (await call(fake, "sendInvoice", chat_id=bob.id, **goods))["result"]
    assert "This offer has changed" in (await fake.pay(sent, bob)).refused


async def test_who_is_suspended_cannot_pay(fake: TelegramFake, bob: User, bot: Bot) -> None:
    [sent] = await invoices(fake, bob, "/buy small", 1)
    account = await bot.app.accounts.for_identity(identity(bob))
    await bot.app.stores.accounts.suspend(account.id, "a test")
    assert "suspended" in (await fake.pay(sent, bob)).refused


async def test_a_payment_that_no_update_told_of_is_found_in_the_list(fake: TelegramFake, bob: User, quiet: Bot) -> None:
    await unseen_payment(fake, bob)
    assert await reconciled(quiet)
    assert await reconciled(quiet)
    assert await quiet.balance(bob) == SMALL
    offsets = [int(one.args.get("offset") or 0) for one in fake.called("getStarTransactions")]
    assert offsets == [0, 1]


async def test_the_list_is_looked_at_when_the_bot_starts(fake: TelegramFake, bob: User, app: App) -> None:
    await unseen_payment(fake, bob)
    async with bot_on(app, works=False) as bot:
        await has(bot, bob, SMALL)


async def test_a_list_of_many_pages_is_read_to_its_end(fake: TelegramFake, bob: User, quiet: Bot) -> None:
    await unseen_payment(fake, bob)
    [first] = fake.payments.transactions
    fake.payments.transactions += [first | {"id": f"stx{number}"} for number in range(250)]
    assert await reconciled(quiet)
    assert await quiet.balance(bob) == 251 * SMALL


async def test_a_transaction_that_fails_is_looked_at_again(fake: TelegramFake, bob: User, app: App) -> None:
    for _ in range(3):
        await unseen_payment(fake, bob)
    fault = Fault(2)
    async with bot_on(app_on(app, meddled(app.stores, before=fault)), works=False, polls=False) as bot:
        assert not await reconciled(bot)
        assert await reconciled(bot)
        assert await bot.balance(bob) == 3 * SMALL


@pytest.mark.parametrize("after", [False, True])
@pytest.mark.parametrize("at", range(1, 9))
async def test_a_payment_that_a_failing_database_cut_short_is_credited_once(
    fake: TelegramFake, bob: User, app: App, at: int, after: bool
) -> None:
    payment = await unseen_payment(fake, bob)
    assert payment.update is not None
    fault = Fault(at)
    stores = meddled(app.stores, after=fault) if after else meddled(app.stores, before=fault)
    fake.payments.transactions.clear()  # only the update is left to tell of it
    async with bot_on(app_on(app, stores), works=False):
        fake.deliver(payment.update)
        await has(app, bob, SMALL)
        await fake.until(lambda: not fake.updates.pending)
        assert await balance(app, bob) == SMALL


async def test_a_group_gets_no_invoice(fake: TelegramFake, bob: User, bot: Bot) -> None:
    group = fake.group("Friends", bob)
    fake.world.private(bob)
    fake.send("/buy", bob, group)
    await fake.until(lambda: len(invoices_of(fake, bob)) == 2)
    assert fake.messages(group) == []
