"""Buying by a link over the web app: the way a buyer goes, and each attack by its name."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from core.app import App
from core.clock import HOUR, MINUTE
from tests.core.payments.buying import have, link, sold_by
from tests.fakes.gateway import MemoryGateway
from tests.support import BOB, ManualClock, opened, settings_in
from webhooks.app import create_web_app
from webhooks.pay.guard import TRIES

OURS = {"sec-fetch-site": "same-origin"}
SMALL = {"item": "pack:small", "way": "memory"}
UNKNOWN = "x" * 32


@dataclass
class Shop:
    app: App
    client: httpx.AsyncClient
    gateway: MemoryGateway
    clock: ManualClock
    secret: str

    @property
    def url(self) -> str:
        return f"/pay/{self.secret}"

    async def chosen(self, headers: dict[str, str] = OURS, **form: str) -> httpx.Response:
        return await self.client.post(self.url, data=SMALL | form, headers=headers)

    async def ref(self) -> str:
        return (await self.app.checkout.open(self.secret)).ref or ""


@pytest.fixture
async def shop(tmp_path: Path) -> AsyncIterator[Shop]:
    clock = ManualClock()
    async with opened(settings_in(tmp_path), clock) as app:
        gateway = sold_by(app)
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=app.settings.base_url) as client:
            yield Shop(app, client, gateway, clock, await link(app))


async def test_a_buyer_goes_from_the_link_over_the_gateway_to_the_receipt(shop: Shop) -> None:
    page = await shop.client.get(shop.url)
    assert "500 credits" in page.text
    assert "4.99 USD" in page.text
    for sheet in re.findall(r'rel="stylesheet" href="([^"]+)"', page.text):
        assert (await shop.client.get(sheet)).headers["content-type"].startswith("text/css")
    sent = await shop.chosen()
    assert (sent.status_code, sent.headers["location"]) == (303, f"{shop.url}/go")
    ref = await shop.ref()
    leaving = (await shop.client.get(sent.headers["location"])).text
    assert f'href="https://pay.example/{ref}"' in leaving
    assert "Your order: 500 credits (small) for 4.99 USD." in leaving
    shop.gateway.agree(ref)
    done = await shop.client.get(f"{shop.url}/return")
    assert "+500 credits" in done.text
    assert "Back to the playground" in done.text
    assert await have(shop.app) == (500, 0)


async def test_the_waiting_page_goes_on_when_the_money_is_there(shop: Shop) -> None:
    await shop.chosen()
    page = await shop.client.get(f"{shop.url}/return")
    assert "Waiting for your payment" in page.text
    assert '<noscript><meta http-equiv="refresh"' in page.text
    assert (await shop.client.get(f"{shop.url}/status")).json()["data"] == {"state": "pending"}
    shop.gateway.agree(await shop.ref())
    shop.clock.move(MINUTE)
    assert (await shop.client.get(f"{shop.url}/status")).json()["data"] == {"state": "fulfilled"}


async def test_a_gateway_that_is_down_on_return_leaves_a_waiting_page(shop: Shop) -> None:
    await shop.chosen()
    shop.gateway.down = True
    page = await shop.client.get(f"{shop.url}/return")
    assert page.status_code == 200
    assert "does not answer" in page.text


async def test_an_expired_link_offers_to_start_over(shop: Shop) -> None:
    shop.clock.move(2 * HOUR)
    page = await shop.client.get(shop.url)
    assert "This link has expired" in page.text
    again = await shop.client.post(f"{shop.url}/again", headers=OURS)
    assert again.status_code == 303
    assert "Buy credits" in (await shop.client.get(again.headers["location"])).text


@pytest.mark.parametrize("path", ["", "/again"])
@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "cross-site"},
     {"sec-fetch-site": "same-site"}, {"sec-fetch-site": "none"}],
)  # fmt: skip
async def test_csrf_a_form_of_another_site_is_refused(shop: Shop, path: str, headers: dict[str, str]) -> None:
    answer = await shop.client.post(shop.url + path, data=SMALL, headers=headers)
    assert answer.status_code == 403
    assert (await shop.app.checkout.open(shop.secret)).goods is None


async def test_csrf_a_browser_that_only_sends_our_origin_may_buy(shop: Shop) -> None:
    assert (await shop.chosen({"origin": shop.app.settings.base_url})).status_code == 303


async def test_open_redirect_nothing_that_is_sent_says_where_to_go(shop: Shop) -> None:
    sent = await shop.chosen(url="https://evil.example", next="//evil.example")
    assert sent.headers["location"] == f"{shop.url}/go"
    assert "evil" not in (await shop.client.get(f"{shop.url}/go?url=https://evil.example")).text


async def test_open_redirect_a_stored_address_that_is_a_script_is_not_a_link(shop: Shop) -> None:
    await shop.chosen()
    order = await shop.app.checkout.open(shop.secret)
    assert await shop.app.stores.orders.save(replace(order, url="javascript:alert(1)"))
    assert "javascript" not in (await shop.client.get(f"{shop.url}/go")).text


async def test_idor_an_order_id_or_another_link_opens_nothing(shop: Shop) -> None:
    order = await shop.app.checkout.open(shop.secret)
    for path in (order.id, order.token, UNKNOWN, shop.secret[:-1], shop.secret.swapcase()):
        assert (await shop.client.get(f"/pay/{path}")).status_code == 404
    theirs = await link(shop.app, BOB, "r2")
    await shop.chosen()
    assert "Buy credits" in (await shop.client.get(f"/pay/{theirs}")).text
    assert (await shop.app.checkout.open(theirs)).goods is None


async def test_guessing_unknown_links_are_throttled_and_known_ones_are_not(shop: Shop) -> None:
    answers = [(await shop.client.get(f"/pay/{UNKNOWN}")).status_code for _ in range(TRIES + 1)]
    assert answers == [404] * TRIES + [429]
    assert (await shop.client.get(shop.url)).status_code == 200
    shop.clock.move(MINUTE)
    assert (await shop.client.get(f"/pay/{UNKNOWN}")).status_code == 404


async def test_xss_a_gateways_label_and_its_reasons_are_text(shop: Shop) -> None:
    shop.gateway.label = "<script>alert(1)</script>"
    page = await shop.client.get(shop.url)
    assert "<script>" not in page.text
    assert "&lt;script&gt;" in page.text


async def test_header_injection_line_ends_in_the_form_make_no_header(shop: Shop) -> None:
    answer = await shop.chosen(item="pack:small\r\nset-cookie: a=b", way="memory\r\nx-evil: 1")
    assert answer.status_code == 404
    assert not {"set-cookie", "x-evil"} & set(answer.headers)


@pytest.mark.parametrize("path", ["", "/return", "/status"])
async def test_every_page_has_the_strict_headers(shop: Shop, path: str) -> None:
    headers = (await shop.client.get(shop.url + path)).headers
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert headers["cache-control"] == "no-store"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(("path", "method"), [("/go", "POST"), ("/return", "POST"), ("/status", "PUT"),
                                              ("/again", "GET"), ("", "DELETE"), ("", "HEAD")])  # fmt: skip
async def test_method_confusion_does_nothing(shop: Shop, path: str, method: str) -> None:
    assert (await shop.client.request(method, shop.url + path, headers=OURS)).status_code == 405
    assert (await shop.app.checkout.open(shop.secret)).goods is None


async def test_oversize_a_form_and_a_notice_that_are_too_big_are_413(shop: Shop) -> None:
    big = await shop.client.post(shop.url, content=b"a" * 5000, headers=OURS)
    notice = await shop.client.post("/webhooks/memory", content=b"a" * (2**20 + 1))
    assert (big.status_code, notice.status_code) == (413, 413)


async def test_a_notice_is_answered_by_what_came_of_it(shop: Shop) -> None:
    await shop.chosen()
    ref, signed = await shop.ref(), {"signature": "right", "content-type": "text/strange"}
    shop.gateway.agree(ref)
    assert (await shop.client.post("/webhooks/memory", content=ref)).status_code == 401
    assert (await shop.client.post("/webhooks/nobody", content=ref, headers=signed)).status_code == 404
    shop.gateway.down = True
    assert (await shop.client.post("/webhooks/memory", content=ref, headers=signed)).status_code == 503
    assert await have(shop.app) == (0, 0)
    shop.gateway.down = False
    assert (await shop.client.post("/webhooks/memory", content=ref, headers=signed)).status_code == 200
    assert await have(shop.app) == (500, 0)


async def test_the_secret_is_not_in_the_log_of_a_crash(shop: Shop) -> None:
    async def crash(secret: str) -> None:
        raise RuntimeError("no such thing")

    shop.app.checkout.open = crash  # type: ignore[method-assign, assignment]  # nothing of ours crashes on purpose
    with capture_logs() as lines:
        assert (await shop.client.get(shop.url)).status_code == 500
    assert [line["path"] for line in lines] == ["/pay/[link]"]


PATHS = st.sampled_from(["", "/go", "/return", "/status", "/again"])


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(path=PATHS, secret=st.one_of(st.none(), st.text(min_size=1, max_size=40)), body=st.binary(max_size=200),
       method=st.sampled_from(["GET", "POST", "PUT", "OPTIONS"]), hook=st.booleans())  # fmt: skip
async def test_fuzz_no_path_method_or_body_makes_it_fail(
    shop: Shop, path: str, secret: str | None, body: bytes, method: str, hook: bool
) -> None:
    target = re.sub(r"[\x00-\x20/?#%.]", "-", secret) if secret else shop.secret
    url = f"/webhooks/{target}" if hook else f"/pay/{target}{path}"
    assert (await shop.client.request(method, url, content=body, headers=OURS)).status_code < 500
