"""Attacks by who has a link but no account to buy for: suspended, deleted, or gone into another one."""

from typing import cast

import pytest

from core.accounts.model import Account
from core.accounts.privacy import NOBODY
from core.clock import DAY, HOUR, MINUTE
from core.credits.verify import verify_ledger
from core.errors import DeletionRefused, PlanRenews
from core.jobs.delivery import Messenger
from core.payments.orders import OrderState
from tests.core.accounts.test_linking import link as linked
from tests.core.payments.buying import have, link
from tests.support import ALICE, BOB, Silent
from tests.webhooks.pay.test_pay import OURS, SMALL, Shop, shop

__all__ = ["shop"]


async def alice(shop: Shop) -> Account:
    return await shop.app.accounts.for_identity(ALICE)


async def test_suspended_an_old_link_sells_nothing_and_makes_no_new_ones(shop: Shop) -> None:
    """Their money would buy credits that they cannot use, and a link could be renewed for ever."""
    await shop.app.stores.accounts.suspend((await alice(shop)).id, "spam")
    for path in ("", "/again"):
        answer = await shop.client.post(shop.url + path, data=SMALL, headers=OURS)
        assert answer.status_code == 403
        assert "Your account is suspended: spam. If you think that is a mistake, ask who runs this" in answer.text
    assert "Your account is suspended" in (await shop.client.get(shop.url)).text
    assert (await shop.app.checkout.open(shop.secret)).goods is None


async def test_suspended_what_was_at_the_gateway_before_is_still_booked(shop: Shop) -> None:
    await shop.chosen()
    shop.gateway.agree(await shop.ref())
    await shop.app.stores.accounts.suspend((await alice(shop)).id, "spam")
    assert (await shop.client.get(f"{shop.url}/return")).status_code == 200
    assert await have(shop.app) == (500, 0)


async def test_merged_who_pays_by_a_link_of_the_old_account_has_the_credits_in_the_new_one(shop: Shop) -> None:
    bobs = await link(shop.app, BOB, "r2")
    await shop.client.post(f"/pay/{bobs}", data=SMALL, headers=OURS)
    await linked(shop.app, ALICE, BOB)
    order = await shop.app.checkout.open(bobs)
    shop.gateway.agree(order.ref or "")
    page = await shop.client.get(f"/pay/{bobs}/return")
    assert "+500 credits" in page.text
    account = await shop.app.accounts.for_identity(BOB)
    assert account.id == (await alice(shop)).id
    available = (await shop.app.ledger.balance(account.id)).available
    assert f"{available} credits" in page.text
    assert (await verify_ledger(shop.app.stores)).problems == ()


async def test_deleted_a_link_that_was_left_open_opens_nothing_and_sells_nothing(shop: Shop) -> None:
    await shop.app.privacy.delete(await alice(shop))
    for method, path in (("GET", ""), ("POST", ""), ("POST", "/again"), ("GET", "/go"), ("GET", "/status")):
        answer = await shop.client.request(method, shop.url + path, data=SMALL, headers=OURS)
        assert answer.status_code == 404
    assert await shop.app.stores.accounts.find(ALICE) is None


async def test_deleted_no_page_makes_an_account_for_everybody_who_was_deleted(shop: Shop) -> None:
    order = await shop.app.checkout.open(shop.secret)
    await shop.app.privacy.delete(await alice(shop))
    await shop.client.get(shop.url)
    kept = await shop.app.stores.orders.get(order.id)
    assert kept is not None
    assert kept.identity.user == NOBODY
    assert await shop.app.stores.accounts.find(kept.identity) is None


async def test_deleted_nobody_is_forgotten_while_they_may_still_pay(shop: Shop) -> None:
    """Their money would arrive for an account that nobody has any more."""
    await shop.chosen()
    with pytest.raises(DeletionRefused, match="purchase"):
        await shop.app.privacy.delete(await alice(shop))
    shop.clock.move(2 * HOUR)
    await shop.app.checkout.reconcile()
    await shop.app.privacy.delete(await alice(shop))


async def test_deleted_money_that_comes_nevertheless_is_booked_and_nobody_is_told_for_ever(shop: Shop) -> None:
    await shop.chosen()
    order = await shop.app.checkout.open(shop.secret)
    shop.clock.move(2 * HOUR)
    await shop.app.checkout.reconcile()
    await shop.app.privacy.delete(await alice(shop))
    shop.gateway.capture(order.ref or "")
    shop.app.messengers[ALICE.platform] = cast(Messenger, Silent())
    await shop.app.checkout.noticed("memory", {"signature": "right"}, (order.ref or "").encode())
    kept = await shop.app.stores.orders.get(order.id)
    assert kept is not None
    assert (kept.state, kept.told) == (OrderState.FULFILLED, 1)
    assert (kept.look_at or 0) > shop.clock.now() + MINUTE
    assert (await verify_ledger(shop.app.stores)).problems == ()


async def test_deleted_a_plan_that_renews_although_its_month_was_refunded_is_stopped_first(shop: Shop) -> None:
    """Else it goes on to be paid for, and nobody can stop it."""
    await shop.chosen(item="plan:club")
    ref = await shop.ref()
    shop.gateway.accounts[ref].renews = True
    shop.gateway.capture(ref, "m1", until=shop.clock.now() + 30 * DAY)
    await shop.client.get(f"{shop.url}/return")
    shop.gateway.change(ref, "m1", back=899)
    await shop.app.checkout.noticed("memory", {"signature": "right"}, ref.encode())
    order = await shop.app.checkout.open(shop.secret)
    assert order.state is OrderState.REFUNDED
    with pytest.raises(PlanRenews):
        await shop.app.privacy.delete(await alice(shop))
    await shop.app.checkout.stop(order)
    await shop.app.privacy.delete(await alice(shop))
