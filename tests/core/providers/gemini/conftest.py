"""A fake Gemini and a client of it, for each test its own."""

from collections.abc import AsyncIterator

import pytest

from core.providers.gemini import Gemini
from tests.fakes.gemini import KEY, GeminiFake


@pytest.fixture
async def fake() -> AsyncIterator[GeminiFake]:
    async with GeminiFake() as fake:
        yield fake


@pytest.fixture
async def gemini(fake: GeminiFake) -> AsyncIterator[Gemini]:
    gemini = Gemini(KEY, f"{fake.url}/v1", answer_tokens=300)  # with the version said, there is none to look for
    yield gemini
    await gemini.close()
