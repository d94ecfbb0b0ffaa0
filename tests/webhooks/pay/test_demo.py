"""The demo gateway: a whole purchase without money, on this machine only."""

from pathlib import Path
from typing import cast

import httpx
import pytest

from core.payments.demo import DemoGateway, demo_gateway_allowed
from tests.core.payments.buying import added, have, link
from tests.support import ManualClock, opened, settings_in
from webhooks.app import create_web_app

OURS = {"sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("changes", "configured", "allowed"),
    [({}, (), True), ({"public_url": "http://localhost:9"}, (), True), ({}, ("paypal",), False),
     ({"demo_checkout": False}, (), False),
     ({"host": "192.0.2.1"}, (), False), ({"public_url": "https://easel.example.org"}, (), False),
     ({"host": "192.0.2.1", "public_url": "http://localhost:9"}, (), False)],
)  # fmt: skip
def test_it_is_allowed_on_this_machine_and_beside_no_real_gateway(
    tmp_path: Path, changes: dict[str, object], configured: tuple[str, ...], allowed: bool
) -> None:
    asked = {"demo_checkout": True} | changes
    assert demo_gateway_allowed(settings_in(tmp_path, **asked), configured) is allowed


@pytest.mark.parametrize(
    ("presses", "credits"),
    [(["pay"], 500), (["pay", "pay"], 500), (["later"], 0), (["later", "pay"], 500), (["cancel"], 0),
     (["cancel", "pay"], 0), (["pay", "refund"], 0), (["pay", "dispute"], 0), (["pay", "dispute", "win"], 500),
     (["win", "refund", "dispute"], 0)],
)  # fmt: skip
async def test_what_is_pressed_there_is_what_the_books_say(tmp_path: Path, presses: list[str], credits: int) -> None:
    async with opened(settings_in(tmp_path), ManualClock()) as app:
        added(app, DemoGateway(app.stores.settings, app.clock, app.settings.base_url))
        secret = await link(app)
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=app.settings.base_url) as client:
            form = {"item": "pack:small", "way": "demo"}
            await client.post(f"/pay/{secret}", data=form, headers=OURS)
            url = (await app.checkout.open(secret)).url or ""
            assert "Demo: no real money" in (await client.get(url)).text
            assert (await client.post(f"{url}/pay")).status_code == 403
            for press in presses:
                assert (await client.post(f"{url}/{press}", headers=OURS)).status_code == 303
                await app.checkout.returned(secret)
        assert await have(app) == (credits, 0)


@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "https://evil.example"}, {"origin": "null"}, {"sec-fetch-site": "none"},
     {"sec-fetch-site": "cross-site", "origin": "http://127.0.0.1:8000"}, {"sec-fetch-site": "same-site"}],
)  # fmt: skip
async def test_csrf_no_other_site_presses_a_button_there(tmp_path: Path, headers: dict[str, str]) -> None:
    settings = settings_in(tmp_path, demo_checkout=True)
    async with opened(settings, ManualClock()) as app:
        order = await app.checkout.choose(await link(app), "pack", "small", "demo")
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            for press in ("pay", "later", "cancel", "refund"):
                assert (await client.post(f"/demo-pay/{order.ref}/{press}", headers=headers)).status_code == 403
        assert (await cast(DemoGateway, app.checkout.gateways["demo"]).sale(order.ref or "")).paid_at == []


async def test_what_happens_there_is_known_here_without_anybody_coming_back(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, demo_checkout=True)
    async with opened(settings, ManualClock()) as app:
        order = await app.checkout.choose(await link(app), "pack", "small", "demo")
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url, headers=OURS) as client:
            for press, credits in (("pay", 500), ("refund", 0)):
                assert (await client.post(f"/demo-pay/{order.ref}/{press}")).status_code == 303
                assert await have(app) == (credits, 0)


async def test_forgery_nobody_else_sends_notices_of_the_demo_checkout(tmp_path: Path) -> None:
    async with opened(settings_in(tmp_path, demo_checkout=True), ManualClock()) as app:
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=app.settings.base_url) as client:
            for headers in ({}, {"demo-signature": ""}, {"demo-signature": "0" * 32}):
                assert (await client.post("/webhooks/demo", content=b"x", headers=headers)).status_code == 401


async def test_who_has_a_plan_reads_when_it_is_paid_again_and_how_to_stop_it(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, demo_checkout=True)
    async with opened(settings, ManualClock()) as app:
        secret = await link(app)
        order = await app.checkout.choose(secret, "plan", "club", "demo")
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url, headers=OURS) as client:
            await client.post(f"/demo-pay/{order.ref}/pay")
            page = (await client.get(f"/pay/{secret}/return")).text
            assert "<dt>Next payment</dt><dd>2026-12-23 12:00 UTC</dd>" in page
            assert "/unsubscribe" in page
            await app.checkout.stop(await app.checkout.open(secret))
            page = (await client.get(f"/pay/{secret}")).text
            assert "<dt>Ends</dt><dd>2026-12-23 12:00 UTC</dd>" in page
            assert "/unsubscribe" not in page


@pytest.mark.parametrize(
    ("press", "words"),
    [("later", "The demo checkout has not completed the payment yet. This may take a while"),
     ("cancel", "Reason: The order was cancelled at the demo checkout.</p>")],
)  # fmt: skip
async def test_reasons_are_shown_as_sentences(tmp_path: Path, press: str, words: str) -> None:
    settings = settings_in(tmp_path, demo_checkout=True)
    async with opened(settings, ManualClock()) as app:
        secret = await link(app)
        order = await app.checkout.choose(secret, "pack", "small", "demo")
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url, headers=OURS) as client:
            await client.post(f"/demo-pay/{order.ref}/{press}")
            assert words in (await client.get(f"/pay/{secret}/return")).text
