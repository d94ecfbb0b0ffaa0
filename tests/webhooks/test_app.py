"""The web app over a real socket: an envelope around everything, ids that can be followed, and safe headers."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from fastapi import APIRouter

from bots.service import Service
from bots.web import Web, attach_playground
from core.app import App
from core.errors import StoreReadOnly
from core.settings import Settings
from tests.support import ManualClock, opened, settings_in
from webhooks.app import create_web_app

SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
}


class _Server(uvicorn.Server):
    """Leaves the signals to pytest."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@dataclass(frozen=True)
class Site:
    """An Easel that answers at `url`."""

    app: App
    url: str

    @property
    def port(self) -> int:
        return self.app.settings.port

    def client(self, **headers: str) -> httpx.AsyncClient:
        """A browser of its own, with its own cookies."""
        return httpx.AsyncClient(base_url=self.url, headers=headers, timeout=30)


@asynccontextmanager
async def site_of(
    folder: Path, routers: Sequence[APIRouter] = (), clock: ManualClock | None = None, **settings: object
) -> AsyncIterator[Site]:
    """Serve on a free port, with the playground, until left."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        async with opened(settings_in(folder, port=port, **settings), clock) as app:
            playground = attach_playground(app)
            web = create_web_app(app, [playground.router, *routers])
            server = _Server(uvicorn.Config(web, log_config=None, access_log=False, lifespan="off", ws="none"))
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            try:
                yield Site(app, f"http://127.0.0.1:{port}")
            finally:
                playground.stop()
                server.should_exit = True
                await serving


async def raw(site: Site, path: str, method: str = "GET", headers: str = "") -> tuple[int, str]:
    """A request exactly as written, which no client makes tidy first. Its status and the rest."""
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    request = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{site.port}\r\nConnection: close\r\n{headers}\r\n"
    writer.write(request.encode("latin-1"))
    answer = (await reader.read()).decode("latin-1")
    writer.close()
    await writer.wait_closed()
    return int(answer.split()[1]), answer


def troubled() -> APIRouter:
    """Routes that go wrong in each way."""
    routes = APIRouter()

    @routes.get("/crash")
    async def crash() -> None:
        raise RuntimeError("the secret of line 42")

    @routes.get("/number/{number}")
    async def number(number: int) -> int:
        return number

    @routes.get("/store")
    async def store() -> None:
        raise StoreReadOnly("/srv/easel/easel.db")

    return routes


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of(tmp_path, [troubled()]) as site:
        yield site


@pytest.fixture
async def client(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as client:
        yield client


async def test_success_comes_in_an_envelope_with_its_request_id(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers={"x-request-id": "trace-0123456789"})
    assert answer.json() == {"success": True, "data": {"status": "ok"}, "requestId": "trace-0123456789"}
    assert answer.headers["x-request-id"] == "trace-0123456789"


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "http_404"),
        ("GET", "/media/nothing", 404, "http_404"),
        ("DELETE", "/healthz", 405, "http_405"),
        ("GET", "/playground/messages", 405, "http_405"),
        ("GET", "/number/x", 422, "invalid"),
        ("GET", "/crash", 500, "internal"),
        ("GET", "/store", 503, "store_read_only"),
        ("POST", "/playground/messages", 415, "http_415"),
    ],
)
async def test_every_error_comes_in_the_same_envelope(
    client: httpx.AsyncClient, method: str, path: str, status: int, code: str
) -> None:
    answer = await client.request(method, path, headers={"x-request-id": "trace-0123456789"})
    body = answer.json()
    assert (answer.status_code, body["error"]["code"]) == (status, code)
    assert body.keys() == {"success", "error", "requestId"}
    assert body["error"].keys() == {"code", "message", "details"}
    assert body["success"] is False
    assert body["error"]["message"]
    assert body["requestId"] == answer.headers["x-request-id"] == "trace-0123456789"
    assert answer.headers.items() >= SAFE.items()


async def test_a_crash_tells_nothing_about_the_inside(client: httpx.AsyncClient) -> None:
    answer = await client.get("/crash")
    assert "secret" not in answer.text
    assert "line 42" not in answer.text
    assert answer.json()["error"]["message"] == "Something went wrong on our side. Please try again."


async def test_a_failing_database_does_not_tell_where_its_file_is(client: httpx.AsyncClient) -> None:
    assert "/srv" not in (await client.get("/store")).text


async def test_wrong_fields_are_named(client: httpx.AsyncClient) -> None:
    [detail] = (await client.get("/number/x")).json()["error"]["details"]
    assert detail["field"] == "path.number"
    assert detail["problem"]


@pytest.mark.parametrize(
    "given",
    ["short", "x" * 129, "with space inside", "new%0aline-here", "<script>alert(1)</script>", "\u00fcml\u00e4ut-id"],
)
async def test_an_insane_request_id_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers={b"x-request-id": given.encode("latin-1")})
    assert answer.json()["requestId"] == answer.headers["x-request-id"] != given
    assert len(answer.headers["x-request-id"]) == 24


async def test_each_request_without_an_id_gets_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/healthz")).headers["x-request-id"] for _ in range(5)}
    assert len(ids) == 5


@pytest.mark.parametrize("path", ["/", "/healthz", "/playground/static/app.js", "/nothing"])
async def test_every_answer_has_the_safe_headers(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get(path)
    assert answer.headers.items() >= SAFE.items()
    assert answer.headers["x-request-id"]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil", ""])
async def test_a_foreign_name_for_this_machine_is_refused(site: Site, host: str) -> None:
    """A page of evil.example whose name is rebound to 127.0.0.1 must not get an account here."""
    async with site.client(host=host) as client:
        for path in ("/", "/healthz", "/playground/commands"):
            answer = await client.get(path)
            assert answer.status_code == 400
            assert "set-cookie" not in answer.headers


async def test_the_refusal_of_a_foreign_name_comes_in_the_envelope_too(site: Site) -> None:
    async with site.client(host="evil.example") as client:
        answer = await client.get("/healthz")
    assert answer.headers.items() >= SAFE.items()
    assert answer.json()["requestId"] == answer.headers["x-request-id"]


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "[::1]:{port}"])
async def test_the_names_of_this_machine_are_served(site: Site, host: str) -> None:
    async with site.client(host=host.format(port=site.port)) as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_the_public_name_is_served_too(tmp_path: Path) -> None:
    async with (
        site_of(tmp_path, public_url="https://easel.example/x") as site,
        site.client(host="easel.example") as web,
    ):
        assert (await web.get("/healthz")).status_code == 200
        assert (await web.get("/healthz", headers={"host": "other.example"})).status_code == 400


async def test_an_easel_for_a_network_is_served_under_any_name(tmp_path: Path) -> None:
    anywhere = "0.0.0.0"  # noqa: S104  # the setting; the test's socket is on loopback
    async with site_of(tmp_path, host=anywhere) as site, site.client(host="easel.lan") as client:
        assert (await client.get("/healthz")).status_code == 200


async def test_there_are_no_pages_that_describe_the_inside(client: httpx.AsyncClient) -> None:
    for path in ("/docs", "/redoc"):
        assert (await client.get(path)).status_code == 404


async def test_a_caller_who_is_still_sending_too_much_gets_an_answer_and_no_broken_connection(site: Site) -> None:
    async with site.client(origin=site.url) as client:
        answer = await client.post(f"/pay/{'A' * 32}", content=b"a" * 10 * 2**20)
    assert answer.status_code == 413


async def test_garbage_instead_of_http_does_not_harm_the_next_caller(site: Site, client: httpx.AsyncClient) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(b"\x16\x03\x01\x02\x00\x01\x00" * 50)
    await reader.read()
    writer.close()
    await writer.wait_closed()
    assert (await client.get("/healthz")).status_code == 200


@pytest.mark.parametrize(("public", "status"), [("", 200), ("http://localhost:9", 200), ("https://easel.example", 404)])
async def test_nobody_gets_free_accounts_from_a_playground_behind_a_reverse_proxy(
    tmp_path: Path, public: str, status: int
) -> None:
    """A proxy comes from a loopback address, too, and as a rule under a loopback name."""
    async with opened(settings_in(tmp_path, public_url=public)) as app:
        web = Web(app, Service(app), ())
        with socket.create_server(("127.0.0.1", 0)) as listener:
            serving = asyncio.create_task(web.serve(listener))
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{listener.getsockname()[1]}") as client:
                assert (await client.get("/")).status_code == status
            web.stop()
            await serving


def test_the_playground_is_only_for_loopback_addresses(settings: Settings) -> None:
    assert settings.is_local
    for host in ("192.168.1.2", "easel.example", "127.0.0.1.evil.example"):
        assert not settings.model_copy(update={"host": host}).is_local
