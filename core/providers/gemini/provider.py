"""Gemini behind both protocols of providers: the one place that knows all its parts."""

import asyncio
from collections.abc import Collection

from google.genai.pagers import AsyncPager
from google.genai.types import HttpOptions, ListModelsConfig, Model

from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.gemini.chat import answered
from core.providers.gemini.connection import Connection
from core.providers.gemini.images import drawn
from core.providers.gemini.outcomes import outcomes
from core.providers.ports import Answer, Call, Drawing, ProviderFailed, ProviderUnknown

MODELS_SECONDS = 30.0
PAGE_SIZE = 1000
"""The most names that one page may have: https://ai.google.dev/api/models#method:-models.list"""


class Gemini:
    """One per process, with one HTTP client; `close()` it in the end.

    `base_url`: another server that speaks the same language, with or without the version of its API in the end.
    `answer_tokens`: the most an answer may have, what the model thinks included.
    """

    name = "gemini"
    demo = False

    def __init__(self, api_key: str, base_url: str | None = None, answer_tokens: int = 2000) -> None:
        self._connection = Connection(api_key, base_url)
        self._answer_tokens = answer_tokens

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        return await drawn(self._connection, spec, call)

    async def answer(self, spec: ChatSpec, call: Call) -> Answer:
        return await answered(self._connection, spec, call, self._answer_tokens)

    async def models(self) -> list[str]:
        try:
            async with asyncio.timeout(MODELS_SECONDS):
                with outcomes("Gemini"):
                    pages = await self._connection.ask(MODELS_SECONDS, self._listed)
                    return [model.name.removeprefix("models/") async for model in pages if model.name]
        except TimeoutError:
            raise ProviderFailed("Gemini did not answer in time.") from None
        except ProviderUnknown as error:
            raise ProviderFailed(error.message) from error  # a list costs nothing, so nothing of it is in doubt

    async def lacking(self, models: Collection[str]) -> set[str]:
        return set(models) - set(await self.models())

    async def _listed(self, options: HttpOptions) -> AsyncPager[Model]:
        return await self._connection.models.list(config=ListModelsConfig(page_size=PAGE_SIZE, http_options=options))

    async def close(self) -> None:
        await self._connection.close()
