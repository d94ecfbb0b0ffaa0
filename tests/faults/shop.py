"""A shop whose processes are killed: the door that its calls of the gateway go through, and what is done in it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Self

import aiohttp
from aiohttp import web
from pymongo import MongoClient

from tests.fakes.serving import serve
from tests.faults.buyer import Step

ROOT = Path(__file__).parents[2]


class MongoBooks:
    """All that is in a database of MongoDB's protocol, to go back to."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._client: MongoClient[dict[str, Any]] = MongoClient(url)
        self._database = self._client.get_default_database()

    def close(self) -> None:
        self._client.close()

    def save(self) -> dict[str, list[dict[str, Any]]]:
        return {name: [*self._database[name].find()] for name in self._database.list_collection_names()}

    def load(self, kept: dict[str, list[dict[str, Any]]]) -> None:
        if not kept:
            self._client.drop_database(self._database.name)
        for name, documents in self.save().items():
            if documents != kept.get(name, []):
                self._database[name].delete_many({})
                if kept.get(name):
                    self._database[name].insert_many(kept[name])


class Victims:
    """The server of `tests.faults.buyer`. `pid`: the process that lives just now."""

    def __init__(self, into: IO[str], out: IO[str]) -> None:
        self.pid = 0
        self._into = into
        self._out = out

    async def take(self, step: Step) -> "Life":
        return await asyncio.to_thread(self._take, step)

    def _take(self, step: Step) -> "Life":
        self._into.write(step.as_line() + "\n")
        self._into.flush()
        known: dict[str, object] = {}
        while "exit" not in known:
            line = self._out.readline()
            assert line, "the server of victims has ended"
            known |= json.loads(line)
            self.pid = int(str(known["pid"]))
        return Life(int(str(known["exit"])), int(str(known.get("edges", 0))), str(known.get("said", "")))


@dataclass(frozen=True)
class Life:
    """How a process ended: 0 well, -9 killed. How many edges of the store it passed, and what it said."""

    exit: int
    edges: int
    said: str


@contextmanager
def victims() -> Iterator[Victims]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.buyer"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Victims(process.stdin, process.stdout)
    finally:
        process.stdin.close()
        process.wait()
        process.stdout.close()


class Door:
    """What Easel takes for its gateway. Kills who calls at an edge: before a call has reached it, or before its answer.

    `killed_at` as in `Step`; `edges` counts them.
    """

    def __init__(self, gateway: str, victims: Victims) -> None:
        self._gateway = gateway
        self._victims = victims
        self.killed_at = self.edges = 0

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._through)
        self._client = aiohttp.ClientSession(auto_decompress=False)
        self._runner, self.url = await serve(app)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()
        await self._client.close()

    async def take(self, step: Step, killed_at: int = 0) -> Life:
        self.killed_at, self.edges = killed_at, 0
        return await self._victims.take(step)

    async def _through(self, request: web.Request) -> web.Response:
        if self._is_fatal():
            return web.Response()
        headers = {name: value for name, value in request.headers.items() if name.lower() not in ("host", "connection")}
        async with self._client.request(
            request.method, self._gateway + request.path_qs, data=await request.read(), headers=headers
        ) as answer:
            body, kind = await answer.read(), answer.content_type
        self._is_fatal()
        return web.Response(status=answer.status, body=body, content_type=kind)

    def _is_fatal(self) -> bool:
        self.edges += 1
        if self.edges == self.killed_at:
            os.kill(self._victims.pid, signal.SIGKILL)
        return self.edges == self.killed_at
