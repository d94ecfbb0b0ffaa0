"""Stars that go back: each refund takes its credits back once, and only the operator's admins begin one."""

import asyncio
from functools import partial
from typing import Any

import pytest

from core.accounts.model import Role
from core.app import App
from core.credits.operations import MoveOut
from core.credits.verify import verify_ledger
from core.errors import StoreBusy
from tests.bots.telegram.bots import Bot, bot_on, identity, saying
from tests.bots.telegram.stars import bought, has, operator, quiet, reconciled, settings, spend, unseen_payment
from tests.fakes import Fault, app_on, meddled, until
from tests.fakes.telegram import TelegramFake, User
from tests.fakes.telegram_calls import call, refusal

__all__ = ["operator", "quiet", "settings"]


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


async def test_the_fakes_refund_words_are_those_we_look_for(fake: TelegramFake, bob: User, bot: Bot) -> None:
    charge = await bought(fake, bob, bot)
    here: dict[str, Any] = {"user_id": bob.id, "telegram_payment_charge_id": charge}
    await call(fake, "refundStarPayment", **here)
    assert await refusal(fake, "refundStarPayment", **here) == "CHARGE_ALREADY_REFUNDED"
