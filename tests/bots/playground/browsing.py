"""A browser's calls to the playground, over a real socket."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx

COOKIE = "easel_playground"
PATIENCE_SECONDS = 30
Event = dict[str, Any]


async def send(client: httpx.AsyncClient, text: str, message_id: str = "message-1") -> httpx.Response:
    return await client.post("/playground/messages", json={"id": message_id, "text": text})


async def press(client: httpx.AsyncClient, job: str, action: str, **more: object) -> httpx.Response:
    return await client.post("/playground/actions", json={"id": "action-1", "job": job, "action": action, **more})


async def events(client: httpx.AsyncClient, until: Callable[[Event], bool], after: object = None) -> list[Event]:
    """What the live stream brings, up to the first event that fits. Each has its `name` and `eventId` with it."""
    headers = {"last-event-id": str(after)} if after is not None else {}
    got: list[Event] = []
    async with asyncio.timeout(PATIENCE_SECONDS), client.stream("GET", "/playground/events", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        fields: dict[str, str] = {}
        async for line in answer.aiter_lines():
            name, _, value = line.partition(": ")
            if line and name:
                fields[name] = value
            elif "data" in fields:
                got.append({**json.loads(fields["data"]), "name": fields["event"], "eventId": fields.get("id")})
                fields = {}
                if until(got[-1]):
                    return got
    raise AssertionError("the stream ended")


def is_result(event: Event) -> bool:
    return event.get("kind") in ("result", "error")


def messages(got: list[Event]) -> list[Event]:
    return [event for event in got if event["name"] == "message"]


async def result_of(client: httpx.AsyncClient, text: str = "/imagine a red fox") -> Event:
    await send(client, text)
    return (await events(client, is_result))[-1]
