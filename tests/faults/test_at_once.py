"""Two Easels on one database do the same at the same time: every payment, code, refund, grant and gift counts once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.accounts.model import Identity
from core.app import App
from core.clock import MINUTE
from core.credits.model import Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.payments.codes import Terms
from core.payments.orders import OrderState
from tests.core.admin.boss import BOSS, heard, is_over
from tests.core.payments.buying import have, link
from tests.core.payments.sides import PayPalSide
from tests.faults.buyer import Step, done
from tests.faults.deeds import GIVEN, GRANTED
from tests.faults.shop import victims
from tests.servers import Secantus
from tests.support import ALICE, BOB, NOON, ManualClock, opened, settings_in

TIMES = 2
ROUNDS = 10
Both = Callable[[Step, Step], Awaitable[list[str]]]
"""Takes two steps at the same time, each in an Easel of its own, and says what came of them."""


async def purchases(app: App, side: PayPalSide, step: Step, both: Both) -> None:
    """A notice comes to one while the buyer comes back to the other. Then one request to pay it back comes to both."""
    step = replace(step, secret=await link(app), times=TIMES)
    await app.checkout.choose(step.secret, "pack", "small", side.name)
    side.agrees()
    headers, body = [*side.letters().values()][-1]
    noticed = replace(step, deed="notice", letter=(headers, body.decode()))
    assert await both(noticed, replace(noticed, deed="returned")) == ["", ""]
    order = (await app.stores.orders.listed(None, None, 1))[0]
    assert (order.state, len(order.payments), await have(app)) == (OrderState.FULFILLED, 1, (500, 0))
    assert len(await heard(app, ALICE)) == 1
    back = replace(step, deed="pay_back")
    assert await both(back, back) == ["", ""]
    await is_paid_back(app, side)


async def refunds(app: App, side: PayPalSide, step: Step, both: Both) -> None:
    """Two admins pay all of an order back."""
    secret = await link(app)
    await app.checkout.choose(secret, "pack", "small", side.name)
    side.agrees()
    await app.checkout.returned(secret)
    back = replace(step, deed="pay_back", secret=secret)
    for said in await both(replace(back, request="one", times=TIMES), replace(back, request="other", times=TIMES)):
        assert set(said.split()) <= {"ActionRefused"}
    await is_paid_back(app, side)


async def is_paid_back(app: App, side: PayPalSide) -> None:
    assert [each.back for each in side.paid()] == [499]
    assert await have(app) == (0, 0)
    lines = await app.stores.audit.page(None, 9)
    assert [line.after.get("state_now") for line in lines if "state_now" in line.after][-1:] == ["refunded"]


async def codes(app: App, side: PayPalSide, step: Step, both: Both) -> None:
    """Six people want the four uses of a code, two of them in both places."""
    _, [code] = await app.admin.codes(BOSS, "codes", 1, Terms(7, uses=4))
    people = [[f"p{number}" for number in numbers] for numbers in (range(4), range(2, 6))]
    here, there = [replace(step, deed="redeem", secret=" ".join((code, *some)), times=TIMES) for some in people]
    assert await both(here, there) == ["", ""]
    got = [(await have(app, Identity(ALICE.platform, each)))[0] for each in sorted({*people[0], *people[1]})]
    assert sorted(got) == [0, 0, 7, 7, 7, 7]
    assert await app.stores.codes.unfinished(NOON + MINUTE) == []


async def grants(app: App, side: PayPalSide, step: Step, both: Both) -> None:
    """First the same grant, then two."""
    same = replace(step, deed="grant", request="same", times=TIMES)
    assert await both(same, same) == ["", ""]
    assert await have(app) == (GRANTED, 0)
    assert await both(replace(same, request="one"), replace(same, request="other")) == ["", ""]
    assert await have(app) == (3 * GRANTED, 0)
    assert len(await app.stores.audit.page(None, 9)) == 3


async def gifts(app: App, side: PayPalSide, step: Step, both: Both) -> None:
    """Alice has enough for one of two."""
    alice = await app.accounts.for_identity(ALICE)
    await app.ledger.execute(Grant(alice.id, "start", 2 * GIVEN + GIVEN // 2, Origin.PAID))
    gift = replace(step, deed="give", request="same", times=TIMES)
    assert await both(gift, gift) == ["", ""]
    assert (await have(app), await have(app, BOB)) == ((GIVEN + GIVEN // 2, 0), (GIVEN, 0))
    said = await both(replace(gift, request="one"), replace(gift, request="other"))
    assert sorted(said) == ["", " ".join(["CannotGive"] * TIMES)]
    assert (await have(app), await have(app, BOB)) == ((GIVEN // 2, 0), (2 * GIVEN, 0))


SCENES = {scene.__name__: scene for scene in (purchases, refunds, codes, grants, gifts)}


async def play(name: str, folder: Path, values: dict[str, Any], side: PayPalSide, both: Both | None = None) -> None:
    """A scene on a new database. Without `both` two cores of this process take the steps."""
    settings, clock = settings_in(folder, **values, **side.settings()), ManualClock()
    async with opened(settings, clock) as app, opened(settings, clock) as other:

        async def here(one: Step, two: Step) -> list[str]:
            return [*await asyncio.gather(done(app, one), done(other, two))]

        step = Step(str(folder), values | side.settings(), NOON, side.name, "")
        await SCENES[name](app, side, step, both or here)
        assert (await verify_ledger(app.stores)).problems == ()
        assert await is_over(app)


@pytest.fixture
async def side() -> AsyncIterator[PayPalSide]:
    async with PayPalSide() as side:
        yield side


@pytest.mark.parametrize("name", SCENES)
async def test_what_two_cores_on_one_mongodb_do_at_once_counts_once(
    tmp_path: Path, mongo: Secantus, side: PayPalSide, name: str
) -> None:
    await play(name, tmp_path, {"database_url": mongo.url(f"at_once_{name}")}, side)


@pytest.mark.soak
@pytest.mark.parametrize("store", ["sqlite", "mongo"])
async def test_what_two_processes_do_at_once_counts_once(
    tmp_path: Path, mongo: Secantus, side: PayPalSide, store: str
) -> None:
    with ExitStack() as stack:
        one, other = stack.enter_context(victims()), stack.enter_context(victims())

        async def both(mine: Step, theirs: Step) -> list[str]:
            lives = await asyncio.gather(one.take(mine), other.take(theirs))
            assert [life.exit for life in lives] == [0, 0]
            return [life.said for life in lives]

        for round_ in range(ROUNDS):
            for name in SCENES:
                url = mongo.url(f"at_once_{round_}_{name}") if store == "mongo" else ""
                side.fresh()
                (folder := tmp_path / f"{round_}{name}").mkdir()
                await play(name, folder, {"database_url": url}, side, both)
