"""What tests of Telegram Stars share: an operator, a bot that hears of nothing, and who buys."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bots.telegram.goods import Goods
from core.app import App
from core.credits.model import Kind
from core.credits.operations import EndHold, PlaceHold
from core.settings import Settings
from tests.bots.telegram.bots import Bot, balance, bot_on, settings_for
from tests.fakes import until
from tests.fakes.telegram import Payment, Record, TelegramFake, User
from tests.fakes.telegram_calls import call

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
    return await fake.until(lambda: found if len(found := invoices_of(fake, user)) == number else [])


def invoices_of(fake: TelegramFake, user: User) -> list[Record]:
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
