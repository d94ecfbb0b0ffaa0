"""/metrics on the web app with a token, and on a port of its own without."""

import asyncio
import socket
from pathlib import Path

import httpx
import pytest

from bots.metrics import MetricsServer
from bots.serve import bind
from core.errors import ConfigError
from core.payments.ports import Forged, GatewayError
from core.tasks import stopped
from tests.webhooks.test_app import site_of

TOKEN = "a-token-for-prometheus"


async def test_the_page_wants_its_token(tmp_path: Path) -> None:
    async with site_of(tmp_path, metrics_token=TOKEN) as site, site.client() as client:
        for given in ("", "Bearer wrong", TOKEN, "Bearer é"):
            answer = await client.get("/metrics", headers={b"authorization": given.encode()})
            assert answer.status_code == 401
            assert answer.headers["www-authenticate"] == "Bearer"
            assert "easel_" not in answer.text
        answer = await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert 'easel_jobs{state="queued"} 0.0' in answer.text


async def test_without_a_token_there_is_no_page(tmp_path: Path) -> None:
    async with site_of(tmp_path, metrics_port=9) as site, site.client() as client:
        assert (await client.get("/metrics", headers={"authorization": "Bearer x"})).status_code == 404


async def test_a_port_of_its_own_needs_none(tmp_path: Path) -> None:
    async def page() -> bytes:
        return b"easel_jobs 1\n"

    listener = bind("127.0.0.1", 0)
    serving = asyncio.create_task(MetricsServer(page).serve(listener))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
        answer = await client.get("/metrics")
        assert (answer.status_code, answer.text) == (200, "easel_jobs 1\n")
        assert (await client.get("/")).status_code == 404
        assert (await client.post("/metrics")).status_code == 404
    await stopped({serving})


def test_a_taken_port_names_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=rf"METRICS_PORT: {port} on .* set another: METRICS_PORT="):
            bind("127.0.0.1", port, "METRICS_")


class Noticing:
    """A gateway to which nothing ever happens but what is to be raised."""

    name = "stripe"

    def __init__(self) -> None:
        self.trouble: Exception = Forged("not signed")

    async def notice(self, headers: object, body: bytes) -> None:
        raise self.trouble


async def test_notices_are_counted_by_what_became_of_them(tmp_path: Path) -> None:
    async with site_of(tmp_path, metrics_token=TOKEN) as site, site.client() as client:
        gateway = Noticing()
        site.app.checkout.gateways["stripe"] = gateway  # type: ignore[index]  # as if it were configured
        assert (await client.post("/webhooks/stripe", content=b"{}")).status_code == 401
        gateway.trouble = GatewayError("away")
        assert (await client.post("/webhooks/stripe", content=b"{}")).status_code >= 500
        text = (await client.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})).text
    assert 'easel_webhooks_total{gateway="stripe",outcome="forged"} 1.0' in text
    assert 'easel_webhooks_total{gateway="stripe",outcome="failed"} 1.0' in text
    assert 'outcome="ok"' not in text
