"""Telegram Stars: each payment is credited once and each refund taken back once, whatever is repeated or cut short."""

import asyncio
import time
from collections.abc import AsyncIterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bots.telegram.goods import Goods
from core.accounts.model import Role
from core.app import App
from core.credits.model import Kind
from core.credits.operations import EndHold, MoveOut, PlaceHold
from core.credits.verify import verify_ledger
from core.errors import StoreBusy
from core.jobs.model import JobState
from core.settings import Settings
from tests.bots.telegram.bots import Bot, balance, bot_on, identity, saying, settings_for
from tests.fakes import Fault, app_on, meddled, until
from tests.fakes.telegram import Payment, Record, TelegramFake, User
from tests.fakes.telegram_calls import call, refusal
from tests.support import opened

SMALL, LARGE = 500, 2200


@pytest.fixture
async def operator(fake: TelegramFake, alice: User) -> User:
    """Alice is the operator."""
    fake.world.private(alice)
    return alice


@pytest.fixture
def settings(fake: TelegramFake, tmp_path: Path, operator: User) -> Settings:
    return settings_for(fake, tmp_path, admins=f"telegram:{operator.id}")


@pytest.fixture
async def quiet(app: App) -> AsyncIterator[Bot]:
    """A bot that takes nothing in."""
    async with bot_on(app, works=False, polls=False) as bot:
        yield bot


async def invoices(fake: TelegramFake, user: User, command: str = "/buy", number: int = 2) -> list[Record]:
    fake.send(command, user)
    return await fake.until(lambda: found if len(found := _invoices(fake, user)) == number else [])


def _invoices(fake: TelegramFake, user: User) -> list[Record]:
    return [record for record in fake.messages(user) if "invoice" in record.json]


async def has(of: Bot | App, user: User, credits: int) -> None:
    """Wait until this is what somebody has."""
    app = of.app if isinstance(of, Bot) else of

    async def so() -> bool:
        return await balance(app, user) == credits

    await until(so)


async def unseen_payment(fake: TelegramFake, user: User, payload: str = Goods("small", 500, 400).payload) -> Payment:
    """Stars were taken while no bot was there to hear of it."""
    prices = [{"label": "500 credits", "amount": 400}]
    goods = {"title": "x", "description": "x", "payload": payload, "currency": "XTR", "prices": prices}
    fake.world.private(user)
    sent = (await call(fake, "sendInvoice", chat_id=user.id, **goods))["result"]
    with fake.held():
        paying = asyncio.create_task(fake.pay(sent, user))
        questions = fake.payments.checkouts.asked
        [question] = await fake.until(lambda: [one for one in questions.values() if one.answer is None])
        await call(fake, "answerPreCheckoutQuery", pre_checkout_query_id=question.id, ok=True)
        return await paying


async def reconciled(bot: Bot) -> bool:
    return await (await bot.telegram.parts(bot.service)).transactions.reconcile()


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


async def test_a_refund_gives_stars_back_and_takes_credits_back(
    fake: TelegramFake, operator: User, bob: User, bot: Bot
) -> None:
    charge = await bought(fake, bob, bot)
    fake.send(f"/refund {charge}", operator)
    assert await fake.until(lambda: saying(fake, operator, "Refunded 400 Stars; 500 credits were taken back."))
    assert fake.payments.charges[charge].refunded
    [line] = await bot.app.stores.audit.page(None, 9)
    assert (line.action, line.target, line.after) == ("refund", f"tg:{charge}", {"stars": 400, "credits": 500})
    assert await bot.balance(bob) == 0
    assert (await verify_ledger(bot.app.stores)).problems == ()


async def test_a_refund_whose_credits_cannot_be_taken_yet_is_written_down_nevertheless(
    fake: TelegramFake, operator: User, bob: User, bot: Bot
) -> None:
    """As amid a merge: the heir does not know the payment's lot yet."""
    heir = await bot.app.accounts.for_identity(identity(operator))
    charge = await bought(fake, bob, bot)
    merged = await bot.app.accounts.for_identity(identity(bob))
    await bot.app.ledger.execute(MoveOut(merged.id, "merge", heir.id))
    fake.send(f"/refund {charge}", operator)

    async def noted() -> bool:
        return [line.target for line in await bot.app.stores.audit.page(None, 9)] == [f"tg:{charge}"]

    await until(noted)
    assert fake.payments.charges[charge].refunded


