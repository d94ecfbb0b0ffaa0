"""What admins and people do to credits, in a process that is killed meanwhile or while another does the same."""

import asyncio
from typing import TYPE_CHECKING

from core.accounts.model import Identity, Role
from core.app import App
from core.credits.model import Entry
from core.errors import CodeRefused
from core.ids import digest
from tests.core.admin.acts import acts
from tests.core.admin.boss import BOSS
from tests.support import ALICE, BOB

if TYPE_CHECKING:
    from tests.faults.buyer import Step

GRANTED, REVOKED, GIVEN = 50, 30, 20


async def grant(app: App, step: "Step") -> object:
    account = await app.accounts.for_identity(ALICE)
    return await acts(app).grant(BOSS, step.request, account.id, GRANTED, "sorry")


async def revoke(app: App, step: "Step") -> object:
    account = await app.accounts.for_identity(ALICE)
    return await acts(app).revoke(BOSS, step.request, account.id, REVOKED, "a mistake")


async def promote(app: App, step: "Step") -> object:
    account = await app.accounts.for_identity(ALICE)
    return await acts(app).role(BOSS, step.request, account.id, Role.SUBSCRIBER, "a friend")


async def pay_back(app: App, step: "Step") -> object:
    """All that is left of the order of this link."""
    order = await app.stores.orders.by_token(digest(step.secret))
    assert order is not None
    return await acts(app).refund(BOSS, step.request, order.id, why="did not like it")


async def give(app: App, step: "Step") -> object:
    alice, bob = [(await app.accounts.for_identity(each)).id for each in (ALICE, BOB)]
    return await app.transfers.give(step.request, alice, bob, GIVEN, "thanks")


async def redeem(app: App, step: "Step") -> str:
    """How many of these people got its credits. `secret`: the code, and who they are."""
    code, *people = step.secret.split()
    accounts = [await app.accounts.for_identity(Identity(ALICE.platform, each)) for each in people]
    tries = (app.codes.redeem(each, code, step.request) for each in accounts)
    got = await asyncio.gather(*tries, return_exceptions=True)
    for each in got:
        if isinstance(each, BaseException) and not isinstance(each, CodeRefused):
            raise each
    return str(sum(isinstance(each, Entry) for each in got))
