"""Whatever is sent to the pages of buying and to the gateways' letter boxes, the answer is ours and no failure."""

from pathlib import Path

import httpx
import pytest

from tests.core.payments.buying import link
from tests.support import ManualClock, opened, settings_in
from tests.webhooks.pay.test_pay import OURS, Shop, shop
from tests.webhooks.schema import is_ours, never_fails
from webhooks.app import create_web_app

__all__ = ["shop"]
EXAMPLES = 8


async def test_no_request_makes_a_page_of_buying_fail(shop: Shop) -> None:
    web, known = create_web_app(shop.app), {"secret": [shop.secret], "name": ["pay.css"]}
    assert await never_fails(web, under="/pay", known=known, headers=OURS, examples=EXAMPLES) == 8


async def test_no_notice_makes_the_letter_box_fail(shop: Shop) -> None:
    web, headers = create_web_app(shop.app), {"signature": "right"}
    assert await never_fails(web, under="/webhooks", known={"gateway": ["memory"]}, headers=headers) == 1


async def test_no_request_makes_the_demo_checkout_fail(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path, demo_checkout=True), ManualClock()) as app:
        order = await app.checkout.choose(await link(app), "pack", "small", "demo")
        known = {"ref": [order.ref or ""], "action": ["pay", "later", "refund", "dispute", "win", "cancel", "renew"]}
        assert await never_fails(create_web_app(app), under="/demo-pay", known=known, headers=OURS) == 2


async def test_no_request_makes_health_fail(shop: Shop) -> None:
    assert await never_fails(create_web_app(shop.app), under="/healthz", examples=3) == 1


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [(500, "text/html", "<!doctype html><h1>x</h1>"), (200, "application/json", "{}"), (200, "text/html", "<p>hello"),
     (200, "text/plain", "hello"), (503, "application/json", '{"success": false, "error": 1, "requestId": "x"}')],
)  # fmt: skip
def test_an_answer_that_is_not_ours_is_told_from_one_that_is(status: int, kind: str, text: str) -> None:
    headers = {"content-type": kind, "x-request-id": "x"}
    assert not is_ours(httpx.Response(status, text=text, headers=headers))
    assert is_ours(httpx.Response(404, text='{"success": false, "error": 1, "requestId": "x"}',
                                  headers=headers | {"content-type": "application/json"}))  # fmt: skip
