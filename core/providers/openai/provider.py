"""Chat and pictures through the openai SDK, with its own retries off: the chain is the only one who asks again."""

import asyncio
import json
from collections.abc import Collection
from typing import Any

from openai import AsyncOpenAI, AsyncStream, DefaultAsyncHttpx2Client, Timeout
from openai.types import ImagesResponse
from openai.types.chat import ChatCompletionChunk

from core.jobs.specs import ChatSpec, ImageSpec
from core.providers.openai import images
from core.providers.openai.bounds import bound
from core.providers.openai.chat import Said, messages, silence
from core.providers.openai.dialect import Dialect, Fields
from core.providers.openai.errors import TROUBLES, meaning
from core.providers.ports import (
    Answer,
    Call,
    Drawing,
    ProviderCannot,
    ProviderError,
    ProviderFailed,
    ProviderUnknown,
)

BASE_URL = "https://api.openai.com/v1"
NO_KEY = "none"
"""Self-hosted servers want no key, but the SDK does."""
CONNECT_SECONDS = 5.0
LIST_SECONDS = 15.0
LINGER_SECONDS = 2.0
"""How long the token counts may come after an answer's end, before it is taken without them."""


class OpenAI:
    """Image and chat provider. `answer_tokens`: the most that an answer may have, its reasoning included."""

    name = "openai"
    demo = False

    def __init__(self, api_key: str, base_url: str | None = None, answer_tokens: int = 2000) -> None:
        timeout = _timeout(LIST_SECONDS)
        self._client = AsyncOpenAI(
            api_key=api_key or NO_KEY,
            base_url=base_url or BASE_URL,
            max_retries=0,
            timeout=timeout,
            http_client=DefaultAsyncHttpx2Client(timeout=timeout, event_hooks={"response": [bound]}),
        )
        self._dialect = Dialect()
        self._answer_tokens = answer_tokens

    async def answer(self, spec: ChatSpec, call: Call) -> Answer:
        """See ChatProvider. An answer with a finish reason is whole, even if the stream then breaks off."""
        said, content_type = Said(), ""
        try:
            async with asyncio.timeout(call.seconds) as deadline, await self._stream(spec, call) as stream:
                content_type = stream.response.headers.get("content-type", "")
                async for chunk in stream:
                    if said.take(chunk):
                        call.say(said.text)
                    if said.finish:
                        _hasten(deadline)
        except TROUBLES as error:
            if said.finish is None:
                raise meaning(error, call.model.name, said.bill) from error
        if not said.begun:
            raise silence(call.model.name, content_type)
        return said.answer(call.model.name)

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        """See ImageProvider. A variation is an edit that asks for one; there is no enlarging."""
        if spec.operation == "upscale":
            raise ProviderCannot(f"{call.model.name} cannot enlarge pictures.")
        try:
            async with asyncio.timeout(call.seconds):
                answer = await self._drawn(spec, call)
        except TROUBLES as error:
            raise meaning(error, call.model.name) from error
        return await asyncio.to_thread(images.drawing, answer, call.model.name, call.model.id)

    async def models(self) -> list[str]:
        """The ids of GET /models. Raises ProviderError."""
        try:
            async with asyncio.timeout(LIST_SECONDS):
                listed = await self._client.models.with_raw_response.list()
                return _ids(json.loads(listed.text))
        except TROUBLES as error:
            raise _free(meaning(error, "OpenAI's list of models")) from error

    async def lacking(self, models: Collection[str]) -> set[str]:
        """See ChatProvider."""
        return set(models) - set(await self.models())

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    async def _stream(self, spec: ChatSpec, call: Call) -> AsyncStream[ChatCompletionChunk]:
        async def send(fields: Fields) -> AsyncStream[ChatCompletionChunk]:
            return await self._client.chat.completions.create(
                model=call.model.id, messages=messages(spec, call.sources), stream=True,
                extra_body={**fields, **call.model.inputs}, timeout=_timeout(call.seconds),
            )  # fmt: skip

        wishes: dict[str, object] = {"stream_options": {"include_usage": True}}
        if "max_tokens" not in call.model.inputs:
            wishes["max_completion_tokens"] = self._answer_tokens
        return await self._dialect.sent(send, wishes | _named(call))

    async def _drawn(self, spec: ImageSpec, call: Call) -> ImagesResponse:
        async def send(fields: Fields) -> ImagesResponse:
            extra = {**fields, **call.model.inputs}
            prompt, size = images.words(spec), images.size(*call.model.size(spec.aspect))
            timeout = _timeout(call.seconds)
            if spec.operation == "draw":
                return await self._client.images.generate(
                    model=call.model.id, prompt=prompt, n=spec.count, size=size, extra_body=extra, timeout=timeout
                )
            return await self._client.images.edit(
                image=images.files(call.sources),
                model=call.model.id, prompt=prompt, n=spec.count, size=size, extra_body=extra, timeout=timeout,
            )  # fmt: skip

        return await self._dialect.sent(send, {"output_format": "png"} | _named(call))


def _named(call: Call) -> dict[str, object]:
    return {"safety_identifier": call.safety_id} if call.safety_id else {}


def _timeout(seconds: float) -> Timeout:
    """The SDK's timeouts are for each read, so a deadline stands around every call as well."""
    return Timeout(seconds, connect=min(seconds, CONNECT_SECONDS))


def _hasten(deadline: asyncio.Timeout) -> None:
    soon = asyncio.get_running_loop().time() + LINGER_SECONDS
    if not deadline.expired():
        deadline.reschedule(min(soon, deadline.when() or soon))


def _ids(listed: Any) -> list[str]:
    """The SDK itself stumbles over a list that is none."""
    models = listed.get("data") if isinstance(listed, dict) else None
    if not isinstance(models, list):
        raise ProviderFailed("OpenAI's list of models cannot be read.")
    return [model["id"] for model in models if isinstance(model, dict) and isinstance(model.get("id"), str)]


def _free(error: ProviderError) -> ProviderError:
    """A list costs nothing, so a lost one is no mystery."""
    return ProviderFailed(error.message) if isinstance(error, ProviderUnknown) else error
