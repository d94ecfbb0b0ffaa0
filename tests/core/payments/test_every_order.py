"""Whatever is heard of a purchase, in any order and however often: the books say what the gateway says is true.

What is enumerated, and why that is every order, is said in `words`. Played in November 2026 on two busy cores:
  PayPal, a pack    8,584 words to 1,239 states, the longest of 12 letters    8 minutes
  PayPal, a plan    7,952 words to 1,093 states, the longest of 9             9 minutes
  Stripe, a pack    2,533 words to 371 states, the longest of 10              2 minutes
  Stripe, a plan    4,186 words to 587 states, the longest of 9               4 to 8 minutes
"""

import itertools
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from core.accounts.model import Identity
from core.credits.verify import verify_ledger
from tests.core.payments.sides import SIDES
from tests.core.payments.words import Begin, Kind, Purchase, begun, explored
from tests.support import SMALL_MODELS, ManualClock, opened, settings_in

SHOP = SMALL_MODELS.replace('"club"', '"club"\npaypal_plan = "P-5ML4271244454362W"')
KINDS: list[Kind] = ["pack", "plan"]
SAMPLED = 8
LETTERS = 12


@asynccontextmanager
async def buying(folder: Path, name: str, kind: Kind) -> AsyncIterator[Begin]:
    (folder / "small.toml").write_text(SHOP)
    clock, number = ManualClock(), itertools.count()
    async with SIDES[name]() as side, opened(settings_in(folder, **side.settings()), clock) as app:

        async def begin() -> Purchase:
            return await begun(app, clock, side, kind, Identity("playground", f"buyer{next(number)}"))

        yield begin
        assert (await verify_ledger(app.stores)).problems == ()


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SIDES)
async def test_some_orders_of_events_and_notices_lead_to_what_is_true(tmp_path: Path, name: str, kind: Kind) -> None:
    chance = random.Random(f"{name} {kind}")
    async with buying(tmp_path, name, kind) as begin:
        for _ in range(SAMPLED):
            purchase = await begin()
            for _ in range(LETTERS):
                await purchase.goes_on(chance.choice(purchase.following()))


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", SIDES)
async def test_every_order_of_events_and_notices_leads_to_what_is_true(tmp_path: Path, name: str, kind: Kind) -> None:
    async with buying(tmp_path, name, kind) as begin:
        print(name, kind, await explored(begin))
