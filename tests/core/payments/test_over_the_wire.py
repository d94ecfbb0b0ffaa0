"""Whole purchases through the real gateways, with the notices that they sign, shuffled and repeated."""

import asyncio
import random
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import SecretStr

from core.app import App
from core.clock import SECOND
from core.credits.verify import verify_ledger
from core.payments.orders import Order, OrderState
from tests.core.payments.test_checkout import have, link, ref
from tests.fakes.paypal import PayPalFake
from tests.fakes.stripe import StripeFake
from tests.support import NOON, ManualClock, opened, settings_in

Letter = tuple[dict[str, str], bytes]
EVENTS = ("refund", "dispute", "win", "lose")


class PayPalSide:
    """What a buyer and PayPal do, and the letters PayPal sends about it."""

    name = "paypal"

    def __init__(self) -> None:
        self.fake = PayPalFake(NOON)
        self.dispute = ""

    async def __aenter__(self) -> "PayPalSide":
        await self.fake.__aenter__()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fake.__aexit__(None, None, None)

    def settings(self) -> dict[str, object]:
        return {
            "paypal_client_id": self.fake.client_id, "paypal_client_secret": SecretStr(self.fake.secret),
            "paypal_webhook_id": self.fake.webhook_id, "paypal_base_url": self.fake.url,
        }  # fmt: skip

    def pay(self, order: Order) -> None:
        self.fake.books.approve(ref(order))

    def happens(self, event: str, order: Order) -> None:
        capture = order.payments[0].payment
        match event:
            case "refund":
                self.fake.books.refund(capture, "1.00")
            case "dispute" if not self.dispute:
                self.dispute = self.fake.books.dispute(capture)
            case "win" | "lose" if self.dispute:
                self.fake.books.resolve(self.dispute, won=event == "win")

    def letters(self, order: Order) -> list[Letter]:
        return self.fake.notices()


class StripeSide:
    """The same of Stripe."""

    name = "stripe"

    def __init__(self) -> None:
        self.fake = StripeFake()
        self.dispute = ""

    async def __aenter__(self) -> "StripeSide":
        await self.fake.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.fake.stop()

    def settings(self) -> dict[str, object]:
        return {
            "stripe_secret_key": SecretStr(self.fake.key), "stripe_webhook_secret": SecretStr(self.fake.secret),
            "stripe_base_url": self.fake.url,
        }  # fmt: skip

    def pay(self, order: Order) -> None:
        self.fake.pay(ref(order))

    def happens(self, event: str, order: Order) -> None:
        intent = order.payments[0].payment
        match event:
            case "refund":
                self.fake.give_back(intent, 100)
            case "dispute" if not self.dispute:
                self.dispute = self.fake.dispute(intent)
            case "win" | "lose" if self.dispute:
                self.fake.resolve(self.dispute, won=event == "win")

    def letters(self, order: Order) -> list[Letter]:
        about = [ref(order), *(each.payment for each in order.payments), *([self.dispute] if self.dispute else [])]
        return [self.fake.notice("something.happened", each, NOON // SECOND) for each in about]


SIDES: dict[str, type[PayPalSide] | type[StripeSide]] = {"paypal": PayPalSide, "stripe": StripeSide}


async def bought(app: App, side: PayPalSide | StripeSide) -> tuple[str, Order]:
    secret = await link(app)
    order = await app.checkout.choose(secret, "pack", "small", side.name)
    side.pay(order)
    return secret, await app.checkout.returned(secret)


@pytest.mark.parametrize("name", SIDES)
async def test_a_purchase_is_credited_on_return_and_stays_so(tmp_path: Path, name: str) -> None:
    async with SIDES[name]() as side, opened(settings_in(tmp_path, **side.settings()), ManualClock()) as app:
        secret, order = await bought(app, side)
        assert order.state is OrderState.FULFILLED
        for headers, body in [*side.letters(order), *side.letters(order)]:
            await app.checkout.noticed(name, headers, body)
        assert (await app.checkout.returned(secret)).version == order.version
        assert await have(app) == (500, 0)


@pytest.mark.parametrize("name", SIDES)
async def test_a_purchase_whose_buyer_never_returns_is_credited_by_its_notice(tmp_path: Path, name: str) -> None:
    async with SIDES[name]() as side, opened(settings_in(tmp_path, **side.settings()), ManualClock()) as app:
        secret = await link(app)
        order = await app.checkout.choose(secret, "pack", "small", name)
        side.pay(order)
        for headers, body in side.letters(order):
            await app.checkout.noticed(name, headers, body)
        assert await have(app) == (500, 0)


@pytest.mark.parametrize("name", SIDES)
@settings(max_examples=12, deadline=None)
@given(events=st.lists(st.sampled_from(EVENTS), max_size=5), seed=st.integers(0, 10**6))
def test_letters_in_any_order_and_number_lead_to_what_is_true(
    tmp_path_factory: pytest.TempPathFactory, name: str, events: list[str], seed: int
) -> None:
    asyncio.run(_play(tmp_path_factory.mktemp("wire"), name, events, random.Random(seed)))


@pytest.mark.soak
@pytest.mark.parametrize("name", SIDES)
@settings(max_examples=500, deadline=None)
@given(events=st.lists(st.sampled_from(EVENTS), max_size=8), seed=st.integers(0, 10**6))
def test_many_letters_in_any_order_and_number_lead_to_what_is_true(
    tmp_path_factory: pytest.TempPathFactory, name: str, events: list[str], seed: int
) -> None:
    asyncio.run(_play(tmp_path_factory.mktemp("wire"), name, events, random.Random(seed)))


async def _play(folder: Path, name: str, events: list[str], chance: random.Random) -> None:
    async with SIDES[name]() as side, opened(settings_in(folder, **side.settings()), ManualClock()) as app:
        _, order = await bought(app, side)
        letters = side.letters(order)
        for event in events:
            side.happens(event, order)
            letters += side.letters(order)
            for headers, body in chance.sample(letters, k=min(2, len(letters))):
                await app.checkout.noticed(name, headers, body)
        letters *= 3
        chance.shuffle(letters)
        for headers, body in letters:
            await app.checkout.noticed(name, headers, body)
        found = await app.stores.orders.get(order.id)
        assert found is not None
        truth = await app.checkout.gateways[name].look(found)
        back = truth.captures[0].back
        assert await have(app) == (500 - -(-500 * back // 499), 0)
        assert (await verify_ledger(app.stores)).problems == ()
