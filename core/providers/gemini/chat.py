"""Answers, word by word. Only a stream that said how it ended is an answer."""

import asyncio
from collections.abc import AsyncIterator

from google.genai.types import FinishReason, GenerateContentResponse, HttpOptions

from core.jobs.attempts import Tokens
from core.jobs.specs import ChatSpec
from core.providers.gemini.asking import chat_config, conversation
from core.providers.gemini.connection import Connection
from core.providers.gemini.outcomes import outcomes
from core.providers.gemini.reading import bad_end, finish_of, is_blocked, parts_of, refusal, served_by, tokens_of
from core.providers.ports import (
    NOTHING_BILLED,
    Answer,
    Bill,
    Call,
    ProviderError,
    ProviderFailed,
    ProviderUnknown,
)

LINGER_SECONDS = 1.0
"""For how long the counts of tokens may follow an end that was already told."""


Chunks = AsyncIterator[GenerateContentResponse]


class Heard:
    """What a stream has brought so far. `name` is how people know the model."""

    def __init__(self, name: str) -> None:
        self.text = ""
        self._name = name
        self._begun = False
        self._blocked = False
        self._finish: FinishReason | None = None
        self._tokens: Tokens | None = None
        self._served: str | None = None

    @property
    def is_over(self) -> bool:
        return self._blocked or self._finish is not None

    @property
    def bill(self) -> Bill:
        return Bill(billed=True, tokens=self._tokens) if self._begun else NOTHING_BILLED

    def take(self, chunk: GenerateContentResponse) -> None:
        self._begun = True
        self._blocked = self._blocked or is_blocked(chunk)
        self._finish = finish_of(chunk) or self._finish
        self._tokens = tokens_of(chunk) or self._tokens
        self._served = served_by(chunk) or self._served
        self.text += "".join(part.text or "" for part in parts_of(chunk))

    def answer(self) -> Answer:
        """Raises ProviderError when this is none."""
        if self._blocked:
            raise refusal(self._name, Bill(billed=self._tokens is not None, tokens=self._tokens))
        if self._finish is None:
            raise ProviderFailed(f"The answer of {self._name} was cut off.", self.bill)
        if trouble := bad_end(self._finish, self._name, self.bill):
            raise trouble
        if not self.text.strip():
            raise ProviderFailed(f"{self._name} said nothing.", self.bill)
        return Answer(self.text, self._tokens, self._served)

    def broken(self, error: ProviderError) -> ProviderError:
        """What an error means for a stream that may have begun: begun, it is cut and dead, and what it cost is owed."""
        if not self._begun:
            return error
        if isinstance(error, ProviderUnknown):
            return ProviderFailed(f"The answer of {self._name} was cut off.", self.bill)
        return type(error)(error.message, self.bill, error.retry_after)


async def answered(connection: Connection, spec: ChatSpec, call: Call, answer_tokens: int) -> Answer:
    """Raises ProviderError."""
    heard = Heard(call.model.name)
    try:
        async with asyncio.timeout(call.seconds) as deadline:
            async for chunk in _chunks(connection, spec, call, answer_tokens):
                before = heard.text
                heard.take(chunk)
                if heard.text != before:
                    call.say(heard.text)
                if heard.is_over:
                    _end_soon(deadline)
    except TimeoutError:
        if not heard.is_over:
            raise ProviderUnknown(f"{call.model.name} did not answer in time.") from None
    except ProviderError as error:
        if not heard.is_over:
            raise heard.broken(error) from error
    return heard.answer()


async def _chunks(connection: Connection, spec: ChatSpec, call: Call, answer_tokens: int) -> Chunks:
    """Raises ProviderError."""
    contents, config = conversation(spec, call), chat_config(spec, call, answer_tokens)

    async def begin(options: HttpOptions) -> tuple[Chunks, GenerateContentResponse | None]:
        stream = await connection.models.generate_content_stream(
            model=call.model.id, contents=contents, config=config.model_copy(update={"http_options": options})
        )
        return stream, await anext(stream, None)  # the request is made when the first chunk is waited for

    with outcomes(call.model.name):
        stream, chunk = await connection.ask(call.seconds, begin)
    while chunk is not None:
        yield chunk
        with outcomes(call.model.name):
            chunk = await anext(stream, None)


def _end_soon(deadline: asyncio.Timeout) -> None:
    soon = asyncio.get_running_loop().time() + LINGER_SECONDS
    if not deadline.expired() and soon < (deadline.when() or soon):
        deadline.reschedule(soon)
