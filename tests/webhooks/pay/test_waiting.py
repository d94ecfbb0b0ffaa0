"""What a buyer sees between the gateway and the receipt: never a way to pay twice, always what to do."""

from dataclasses import replace

import pytest

from core.clock import DAY, HOUR, MINUTE
from core.payments.orders import OrderState, Taken, moved
from core.payments.ports import Progress
from tests.core.payments.buying import have
from tests.webhooks.pay.test_pay import Shop, shop

__all__ = ["shop"]
AGAIN = "Start over"


async def page(shop: Shop, path: str = "") -> str:
    answer = await shop.client.get(shop.url + path)
    assert answer.status_code == 200
    return answer.text


async def agreed(shop: Shop) -> str:
    await shop.chosen()
    ref = await shop.ref()
    shop.gateway.agree(ref)
    return ref


async def test_a_refused_card_leads_back_to_the_gateway_and_waits_for_nothing(shop: Shop) -> None:
    ref = await agreed(shop)
    shop.gateway.refusal = "The card was declined: choose another one."
    for path in ("/return", "", "/wait"):
        shown = await page(shop, path)
        assert "The card was declined: choose another one. Nothing was charged." in shown
        assert f'href="https://pay.example/{ref}"' in shown
        assert "http-equiv" not in shown
        assert AGAIN in shown
        shop.clock.move(MINUTE)
    assert (await shop.client.get(f"{shop.url}/status")).json()["data"] == {"state": "refused"}
    assert shop.gateway.tries == [0]
    shop.gateway.refusal = ""
    assert "+500 credits" in await page(shop, "/return")


async def test_nobody_starts_over_while_the_gateway_is_down(shop: Shop) -> None:
    await agreed(shop)
    shop.gateway.down = True
    for path in ("/return", "/wait", "", "/go"):
        shown = await page(shop, path)
        assert AGAIN not in shown
        assert "Nothing has been charged" not in shown
        shop.clock.move(MINUTE)


async def test_nobody_starts_over_while_money_is_on_its_way_and_is_told_why(shop: Shop) -> None:
    await shop.chosen()
    shop.gateway.capture(await shop.ref(), is_complete=False)
    shop.gateway.why = "The bank takes its time."
    for path in ("/return", "/wait", ""):
        shown = await page(shop, path)
        assert "Waiting for your payment" in shown
        assert "The bank takes its time. This may take a while, with a bank some days." in shown
        assert AGAIN not in shown
        assert "https://pay.example/" not in shown
        shop.clock.move(MINUTE)


async def test_nobody_starts_over_while_a_plan_has_begun_and_its_first_month_is_not_there(shop: Shop) -> None:
    await shop.chosen(item="plan:club")
    shop.gateway.accounts[await shop.ref()].progress = Progress.UNDERWAY
    shop.clock.move(2 * HOUR)
    assert "Waiting for your payment" in await page(shop)
    assert AGAIN not in await page(shop)


async def test_who_has_not_agreed_yet_may_start_over(shop: Shop) -> None:
    await shop.chosen()
    for path in ("/return", "/wait", ""):
        shown = await page(shop, path)
        assert AGAIN in shown
        assert f'href="https://pay.example/{await shop.ref()}"' in shown
    assert "Nothing has been charged yet." in await page(shop)


async def test_money_that_does_not_match_is_no_reason_to_pay_again(shop: Shop) -> None:
    await shop.chosen()
    ref = await shop.ref()
    capture = shop.gateway.capture(ref)
    money = shop.gateway.accounts[ref].captures[capture].money
    shop.gateway.change(ref, capture, money=replace(money, amount=1))
    shown = await page(shop, "/return")
    assert "The payment failed" in shown
    assert AGAIN not in shown


async def test_a_bought_order_stays_a_receipt_when_the_gateway_is_down(shop: Shop) -> None:
    await agreed(shop)
    await page(shop, "/return")
    shop.gateway.down = True
    shop.clock.move(MINUTE)
    shown = await page(shop, "/return")
    assert "+500 credits" in shown
    assert AGAIN not in shown


async def test_an_expired_order_whose_gateway_is_down_may_have_been_paid(shop: Shop) -> None:
    await agreed(shop)
    order = await shop.app.checkout.open(shop.secret)
    assert await shop.app.stores.orders.save(moved(order, OrderState.EXPIRED, "nobody paid", shop.clock.now()))
    shop.gateway.down = True
    for path in ("", "/return"):
        shown = await page(shop, path)
        assert AGAIN not in shown
        assert "If you have paid, nothing is lost" in shown
        shop.clock.move(MINUTE)
    shop.gateway.down = False
    assert "+500 credits" in await page(shop)


@pytest.mark.parametrize("path", ["", "/wait", "/status"])
async def test_an_order_that_is_stuck_between_money_and_credits_goes_on_when_it_is_looked_at(
    shop: Shop, path: str
) -> None:
    await shop.chosen()
    order = await shop.app.checkout.open(shop.secret)
    capture = shop.gateway.capture(order.ref or "")
    paid = moved(order, OrderState.PAID, "Memory Pay has the money", shop.clock.now())
    taken = Taken(capture, 499, 500, shop.clock.now())
    assert await shop.app.stores.orders.save(replace(paid, payments=(taken,), look_at=shop.clock.now() + DAY))
    await page(shop, path)
    assert await have(shop.app) == (500, 0)


async def test_who_cancelled_at_the_gateway_reads_that_nothing_was_charged_and_what_to_do(shop: Shop) -> None:
    await shop.chosen()
    shown = await page(shop, "?cancelled=1")
    assert "without paying. Nothing was charged." in shown
    assert f'href="https://pay.example/{await shop.ref()}"' in shown
    assert AGAIN in shown


async def test_an_address_that_says_cancelled_is_not_believed(shop: Shop) -> None:
    await agreed(shop)
    shop.gateway.down = True
    assert "Nothing was charged" not in await page(shop, "?cancelled=1")
    shop.gateway.down = False
    shop.clock.move(MINUTE)
    assert "+500 credits" in await page(shop, "?cancelled=1")


async def test_flooding_the_gateway_is_not_asked_more_often_because_a_page_is_loaded_more_often(shop: Shop) -> None:
    await shop.chosen()
    shop.gateway.calls.clear()
    for path in ("", "/wait", "/status") * 5:
        await page(shop, path)
    assert shop.gateway.calls == ["confirm"]
    shop.gateway.agree(await shop.ref())
    shop.clock.move(MINUTE)
    assert "+500 credits" in await page(shop, "/return")
    capture = next(iter(shop.gateway.accounts[await shop.ref()].captures))
    shop.gateway.change(await shop.ref(), capture, back=499)
    shop.gateway.calls.clear()
    for _ in range(5):
        assert "+500 credits" in await page(shop)
    assert shop.gateway.calls == [], "what is bought is not asked for by looking at it"
    assert "This order was refunded" in await page(shop, "/return")


async def test_a_plan_that_ended_is_no_link_that_nobody_paid(shop: Shop) -> None:
    await shop.chosen(item="plan:club")
    shop.gateway.capture(await shop.ref(), "m1", until=shop.clock.now() + DAY)
    await page(shop, "/return")
    shop.clock.move(30 * DAY)
    await shop.app.checkout.reconcile()
    shown = await page(shop)
    assert "This plan has ended" in shown
    assert "Nobody paid" not in shown
