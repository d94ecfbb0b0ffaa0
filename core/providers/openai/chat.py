"""A question as chat messages, and a stream of chunks as an answer.

Chunks come as the server sent them, unchecked: a self-hosted one may leave out or invent anything.
"""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

from openai.types.chat import (
    ChatCompletionAssistantMessageParam,
    ChatCompletionChunk,
    ChatCompletionContentPartParam,
    ChatCompletionMessageParam,
    ChatCompletionSystemMessageParam,
    ChatCompletionUserMessageParam,
)

from core.jobs.attempts import Tokens
from core.jobs.specs import ChatSpec
from core.providers.openai.errors import refused
from core.providers.openai.usage import chat_tokens
from core.providers.ports import Answer, Bill, Image, ProviderError, ProviderFailed, ProviderUnknown

WHOLE = ("stop", "length")
"""The finish reasons of an answer that can be shown."""


def messages(spec: ChatSpec, sources: Sequence[Image]) -> list[ChatCompletionMessageParam]:
    """The persona, what was said before, and the question."""
    said: list[ChatCompletionMessageParam] = []
    if spec.system:
        said.append(ChatCompletionSystemMessageParam(role="system", content=spec.system))
    for turn in spec.history:
        said.append(ChatCompletionUserMessageParam(role="user", content=turn.question))
        said.append(ChatCompletionAssistantMessageParam(role="assistant", content=turn.answer))
    said.append(ChatCompletionUserMessageParam(role="user", content=_content(spec.prompt, sources)))
    return said


def _content(prompt: str, sources: Sequence[Image]) -> str | list[ChatCompletionContentPartParam]:
    """Plain text where that is enough, as small servers take nothing else."""
    if not sources:
        return prompt
    return [{"type": "text", "text": prompt}, *(_part(source) for source in sources)]


def _part(source: Image) -> ChatCompletionContentPartParam:
    data = base64.b64encode(source.data).decode()
    return {"type": "image_url", "image_url": {"url": f"data:{source.mime};base64,{data}"}}


@dataclass(slots=True)
class Said:
    """What a stream has said so far. `finish` is why it ended, once it has."""

    text: str = ""
    refusal: str = ""
    finish: str | None = None
    served: str | None = None
    tokens: Tokens | None = None
    begun: bool = False

    def take(self, chunk: ChatCompletionChunk) -> bool:
        """Whether there is more text now."""
        before = len(self.text)
        self.begun = True
        self.served = _text(chunk, "model") or self.served
        self.tokens = chat_tokens(getattr(chunk, "usage", None)) or self.tokens
        for choice in getattr(chunk, "choices", None) or ():
            delta = getattr(choice, "delta", None)
            self.text += _text(delta, "content")
            self.refusal += _text(delta, "refusal")
            self.finish = getattr(choice, "finish_reason", None) or self.finish
        return len(self.text) > before

    @property
    def bill(self) -> Bill | None:
        """What it has cost so far; None when nothing has come."""
        return Bill(billed=True, tokens=self.tokens) if self.begun else None

    def answer(self, model: str) -> Answer:
        """The whole answer. Raises ProviderRefused or ProviderFailed."""
        bill = Bill(billed=True, tokens=self.tokens)
        if self.refusal or self.finish == "content_filter":
            raise refused(model, bill)
        if self.finish is None:
            raise ProviderFailed(f"{model} broke off in the middle of its answer.", bill)
        if self.finish not in WHOLE:
            raise ProviderFailed(f"{model} did not answer in words.", bill)
        if not self.text.strip():
            raise ProviderFailed(f"{model} gave an empty answer.", bill)
        return Answer(self.text, self.tokens, self.served)


def silence(model: str, content_type: str) -> ProviderError:
    """What it means that a stream had not one chunk: the SDK finds none in a web page, or in JSON, either."""
    if "html" in content_type:
        return ProviderFailed(f"{model} answered with a web page.")
    if content_type.startswith("text/event-stream"):
        return ProviderFailed(f"{model} gave no answer.", Bill(billed=True))
    return ProviderUnknown(f"{model} gave an answer that cannot be read.")


def _text(part: object, field: str) -> str:
    text = getattr(part, field, None)
    return text if isinstance(text, str) else ""
