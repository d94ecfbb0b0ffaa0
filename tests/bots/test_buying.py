"""What people type about buying, and what they are told; the pages and gateways have tests of their own."""

from typing import cast

import pytest

from core.accounts.model import Identity
from core.app import App
from core.clock import DAY
from core.payments.codes import Terms
from core.payments.ports import Payment, Progress
from tests.bots.people import Person
from tests.core.payments.buying import added, sold_by
from tests.fakes.gateway import MemoryGateway
from tests.support import ALICE, ManualClock


@pytest.fixture
def gateway(app: App) -> MemoryGateway:
    return sold_by(app)


async def subscribed(person: Person, gateway: MemoryGateway, clock: ManualClock, name: str = "memory") -> None:
    reply = await person.say("/subscribe club")
    secret = reply.links[0].url.rpartition("/")[2]
    order = await person.app.checkout.choose(secret, "plan", "club", name)
    gateway.accounts[order.ref or ""].renews = True
    gateway.capture(order.ref or "", "m1", until=clock.now() + 30 * DAY)
    await person.app.checkout.returned(secret)


async def test_buy_gives_a_link_for_who_asked(alice: Person, gateway: MemoryGateway) -> None:
    reply = await alice.say("/buy")
    assert "- **small**: 500 credits for 4.99 USD" in reply.text
    assert "/plans" in reply.text
    [link] = reply.links
    order = await alice.app.checkout.open(link.url.rpartition("/")[2])
    assert order.account == (await alice.app.accounts.for_identity(ALICE)).id


async def test_without_a_gateway_nobody_gets_a_link(alice: Person) -> None:
    for text in ("/buy", "/plans", "/subscribe"):
        assert (await alice.say(text)).links == ()
    assert "Ask its operator" in (await alice.say("/buy")).text


async def test_inside_telegram_nobody_gets_a_link(app: App, gateway: MemoryGateway) -> None:
    person = Person(app, Identity("telegram", "42"))
    for text in ("/buy", "/plans", "/subscribe club"):
        assert (await person.say(text)).links == ()


async def test_a_plan_that_is_not_sold_is_refused_with_those_that_are(alice: Person, gateway: MemoryGateway) -> None:
    assert "There are: club." in (await alice.say("/subscribe gold")).text


async def test_a_plan_is_shown_ended_and_shown_as_ended(
    alice: Person, gateway: MemoryGateway, clock: ManualClock
) -> None:
    assert "1,200 credits every month for 8.99 USD" in (await alice.say("/plans")).text
    assert "You have no plan" in (await alice.say("/unsubscribe")).text
    await subscribed(alice, gateway, clock)
    assert "You have **club**, paid until" in (await alice.say("/plans")).text
    assert "will not renew" in (await alice.say("/unsubscribe")).text
    assert not next(iter(gateway.accounts.values())).renews
    assert "does not renew any more" in (await alice.say("/unsubscribe")).text


async def test_who_has_a_plan_reads_so_before_they_subscribe_once_more(
    alice: Person, gateway: MemoryGateway, clock: ManualClock
) -> None:
    assert "You have" not in (await alice.say("/subscribe")).text
    await subscribed(alice, gateway, clock)
    said = (await alice.say("/subscribe")).text
    assert said.startswith("You have **club**, paid until")
    assert "type /unsubscribe first" in said


async def test_a_plan_whose_month_was_refunded_can_be_ended_as_it_goes_on_to_be_paid(
    alice: Person, gateway: MemoryGateway, clock: ManualClock
) -> None:
    await subscribed(alice, gateway, clock)
    [(ref, account)] = gateway.accounts.items()
    gateway.change(ref, next(iter(account.captures)), back=899)
    await alice.app.checkout.noticed("memory", {"signature": "right"}, ref.encode())
    assert (await alice.say("/unsubscribe")).text == "**club** will not renew."
    assert not account.renews
    assert "You have no plan" in (await alice.say("/unsubscribe")).text


async def test_a_plan_of_another_app_is_ended_there(alice: Person, gateway: MemoryGateway, clock: ManualClock) -> None:
    until = clock.now() + 30 * DAY
    await alice.app.fulfilment.credited(Payment("tg", "c1", ALICE, 1200, "XTR", 700, plan="club", until=until))
    assert "was bought inside another app" in (await alice.say("/unsubscribe")).text
    assert "You have **club**" in (await alice.say("/plans")).text


async def test_a_plan_of_a_gateway_that_is_gone_is_ended_at_the_gateway(
    alice: Person, gateway: MemoryGateway, clock: ManualClock
) -> None:
    gateway.name = "stripe"
    await subscribed(alice, added(alice.app, gateway), clock, "stripe")
    gateways = cast(dict[str, object], alice.app.checkout.gateways)
    gateways.clear()
    assert "stop it at the provider" in (await alice.say("/unsubscribe")).text


async def test_orders_are_receipts_of_everything_that_was_bought(
    alice: Person, gateway: MemoryGateway, clock: ManualClock
) -> None:
    assert "bought nothing yet" in (await alice.say("/orders")).text
    await alice.say("/buy")
    assert "bought nothing yet" in (await alice.say("/orders")).text
    await subscribed(alice, gateway, clock)
    await alice.app.fulfilment.credited(Payment("tg", "c1", ALICE, 500, "XTR", 400))
    said = (await alice.say("/orders")).text
    assert "**club** 8.99 USD: paid, 1,200 credits. Order `o" in said
    assert "4.00 XTR" not in said
    assert "**500 credits** 400 XTR: paid, 500 credits. Order `tg:c1`" in said


async def test_why_an_order_was_not_paid_is_no_sentence_within_a_sentence(
    alice: Person, gateway: MemoryGateway
) -> None:
    secret = (await alice.say("/buy")).links[0].url.rpartition("/")[2]
    order = await alice.app.checkout.choose(secret, "pack", "small", "memory")
    gateway.accounts[order.ref or ""].progress, gateway.why = Progress.GONE, "The order was cancelled."
    await alice.app.checkout.returned(secret)
    assert "not paid (The order was cancelled). Order" in (await alice.say("/orders")).text


async def test_a_code_is_redeemed_once(alice: Person, clock: ManualClock) -> None:
    [code] = await alice.app.codes.make(1, Terms(50, uses=2))
    assert "**+50 credits**, balance **150**" in (await alice.say(f"/redeem {code.lower()}")).text
    clock.move(1)
    again = (await alice.say(f"/redeem {code}")).text
    assert again == "You have used this code already: it was **+50 credits**. Now you have **150**."
    assert (await alice.app.ledger.balance((await alice.app.accounts.for_identity(ALICE)).id)).available == 150
    assert "Compare it letter by letter" in (await alice.say("/redeem nonsense")).text
    assert "code is missing: type it after the command" in (await alice.say("/redeem")).text
