"""What the fake answers: text in pieces, and real pictures; or either of them spoilt, as a test says."""

import base64
from dataclasses import dataclass
from typing import Any, Literal

from tests.fakes.pixels import png

CREATED = 1_795_435_200
CHAT_USAGE = {
    "prompt_tokens": 120, "completion_tokens": 30, "total_tokens": 150,
    "prompt_tokens_details": {"cached_tokens": 20, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 10, "audio_tokens": 0},
}  # fmt: skip
TOKENS_OF_A_PICTURE = 272


@dataclass(frozen=True, slots=True)
class Break:
    """What happens to a stream after so many pieces of text; after its finish reason, if there are not so many.

    end: it just ends · drop: the connection is reset · hang: nothing more comes · malformed: half a chunk of JSON ·
    error: an event with `error`.
    """

    how: Literal["end", "drop", "hang", "malformed", "error"]
    after: int = 2
    error: Any = None


@dataclass(frozen=True, slots=True)
class Says:
    """An answer. `finish` None: no reason is ever given. `pause`: seconds before each piece of text."""

    text: str = "Foxes are red."
    finish: str | None = "stop"
    refusal: str = ""
    usage: Any = None
    breaks: Break | None = None
    pause: float = 0.0
    extra: tuple[Any, ...] = ()
    """Chunks that come before the text, as they are."""


@dataclass(frozen=True, slots=True)
class Draws:
    """Pictures. `data`: these bytes instead of each. `texts`: these instead of base64. `links`: addresses instead.

    `usage` None: nothing is counted.
    """

    count: int | None = None
    data: bytes | None = None
    texts: tuple[str, ...] = ()
    links: bool = False
    usage: Any = "counted"


def pieces(text: str) -> list[str]:
    """Word by word, spaces with the word that follows."""
    first, *others = text.split(" ")
    return [first, *(f" {word}" for word in others)]


def chunk(model: str, delta: dict[str, Any], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    return envelope(model, "chat.completion.chunk") | {"choices": [choice], "usage": None}


def counted(model: str, usage: Any) -> dict[str, Any]:
    """The last chunk, with the token counts and no choice."""
    return envelope(model, "chat.completion.chunk") | {"choices": [], "usage": usage}


def completion(model: str, says: Says) -> dict[str, Any]:
    """The answer in one piece."""
    message = {"role": "assistant", "content": says.text or None, "refusal": says.refusal or None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": says.finish}
    return envelope(model, "chat.completion") | {"choices": [choice], "usage": says.usage or CHAT_USAGE}


def envelope(model: str, kind: str) -> dict[str, Any]:
    return {"id": "chatcmpl-1", "object": kind, "created": CREATED, "model": f"{model}-2026-08-01",
            "service_tier": "default", "system_fingerprint": "fp_1"}  # fmt: skip


def pictures(draws: Draws, size: str, asked: int, sources: int) -> dict[str, Any]:
    """The answer of both image calls."""
    count = asked if draws.count is None else draws.count
    texts = draws.texts or tuple(_encoded(draws.data if draws.data is not None else sized(size, number))
                                 for number in range(count))  # fmt: skip
    data = [{"url": f"https://pictures.example/{number}.png"} for number in range(count)] if draws.links else [
        {"b64_json": text} for text in texts
    ]  # fmt: skip
    answer: dict[str, Any] = {"created": CREATED, "data": data, "output_format": "png", "quality": "low", "size": size}
    usage = _usage(asked, sources) if draws.usage == "counted" else draws.usage
    return answer | ({"usage": usage} if usage else {})


def sized(size: str, number: int = 0) -> bytes:
    """A picture of this size, each number another one."""
    wide, _, high = ("1024x1024" if size == "auto" else size).partition("x")
    return png(int(wide), int(high), 40 * number)


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _usage(asked: int, sources: int) -> dict[str, Any]:
    text, image, output = 15, 200 * sources, TOKENS_OF_A_PICTURE * asked
    return {
        "input_tokens": text + image, "output_tokens": output, "total_tokens": text + image + output,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens_details": {"text_tokens": 0, "image_tokens": output},
    }  # fmt: skip
