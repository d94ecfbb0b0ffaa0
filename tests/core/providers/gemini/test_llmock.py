"""A judge that is not ours: llmock speaks Gemini's language, breaks things, and says how the client took it."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from llmock.pytest_plugin import LLMock

from core.providers.gemini import Gemini
from core.providers.ports import ProviderFailed, ProviderFatal, ProviderUnknown
from tests.core.providers.gemini.orders import chat, trouble


@pytest.fixture
async def mocked(llmock: LLMock) -> AsyncIterator[Gemini]:
    gemini = Gemini("any", llmock.base_url("gemini") + "/v1beta")
    yield gemini
    await gemini.close()


async def test_it_is_understood(llmock: LLMock, mocked: Gemini) -> None:
    llmock.reply("Because.")
    assert (await chat(mocked)).text == "Because."
    assert "gemini-2.5-pro" in await mocked.models()


async def test_it_is_found_without_its_version(llmock: LLMock) -> None:
    gemini = Gemini("any", llmock.base_url("gemini"))
    assert (await chat(gemini)).text
    assert (await chat(gemini)).text
    await gemini.close()
    assert [request.path.split("/")[2] for request in llmock.requests][-2:] == ["v1beta", "v1beta"]
    llmock.assert_resilient()


@pytest.mark.parametrize("fault", ["truncate", "disconnect", "corrupt"])
async def test_a_broken_stream_is_never_taken_for_an_answer(llmock: LLMock, mocked: Gemini, fault: str) -> None:
    getattr(llmock, fault)()
    error = await trouble(chat(mocked))
    assert type(error) is ProviderFailed
    assert error.bill.billed
    await chat(mocked)  # as the chain may
    llmock.assert_resilient()


async def test_the_wait_that_it_asks_for_is_told(llmock: LLMock, mocked: Gemini) -> None:
    llmock.rate_limit(retry_after=0.2)
    error = await trouble(chat(mocked))
    assert error.retry_after == pytest.approx(0.2)
    await asyncio.sleep(error.retry_after or 0)
    await chat(mocked)
    llmock.assert_resilient(strict=True)


async def test_what_cannot_succeed_is_told_apart(llmock: LLMock, mocked: Gemini) -> None:
    for status in (400, 401, 403):
        llmock.fail(status)
        assert isinstance(await trouble(chat(mocked, str(status))), ProviderFatal)
    llmock.stall(seconds=1)
    assert type(await trouble(chat(mocked, "stalls", seconds=0.2))) is ProviderUnknown
    llmock.assert_resilient()
