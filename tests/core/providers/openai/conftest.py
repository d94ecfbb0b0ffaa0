"""A fake OpenAI, and somebody who calls it through our provider."""

from collections.abc import AsyncIterator

import pytest

from core.providers.openai import OpenAI
from tests.core.providers.openai.parts import Caller
from tests.fakes.openai import KEY, OpenAIFake


@pytest.fixture
async def fake() -> AsyncIterator[OpenAIFake]:
    async with OpenAIFake() as fake:
        yield fake


@pytest.fixture
async def caller(fake: OpenAIFake) -> AsyncIterator[Caller]:
    provider = OpenAI(KEY, fake.url)
    yield Caller(provider)
    await provider.close()
