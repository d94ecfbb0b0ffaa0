"""Whoever reads a body, such as a chat platform's routes, waits for it only so long."""

import asyncio
from collections.abc import AsyncIterator

import httpx
from fastapi import APIRouter, Request

from core.app import App
from tests.fakes import skip
from webhooks.app import create_web_app
from webhooks.bodies import SECONDS


def reading() -> APIRouter:
    """A route that reads by itself, as those of other packages do."""
    routes = APIRouter()

    @routes.post("/read")
    async def read(request: Request) -> int:
        return len(await request.body())

    @routes.post("/wait")
    async def wait(request: Request) -> str:
        await request.body()
        skip(SECONDS + 1)
        gone = asyncio.ensure_future(request.is_disconnected())
        return "gone" if await gone else "there"

    return routes


def client_of(app: App) -> httpx.AsyncClient:
    web = create_web_app(app, [reading()])
    return httpx.AsyncClient(transport=httpx.ASGITransport(web), base_url="http://127.0.0.1")


async def test_a_body_that_does_not_end_is_refused_on_every_route(app: App) -> None:
    begun = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        yield b"{"
        begun.set()
        await asyncio.Event().wait()

    async with client_of(app) as client:
        sending = asyncio.ensure_future(client.post("/read", content=endless()))
        await begun.wait()
        skip(SECONDS + 1)
        answer = await asyncio.wait_for(sending, 10)
    assert (answer.status_code, answer.headers["connection"]) == (408, "close")
    assert answer.json()["error"]["message"] == "This took too long to arrive. Send it again."


async def test_the_time_for_a_body_is_not_that_of_its_answer(app: App) -> None:
    async with client_of(app) as client:
        assert (await client.post("/read", content=b"x" * 1_000)).json() == 1_000
        assert (await client.post("/wait", content=b"{}")).json() == "there"
