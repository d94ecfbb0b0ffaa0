"""Files of messages: our token is shown to Slack and to nobody else, and what cannot be read breaks nothing."""

from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import web
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.pictures import attached
from core.media.checks import MAX_BYTES
from tests.bots.slack.running import Easel
from tests.fakes.pixels import png
from tests.fakes.serving import serve


class Listener:
    """A server of somebody else, on the same host as the fake Slack. `tokens`: what it was shown."""

    def __init__(self) -> None:
        self.tokens: list[str | None] = []
        self.address = ""

    async def take(self, request: web.Request) -> web.Response:
        self.tokens.append(request.headers.get("authorization"))
        return web.Response(body=png())


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    listener, server = Listener(), web.Application()
    server.router.add_get("/cat.png", listener.take)
    runner, url = await serve(server)
    listener.address = f"{url}/cat.png"
    yield listener
    await runner.cleanup()


def client_of(easel: Easel) -> AsyncWebClient:
    return AsyncWebClient(easel.fake.team.bot_token, easel.fake.api_url, retry_handlers=[])


async def test_our_token_does_not_go_to_another_server_on_the_same_host(core: Easel, listener: Listener) -> None:
    [upload] = await attached(client_of(core), [{"id": "F1", "url_private": listener.address}])
    assert (upload.data, listener.tokens) == (b"", [])


class Endless:
    """A server that says no length and never comes to an end. `sent`: bytes so far."""

    def __init__(self) -> None:
        self.sent = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        answer.enable_chunked_encoding()
        await answer.prepare(request)
        with suppress(ConnectionError):
            while self.sent < 4 * MAX_BYTES:
                await answer.write(b"x" * 500_000)
                self.sent += 500_000
        return answer


async def test_a_file_that_is_larger_than_it_says_is_not_read_to_its_end(core: Easel) -> None:
    endless, server = Endless(), web.Application()
    server.router.add_get("/cat.png", endless.take)
    runner, url = await serve(server)
    own = f"{url}/"
    client = AsyncWebClient("xoxb-1", own, retry_handlers=[])
    [upload] = await attached(client, [{"id": "F1", "url_private": f"{own}cat.png", "size": 7}])
    await runner.cleanup()
    assert upload.data == b""
    assert endless.sent < 3 * MAX_BYTES


@pytest.mark.parametrize(
    "file",
    [
        {"id": "F1", "url_private": "https://files.slack.com/\x00"},
        {"id": "F1", "url_private": "https://[slack.com/cat.png"},
        {"id": "F1", "url_private": "https://files.slack.com:port/cat.png"},
        {"id": "F1", "url_private": "https://files.slack.com/cat.png", "size": "large"},
        {"mimetype": "image/png"},
    ],
    ids=range(5),
)
async def test_a_file_that_makes_no_sense_is_passed_on_empty(core: Easel, file: dict[str, str]) -> None:
    [upload] = await attached(client_of(core), [file])
    assert upload.data == b""