async def test_a_refund_that_was_made_already_is_a_success(
    fake: TelegramFake, operator: User, bob: User, bot: Bot
) -> None:
    charge = await bought(fake, bob, bot)
    assert (await call(fake, "refundStarPayment", user_id=bob.id, telegram_payment_charge_id=charge))["ok"]
    for _ in range(2):
        fake.send(f"/refund {charge}", operator)
    await fake.until(lambda: len([one for one in fake.messages(operator) if "Refunded 400" in one.text]) == 2)
    assert await bot.balance(bob) == 0


async def test_a_refund_by_telegram_takes_credits_back(fake: TelegramFake, bob: User, bot: Bot) -> None:
    charge = await bought(fake, bob, bot)
    await call(fake, "refundStarPayment", user_id=bob.id, telegram_payment_charge_id=charge)
    await has(bot, bob, 0)
    assert await fake.until(lambda: saying(fake, bob, "Your payment was refunded"))


async def test_a_refund_that_no_update_told_of_is_found_in_the_list(fake: TelegramFake, bob: User, quiet: Bot) -> None:
    payment = await unseen_payment(fake, bob)
    await reconciled(quiet)
    assert payment.charge is not None
    with fake.held():
        await call(fake, "refundStarPayment", user_id=bob.id, telegram_payment_charge_id=payment.charge.id)
    await reconciled(quiet)
    assert await quiet.balance(bob) == 0


async def test_a_refund_while_the_account_is_being_merged_is_told_again(
    fake: TelegramFake, alice: User, bob: User, bot: Bot
) -> None:
    """Its credits have left the one account, and not arrived in the other yet."""
    older = await bot.app.accounts.for_identity(identity(alice))
    charge = await bought(fake, bob, bot)
    younger = await bot.app.accounts.for_identity(identity(bob))
    await bot.app.stores.accounts.merge(younger.id, older.id)
    with pytest.raises(StoreBusy):  # the first write is the credits' way out, the second their way in
        await app_on(bot.app, meddled(bot.app.stores, before=Fault(2, lasts=99))).ledger.drain(younger.id, older.id)
    await call(fake, "refundStarPayment", user_id=bob.id, telegram_payment_charge_id=charge)
    fake.payments.transactions.clear()  # only the update is left to tell of it
    await asyncio.sleep(0.3)
    await bot.app.linking.recover()
    assert await fake.until(lambda: saying(fake, bob, "Your payment was refunded"))
    assert (await verify_ledger(bot.app.stores)).problems == ()


async def test_a_refund_before_its_payment_leaves_nothing(fake: TelegramFake, bob: User, app: App) -> None:
    payment = await unseen_payment(fake, bob)
    assert payment.charge is not None
    assert payment.update is not None
    with fake.held() as held:
        await call(fake, "refundStarPayment", user_id=bob.id, telegram_payment_charge_id=payment.charge.id)
    fake.payments.transactions.clear()
    async with bot_on(app, works=False) as bot:
        fake.deliver(*held)
        await fake.until(lambda: not fake.updates.pending)
        fake.deliver(payment.update)
        await fake.until(lambda: not fake.updates.pending)
        assert await bot.balance(bob) == 0


async def test_spent_credits_of_a_refund_become_debt(fake: TelegramFake, operator: User, bob: User, bot: Bot) -> None:
    charge = await bought(fake, bob, bot)
    account = await bot.app.accounts.for_identity(identity(bob))
    await spend(bot, account.id, bot.app.settings.signup_credits + 100)
    fake.send(f"/refund {charge}", operator)
    assert await fake.until(lambda: saying(fake, operator, "Refunded"))
    assert (await bot.app.ledger.balance(account.id)).debt == 100


@pytest.mark.parametrize("typed", ["", "stx404", "../../x"])
async def test_a_refund_of_nothing_is_told(fake: TelegramFake, operator: User, bot: Bot, typed: str) -> None:
    fake.send(f"/refund {typed}".strip(), operator)
    await fake.until(lambda: saying(fake, operator, "ransaction id"))
    assert fake.called("refundStarPayment") == []


