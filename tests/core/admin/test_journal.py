"""What happened is noted once, and nothing fails because it could not be noted."""

import pytest

from core.admin.model import Event
from core.app import App
from core.credits.model import Origin
from core.credits.operations import Adjust, Grant
from core.errors import BadOption
from core.payments.ports import Payment
from tests.core.test_requests import done
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, ManualClock, imagine


async def kinds(app: App) -> list[tuple[str, object]]:
    return [(each.kind, each.data.get("credits")) for each in (await app.stores.events.page(None, 50))[::-1]]


async def test_grants_purchases_refunds_and_pictures_are_events(app: App, clock: ManualClock) -> None:
    alice = await app.accounts.for_identity(ALICE)
    clock.move(1)
    payment = Payment("tg", "stx1", ALICE, 500, "XTR", 400)
    for _ in range(2):
        await app.fulfilment.credited(payment)
    clock.move(1)
    for _ in range(2):
        await app.fulfilment.reversed(payment, 100)
    clock.move(1)
    await app.ledger.execute(Grant(alice.id, "g", 5, Origin.PROMO, ref="a contest"))
    clock.move(1)
    for _ in range(2):
        await app.ledger.execute(Adjust(alice.id, "x", -3, "a mistake"))
    clock.move(1)
    await done(app, imagine())
    assert await kinds(app) == [
        ("grant", app.settings.signup_credits), ("purchase", 500), ("refund", -100), ("grant", 5), ("revoke", -3),
        ("usage", 10),
    ]  # fmt: skip


async def test_a_grant_stands_when_it_cannot_be_noted(app: App) -> None:
    alice = await app.accounts.for_identity(ALICE)
    broken = app_on(app, meddled(app.stores, before=Fault(2, notes=True)))
    await broken.ledger.execute(Grant(alice.id, "g", 5, Origin.PROMO))
    assert ("grant", 5) not in await kinds(app)
    assert (await app.ledger.balance(alice.id)).available == app.settings.signup_credits + 5


async def test_a_purchase_whose_event_was_lost_in_a_crash_is_noted_by_the_next_report(app: App) -> None:
    payment = Payment("tg", "stx1", ALICE, 500, "XTR", 400)
    await app.fulfilment.credited(payment)
    (event,) = [each for each in await app.stores.events.page(None, 50) if each.kind == "purchase"]
    assert (event.id, event.data["amount"], event.data["currency"]) == ("purchase:tg:stx1", 400, "XTR")
    assert not await app.stores.events.append(Event(event.id, 0, "purchase"))


@pytest.mark.parametrize("kind", ["usage", "custom", "custom.", "custom.Contest", "custom." + "x" * 99, "custom.a b"])
async def test_a_custom_event_has_a_name_of_its_own(app: App, kind: str) -> None:
    with pytest.raises(BadOption, match="must be custom"):
        await app.events.custom(kind, None, {}, id="e1")


async def test_a_custom_event_is_kept_once_and_is_not_too_large(app: App) -> None:
    assert await app.events.custom("custom.contest_won", None, {"place": 1}, id="e1")
    assert not await app.events.custom("custom.contest_won", None, {"place": 2}, id="e1")
    with pytest.raises(BadOption, match="at most"):
        await app.events.custom("custom.big", None, {"x": "y" * 9_000}, id="e2")
