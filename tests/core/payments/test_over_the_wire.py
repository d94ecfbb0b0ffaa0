"""Whole purchases through the real gateways, with the notices that they sign. Their every order: `test_every_order`."""

from pathlib import Path

import pytest

from core.app import App
from core.payments.orders import Order, OrderState
from tests.core.payments.buying import have, link
from tests.core.payments.sides import SIDES, Side
from tests.support import ManualClock, opened, settings_in


async def chosen(app: App, side: Side) -> tuple[str, Order]:
    """A link's secret, and its order, which the buyer has agreed to."""
    secret = await link(app)
    order = await app.checkout.choose(secret, "pack", "small", side.name)
    side.agrees()
    return secret, order


@pytest.mark.parametrize("name", SIDES)
async def test_a_purchase_is_credited_on_return_and_stays_so(tmp_path: Path, name: str) -> None:
    async with SIDES[name]() as side, opened(settings_in(tmp_path, **side.settings()), ManualClock()) as app:
        secret, _ = await chosen(app, side)
        order = await app.checkout.returned(secret)
        assert order.state is OrderState.FULFILLED
        for _ in range(2):
            for headers, body in side.letters().values():
                await app.checkout.noticed(name, headers, body)
        assert (await app.checkout.returned(secret)).version == order.version
        assert await have(app) == (500, 0)


@pytest.mark.parametrize("name", SIDES)
async def test_a_purchase_whose_buyer_never_returns_is_credited_by_its_notice(tmp_path: Path, name: str) -> None:
    async with SIDES[name]() as side, opened(settings_in(tmp_path, **side.settings()), ManualClock()) as app:
        await chosen(app, side)
        for headers, body in side.letters().values():
            await app.checkout.noticed(name, headers, body)
        assert await have(app) == (500, 0)