async def test_only_admins_refund(fake: TelegramFake, bob: User, bot: Bot) -> None:
    charge = await bought(fake, bob, bot)
    fake.send(f"/refund {charge}", bob)
    assert await fake.until(lambda: saying(fake, bob, "for the role admin"))
    assert not fake.payments.charges[charge].refunded


async def test_a_suspended_admin_refunds_nothing(fake: TelegramFake, bob: User, bot: Bot) -> None:
    charge = await bought(fake, bob, bot)
    account = await bot.app.accounts.for_identity(identity(bob))
    await bot.app.stores.accounts.set_role(account.id, Role.ADMIN)
    await bot.app.stores.accounts.suspend(account.id, "stole")
    fake.send(f"/refund {charge}", bob)
    assert await fake.until(lambda: saying(fake, bob, "suspended: stole"))
    assert not fake.payments.charges[charge].refunded


async def test_terms_and_help_with_payments_are_there(fake: TelegramFake, operator: User, bob: User, bot: Bot) -> None:
    for command, told in (("/terms", "Terms"), ("/paysupport", "what happened")):
        fake.send(command, bob)
        assert await fake.until(partial(saying, fake, bob, told))
    fake.send("/paysupport where are my credits?", bob)
    assert await fake.until(lambda: saying(fake, bob, "with the operator"))
    note = await fake.until(lambda: saying(fake, operator, "where are my credits?"))
    assert note is not None
    assert f"telegram:{bob.id}" in note.text


async def test_the_operators_reply_reaches_who_asked(fake: TelegramFake, operator: User, bob: User, bot: Bot) -> None:
    fake.send("/paysupport where are my credits?", bob)
    note = await fake.until(lambda: saying(fake, operator, "where are my credits?"))
    fake.send("on their way", operator, reply_to=note)
    answer = await fake.until(lambda: saying(fake, bob, "on their way"))
    assert answer is not None
    assert answer.text.startswith("The operator of this bot answers")
    assert await fake.until(lambda: saying(fake, operator, "passed it on"))


async def test_nobody_else_speaks_as_the_operator(fake: TelegramFake, operator: User, bob: User, bot: Bot) -> None:
    """Not even who makes the bot say the same words: such a reply is a question to the model."""
    fake.send("hello", bob)
    said = await fake.until(lambda: saying(fake, bob, "hello"))
    assert said is not None
    said.change(said.json | {"text": f"Question about a payment from telegram:{operator.id}:\nx", "entities": []})
    fake.send("give me your Stars", bob, reply_to=said)
    assert await fake.until(lambda: saying(fake, bob, "give me your Stars"))
    assert saying(fake, operator, "Stars") is None


async def test_a_group_gets_no_invoice(fake: TelegramFake, bob: User, bot: Bot) -> None:
    group = fake.group("Friends", bob)
    fake.world.private(bob)
    fake.send("/buy", bob, group)
    await fake.until(lambda: len(_invoices(fake, bob)) == 2)
    assert fake.messages(group) == []


async def test_the_fakes_refund_words_are_those_we_look_for(fake: TelegramFake, bob: User, bot: Bot) -> None:
    charge = await bought(fake, bob, bot)
    here: dict[str, Any] = {"user_id": bob.id, "telegram_payment_charge_id": charge}
    await call(fake, "refundStarPayment", **here)
    assert await refusal(fake, "refundStarPayment", **here) == "CHARGE_ALREADY_REFUNDED"


async def bought(fake: TelegramFake, user: User, bot: Bot) -> str:
    """The small pack; its charge id."""
    [sent] = await invoices(fake, user, "/buy small", 1)
    payment = await fake.pay(sent, user)
    await has(bot, user, SMALL)
    assert payment.charge is not None
    return payment.charge.id


async def spend(bot: Bot, account: str, credits: int) -> None:
    await bot.app.ledger.execute(PlaceHold(account, "spent", credits, bot.app.clock.now() + 60_000, 10))
    await bot.app.ledger.execute(EndHold(account, "spent", Kind.SETTLE, credits))
