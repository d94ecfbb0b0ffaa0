"""What the page may send: its shapes, how much of it, and a sentence for each thing that cannot be read."""

import asyncio
import base64
import json
from typing import Annotated, Any, Literal, TypeVar

from fastapi import HTTPException, Request
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from bots import texts
from core.uploads import MOST_UPLOADS

BODY_LIMIT = 1_000_000
PICTURES_LIMIT = 20_000_000
"""The page makes each of four pictures smaller than 3 MB, which base64 makes a third larger."""
_CARRIES_PICTURES = b'"images"'
"""Inside a JSON text the second quote would have a backslash before it, so this is the field and nothing typed."""

T = TypeVar("T")
ClientId = Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{8,64}$")]
Text = Annotated[str, Field(max_length=BODY_LIMIT)]


def _from_base64(value: Any) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (TypeError, ValueError):
        raise PydanticCustomError("base64", "one of its pictures is not written in base64") from None


def _not_too_many(value: "tuple[SentPicture, ...]") -> "tuple[SentPicture, ...]":
    if len(value) > MOST_UPLOADS:
        facts = {"given": len(value), "most": MOST_UPLOADS}
        raise PydanticCustomError("too_many", "it has {given} pictures, and {most} are the most", facts)
    return value


class SentPicture(BaseModel):
    """A picture beside the text. What it really is, the core finds out."""

    mime: Literal["image/png", "image/jpeg", "image/webp"]
    data: Annotated[bytes, BeforeValidator(_from_base64)] = Field(alias="base64")


class Message(BaseModel):
    """What a person typed. `id` is made by the page, so that sending again is the same message."""

    id: ClientId
    text: Text
    images: Annotated[tuple[SentPicture, ...], AfterValidator(_not_too_many)] = ()


class Press(BaseModel):
    """A pressed button. `text` is what to change, for "edit"."""

    id: ClientId
    job: Annotated[str, Field(pattern=r"^[a-z2-7]{16}$")]
    action: Literal["reroll", "vary", "edit", "upscale", "cancel"]
    index: Annotated[int, Field(ge=1, le=16)] | None = None
    text: Text = ""


MESSAGE = TypeAdapter(Message)
PRESS = TypeAdapter(Press)


async def read_message(request: Request) -> Message:
    """The body as a message. Raises HTTPException with a sentence."""
    return await _parsed(await _body(request, pictures=True), MESSAGE)


async def read_press(request: Request) -> Press:
    """The body as a press. Raises HTTPException with a sentence."""
    return await _parsed(await _body(request, pictures=False), PRESS)


async def _body(request: Request, *, pictures: bool) -> bytearray:
    """No more than we are willing to hold: one megabyte, or more for what has shown by then that it has pictures."""
    body, limit = bytearray(), BODY_LIMIT
    if int(request.headers.get("content-length", 0)) > (PICTURES_LIMIT if pictures else BODY_LIMIT):
        raise HTTPException(413, texts.PICTURES_TOO_LARGE if pictures else texts.MESSAGE_TOO_LARGE)
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit and pictures and _CARRIES_PICTURES in body[:BODY_LIMIT]:
            limit, pictures = PICTURES_LIMIT, False
        if len(body) > limit:
            raise HTTPException(413, texts.MESSAGE_TOO_LARGE if limit == BODY_LIMIT else texts.PICTURES_TOO_LARGE)
    return body


async def _parsed(body: bytearray, shape: TypeAdapter[T]) -> T:
    try:
        if len(body) <= BODY_LIMIT:
            return shape.validate_python(json.loads(body))
        return await asyncio.to_thread(lambda: shape.validate_python(json.loads(body)))
    except (ValueError, RecursionError) as error:
        problem = error.errors()[0]["msg"] if isinstance(error, ValidationError) else "it is not JSON"
        raise HTTPException(400, texts.unreadable(problem)) from None
