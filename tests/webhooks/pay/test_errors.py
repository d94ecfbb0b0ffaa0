"""What goes wrong on a page of buying is a page: what happened, what to do, a way back, and nothing kept by caches."""

import re
from pathlib import Path

import httpx
import pytest

from core.errors import StoreBusy
from tests.support import ManualClock, opened, settings_in
from tests.webhooks.pay.test_pay import OURS, SMALL, UNKNOWN, Shop, shop
from webhooks.app import create_web_app
from webhooks.pay.guard import TRIES

__all__ = ["shop"]
ACTION = re.compile(r"Open |Ask |Wait |Send |Go back|Try again|Look again|look at your order again|Choose ")


def is_a_page(answer: httpx.Response) -> None:
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.text.count("<h1>") == answer.text.count("<main>") == 1
    assert 'role="alert"' in answer.text
    assert ACTION.search(answer.text), answer.text
    assert "<a " in answer.text


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [("GET", f"/pay/{UNKNOWN}", {}, 404), ("GET", "/pay/short", {}, 404), ("GET", "/pay/a/b/c/d", {}, 404),
     ("POST", "/pay/{own}", {}, 403), ("DELETE", "/pay/{own}", {}, 405), ("GET", "/pay/{own}/again", {}, 405),
     ("POST", "/pay/{own}/again", {}, 403), ("GET", "/pay/{own}/", {}, 404)],
)  # fmt: skip
async def test_an_error_is_a_page_with_a_way_back(
    shop: Shop, method: str, path: str, headers: dict[str, str], status: int
) -> None:
    answer = await shop.client.request(method, path.format(own=shop.secret), headers=headers)
    assert answer.status_code == status
    is_a_page(answer)


async def test_what_is_not_for_sale_leads_back_to_the_choice(shop: Shop) -> None:
    answer = await shop.chosen(item="pack:gone")
    assert answer.status_code == 404
    is_a_page(answer)
    assert f'href="{shop.url}"' in answer.text


async def test_a_form_that_is_too_big_or_is_none_leads_back_to_the_order(shop: Shop) -> None:
    for content, status in ((b"a" * 5000, 413), (b"item=%FF&\xff", 400), (b"&".join([b"a=b"] * 9), 400)):
        answer = await shop.client.post(shop.url, content=content, headers=OURS)
        assert answer.status_code == status
        is_a_page(answer)
        assert f'href="{shop.url}"' in answer.text


async def test_too_many_tries_say_when_to_come_again(shop: Shop) -> None:
    for _ in range(TRIES + 1):
        answer = await shop.client.get(f"/pay/{UNKNOWN}")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "60")
    is_a_page(answer)


async def test_a_gateway_that_is_down_is_a_page_and_nothing_is_charged(shop: Shop) -> None:
    shop.gateway.down = True
    answer = await shop.chosen()
    assert answer.status_code == 503
    is_a_page(answer)
    shop.gateway.down = False
    assert (await shop.chosen()).status_code == 303


@pytest.mark.parametrize("error", [RuntimeError("line 42"), StoreBusy("/srv/easel.db")])
async def test_a_crash_is_a_page_that_tells_nothing_of_the_inside(shop: Shop, error: Exception) -> None:
    async def crash(secret: str) -> None:
        raise error

    shop.app.checkout.open = crash  # type: ignore[method-assign, assignment]  # nothing of ours crashes on purpose
    answer = await shop.client.get(shop.url)
    assert answer.status_code in (500, 503)
    is_a_page(answer)
    assert "line 42" not in answer.text
    assert "/srv" not in answer.text
    assert "not lost" in answer.text


async def test_the_script_that_waits_reads_json_even_then_and_caches_keep_none_of_it(shop: Shop) -> None:
    answer = await shop.client.get(f"/pay/{UNKNOWN}/status")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert answer.headers["cache-control"] == "no-store"


async def test_the_pretended_provider_has_pages_for_errors_too(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, demo_checkout=True)
    async with opened(settings, ManualClock()) as app:
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            for answer in (await client.get("/demo-pay/unknown"), await client.post("/demo-pay/unknown/pay")):
                assert answer.status_code >= 400
                is_a_page(answer)


async def test_where_there_is_no_playground_the_chat_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, public_url="https://easel.example", host="0.0.0.0")  # noqa: S104  # a setting
    async with opened(settings, ManualClock()) as app:
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url="https://easel.example") as client:
            answer = await client.get(f"/pay/{UNKNOWN}")
    assert "go back to the chat" in answer.text
    assert 'href="/"' not in answer.text


async def test_a_form_of_this_page_is_still_taken(shop: Shop) -> None:
    assert (await shop.client.post(shop.url, data=SMALL, headers=OURS)).status_code == 303
