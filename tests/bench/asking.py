"""Who asks a provider the same questions: the bare SDK, or a whole Easel; and a disk, for what a commit costs.

Each takes a block of numbered questions, one after the other, and tells what each took.
"""

import asyncio
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from openai import AsyncOpenAI

from core.app import App
from core.generation.wishes import Chat
from core.observe.model import LATENCIES
from core.requests import Request
from tests.fakes import READS, app_on, meddled, working
from tests.support import ALICE, to_feed

MODEL = "gpt-6-luna"
PATIENCE_SECONDS = 60.0
"""After so long a question counts as lost, and the measurement as failed."""
PAUSE_SECONDS = 0.01
"""About as long as Easel leaves a provider alone between two questions: who is asked without a pause is quicker."""
ROW = "x" * 2_000
"""About what Easel writes at a time."""

Taken = Mapping[str, float]
"""Milliseconds by what took them; `commits` is a number."""


class Bare:
    """The SDK alone, asking what Easel's provider asks."""

    def __init__(self, name: str, client: AsyncOpenAI, system: str) -> None:
        self._name = name
        self._client = client
        self._system = system

    async def block(self, numbers: Sequence[int]) -> list[Taken]:
        return [await self._ask(number) for number in numbers]

    async def _ask(self, number: int) -> Taken:
        await asyncio.sleep(PAUSE_SECONDS)
        begun = time.perf_counter()
        stream = await self._client.chat.completions.create(
            model=MODEL, stream=True, stream_options={"include_usage": True}, max_completion_tokens=2000,
            messages=[{"role": "system", "content": self._system}, {"role": "user", "content": question(number)}],
        )  # fmt: skip
        chunks = [chunk async for chunk in stream]
        assert chunks[-1].usage
        return {self._name: since(begun)}


class Easel:
    """A core whose stores tell when something is on disk. Its worker works only while it is Easel's turn."""

    def __init__(self, name: str, app: App) -> None:
        self._name = name
        self._app = app_on(app, meddled(app.stores, after=self._note))
        self._begun = 0.0
        self._taken: dict[str, float] = {}
        self._delivered = asyncio.Event()

    async def block(self, numbers: Sequence[int]) -> list[Taken]:
        async with working(self._app):
            return [await self._ask(number) for number in numbers]

    async def _ask(self, number: int) -> Taken:
        self._taken = {"commits": 1}  # the claim, which is looked for more than once
        self._delivered.clear()
        request = Request(f"r{number}", ALICE, Chat(question(number), conversation=f"thread {number}"), to_feed())
        self._begun = time.perf_counter()
        async with asyncio.timeout(PATIENCE_SECONDS):
            await self._app.requests.submit(request)
            await self._delivered.wait()
        return {f"{self._name}, {name}": figure for name, figure in self._taken.items()} | await self._said(request.id)

    async def _note(self, verb: str) -> None:
        """Called when a verb of a store has done its work."""
        if verb not in READS and verb != "claim" and "settled" not in self._taken:
            self._taken["commits"] += 1
        if verb in {"settled", "delivered"}:
            self._taken[verb] = since(self._begun)
        if verb == "delivered":
            self._delivered.set()

    async def _said(self, request_id: str) -> dict[str, float]:
        """The request's own indicators."""
        usage = await self._app.stores.usage.get(request_id)
        assert usage is not None
        assert usage.indicators.provider_used == "openai"
        said = usage.indicators.model_dump(by_alias=True)
        return {f"{self._name}, {name}": said[name] for name in LATENCIES}


class Disk:
    """Commits that are as durable as Easel's."""

    def __init__(self, name: str, file: Path) -> None:
        self._name = name
        self._file = sqlite3.connect(file, isolation_level=None)
        self._file.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE rows (row TEXT);")

    async def block(self, numbers: Sequence[int]) -> list[Taken]:
        return [self._commit() for _ in numbers]

    def close(self) -> None:
        self._file.close()

    def _commit(self) -> Taken:
        begun = time.perf_counter()
        self._file.execute("INSERT INTO rows VALUES (?)", (ROW,))
        return {self._name: since(begun)}


def question(number: int) -> str:
    return f"Why are foxes red? This is question {number}."


def since(begun: float) -> float:
    return (time.perf_counter() - begun) * 1_000
