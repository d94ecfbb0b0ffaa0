"""Attacks on a link of buying: it leads nowhere else, stays in no cache and no referrer, and opens one order only."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from core.clock import MINUTE
from core.payments.orders import Order
from core.payments.ports import Created
from tests.core.payments.buying import link, sold_by
from tests.support import ManualClock, opened, settings_in
from tests.webhooks.pay.test_pay import OURS, SMALL, UNKNOWN, Shop, shop
from webhooks.app import create_web_app
from webhooks.pay.guard import RETURNS

__all__ = ["shop"]


@pytest.fixture
async def public(tmp_path: Path) -> AsyncIterator[Shop]:
    """An Easel for a network, which answers under any name."""
    clock = ManualClock()
    settings = settings_in(tmp_path, host="0.0.0.0", public_url="https://easel.example")  # noqa: S104  # a setting
    async with opened(settings, clock) as app:
        gateway = sold_by(app)
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url="https://easel.example") as client:
            yield Shop(app, client, gateway, clock, await link(app))


@pytest.mark.parametrize("path", ["", "/", "/go", "/return", "/return/", "/status", "/status/", "/again", "//x"])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_host_poisoning_no_answer_repeats_the_name_that_a_caller_gives_us(
    public: Shop, path: str, method: str
) -> None:
    headers = OURS | {"host": "evil.example", "x-forwarded-host": "evil.example", "forwarded": "host=evil.example"}
    answer = await public.client.request(method, public.url + path, data=SMALL, headers=headers)
    assert "evil" not in answer.text
    assert "evil" not in str(answer.headers)


async def test_host_poisoning_the_gateway_sends_buyers_back_to_our_own_name(public: Shop) -> None:
    sent: list[tuple[str, str]] = []
    create = public.gateway.create

    async def created(order: Order, back: str, cancel: str) -> Created:
        sent.append((back, cancel))
        return await create(order, back, cancel)

    public.gateway.create = created  # type: ignore[method-assign]  # to see what it is told
    await public.client.post(public.url, data=SMALL, headers=OURS | {"host": "evil.example"})
    [(back, cancel)] = sent
    assert back.startswith("https://easel.example/pay/")
    assert cancel.startswith("https://easel.example/pay/")


@pytest.mark.parametrize("path", ["", "/", "/go", "/return", "/again", "/status", "/nothing"])
@pytest.mark.parametrize("method", ["GET", "POST", "PUT"])
async def test_caching_no_answer_about_a_link_is_kept_whatever_it_is(shop: Shop, path: str, method: str) -> None:
    for secret in (shop.secret, UNKNOWN):
        answer = await shop.client.request(method, f"/pay/{secret}{path}", data=SMALL, headers=OURS)
        assert answer.headers["cache-control"] == "no-store", answer.status_code


@pytest.mark.parametrize("path", ["", "/go", "/return"])
async def test_referrer_other_sites_learn_no_secret_and_forms_say_where_they_come_from(shop: Shop, path: str) -> None:
    """With `no-referrer` browsers send the Origin `null`, and where they send no Sec-Fetch-Site (plain http, such as
    http://easel.lan, and older ones) nobody could buy. Seen in Chromium."""
    await shop.chosen()
    page = await shop.client.get(shop.url + path)
    assert page.headers["referrer-policy"] == "same-origin"
    assert 'href="https://pay.example' not in page.text or 'rel="noreferrer"' in page.text


async def test_flood_whoever_reloads_the_return_does_not_flood_the_gateway(shop: Shop) -> None:
    await shop.chosen()
    for _ in range(3 * RETURNS):
        assert (await shop.client.get(f"{shop.url}/return")).status_code == 200
    assert shop.gateway.calls.count("confirm") == RETURNS
    shop.gateway.agree(await shop.ref())
    assert "Waiting for your payment" in (await shop.client.get(f"{shop.url}/return")).text
    shop.clock.move(MINUTE)
    assert "+500 credits" in (await shop.client.get(f"{shop.url}/return")).text
    for _ in range(3 * RETURNS):
        assert "+500 credits" in (await shop.client.get(f"{shop.url}/return")).text
    assert shop.gateway.calls.count("look") < RETURNS


async def test_flood_the_status_asks_the_gateway_every_few_seconds_only(shop: Shop) -> None:
    await shop.chosen()
    for _ in range(50):
        assert (await shop.client.get(f"{shop.url}/status")).status_code == 200
    assert shop.gateway.calls.count("confirm") == 1


async def test_flood_start_over_is_throttled_by_account(shop: Shop) -> None:
    secret, links = shop.secret, 0
    while (answer := await shop.client.post(f"/pay/{secret}/again", headers=OURS)).status_code == 303:
        secret, links = answer.headers["location"].rpartition("/")[2], links + 1
    assert answer.status_code == 429
    assert links < shop.app.catalogue.shop.links_per_hour
    assert "Too many tries" in answer.text


async def test_fixation_no_page_sets_or_reads_a_cookie(shop: Shop) -> None:
    """Whoever has the link is the buyer, and nobody else becomes one by a cookie that was planted."""
    planted = {"cookie": f"easel={UNKNOWN}; account=a0; secret={UNKNOWN}"}
    for path in ("", "/go", "/return", "/status"):
        answer = await shop.client.get(shop.url + path, headers=planted)
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
    assert (await shop.client.post(shop.url, data=SMALL, headers=OURS | planted)).status_code == 303
    assert (await shop.app.checkout.open(shop.secret)).goods is not None
