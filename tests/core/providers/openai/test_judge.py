"""An independent judge watches our chain and provider at work on a server that breaks: llmock, as its own process."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from openai import AsyncOpenAI

from core.catalogue import Catalogue
from core.errors import GenerationFailed
from core.generation.chain import Chain
from core.generation.health import Health
from core.generation.prices import Prices
from core.generation.trail import Trail
from core.jobs.attempts import Attempt
from core.jobs.slots import Slots
from core.jobs.specs import ChatSpec
from core.providers.openai import OpenAI
from core.providers.ports import Answer, Call, ChatProvider
from tests.core.jobs.test_settlement import a_job
from tests.core.providers.openai.parts import LUNA, PAINTER
from tests.fakes import MemorySlots
from tests.servers import free_port, wait_for_port
from tests.support import ManualClock

LLMOCK = (sys.executable, "-m", "llmock.cli")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    port = free_port()
    process = subprocess.Popen(
        [*LLMOCK, "serve", "--port", str(port), "--log-level", "error"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_port(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def llmock(server: str) -> str:
    """The server's address, with nothing scripted or seen yet."""
    httpx.post(f"{server}/_llmock/reset").raise_for_status()
    return server


def script(server: str, **behaviour: object) -> None:
    httpx.post(f"{server}/_llmock/scenario", json={"behaviors": [behaviour]}).raise_for_status()


def report(server: str) -> tuple[int, dict[str, Any]]:
    """The exit code of `llmock report`, and its verdict."""
    done = subprocess.run(
        [*LLMOCK, "report", "--url", server, "--strict", "--json"],
        capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip
    return done.returncode, json.loads(done.stdout)


def verdict(server: str) -> dict[str, Any]:
    """The same without starting a program."""
    found: dict[str, Any] = httpx.get(f"{server}/_llmock/verdict").json()
    return found


@asynccontextmanager
async def asking(server: str) -> AsyncIterator[OpenAI]:
    provider = OpenAI("sk-test", f"{server}/v1")
    yield provider
    await provider.close()


async def chained(provider: OpenAI, clock: ManualClock, prompt: str) -> list[str | None]:
    """Ask one question through a chain of its own. The outcomes of all attempts."""
    models = tuple(model.model_copy(update={"default": True}) for model in (LUNA, PAINTER))
    catalogue = Catalogue(models=models)
    job = a_job(spec=ChatSpec(prompt=prompt, model="luna"))
    trail = Trail((), nothing_recorded, clock)
    chain = Chain(catalogue, Slots(MemorySlots(), {}, clock), Health(), Prices(), clock)

    async def ask(provider: ChatProvider, call: Call) -> Answer:
        assert isinstance(job.spec, ChatSpec)
        return await provider.answer(job.spec, call)

    chats: dict[str, ChatProvider] = {"openai": provider}
    await chain.run(job, chats, trail, lambda model, seconds: Call(model, seconds, lambda done: None), ask, 30.0)
    return [attempt.outcome for attempt in trail.attempts]


async def nothing_recorded(attempts: Sequence[Attempt]) -> None:
    """The trail is looked at afterwards."""


async def test_the_judge_finds_nothing_to_object_to(llmock: str, clock: ManualClock) -> None:
    async with asking(llmock) as provider:
        assert await chained(provider, clock, "no fault") == ["done"]
        for number, fault in enumerate((
            {"type": "fail", "status": 429, "retry_after": 0.6},
            {"type": "fail", "status": 503, "retry_after": 0.4},
            {"type": "fail", "status": 500},
            {"type": "stream_fault", "kind": "truncate", "after_chunks": 0},
            {"type": "stream_fault", "kind": "truncate", "after_chunks": 2},
            {"type": "stream_fault", "kind": "disconnect", "after_chunks": 2},
        )):  # fmt: skip
            script(llmock, **fault)
            assert await chained(provider, clock, f"fault {number}") == ["retryable", "done"], fault
    code, found = report(llmock)
    assert (code, found["findings"]) == (0, [])
    assert (found["calls"], found["attempts"], found["faults_injected"]) == (7, 13, 6)


async def test_a_chunk_that_cannot_be_read_makes_us_ask_again(llmock: str, clock: ManualClock) -> None:
    """On its own: when the server has sent everything before we hang up, the judge warns that we might have read on."""
    script(llmock, type="stream_fault", kind="malformed", after_chunks=2)
    async with asking(llmock) as provider:
        assert await chained(provider, clock, "malformed") == ["retryable", "done"]
    assert verdict(llmock)["errors"] == 0


@pytest.mark.parametrize("status", [400, 401, 404])
async def test_what_no_retry_can_mend_is_not_asked_again(llmock: str, clock: ManualClock, status: int) -> None:
    script(llmock, type="fail", status=status)
    async with asking(llmock) as provider:
        with pytest.raises(GenerationFailed):
            await chained(provider, clock, "mend me")
    found = verdict(llmock)
    assert (found["attempts"], found["findings"]) == (1, [])


async def test_a_wait_that_is_too_long_is_not_waited_for_nor_cut_short(llmock: str, clock: ManualClock) -> None:
    script(llmock, type="fail", status=429, retry_after=60)
    async with asking(llmock) as provider:
        with pytest.raises(GenerationFailed, match="luna is overloaded"):
            await chained(provider, clock, "wait for me")
    found = verdict(llmock)
    assert (found["attempts"], found["errors"]) == (1, 0)


async def test_the_judge_does_object_to_a_client_that_takes_half_an_answer(llmock: str) -> None:
    """The SDK alone: so the verdicts above mean something."""
    script(llmock, type="stream_fault", kind="truncate", after_chunks=2)
    client = AsyncOpenAI(api_key="sk-test", base_url=f"{llmock}/v1", max_retries=0)
    stream = await client.chat.completions.create(
        model="gpt-6-luna", messages=[{"role": "user", "content": "half"}], stream=True
    )
    async for _ in stream:
        pass
    await client.close()
    code, found = report(llmock)
    assert (code, [finding["code"] for finding in found["findings"]]) == (1, ["truncated_stream_accepted"])
