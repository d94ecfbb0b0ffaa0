"""An order as arguments of OpenAI's image API, and its answer as pictures."""

import base64
import binascii
from collections.abc import Sequence

from openai.types import Image as Sent
from openai.types import ImagesResponse

from core.jobs.specs import ImageSpec
from core.providers.openai.usage import image_tokens
from core.providers.ports import (
    Bill,
    Drawing,
    Drawn,
    Image,
    ProviderCannot,
    ProviderFailed,
    ProviderUnknown,
)

VARY = "Draw a variation of this picture: the same subject and style, with another composition and other details."
"""What asks for a variation: the API's own call for them went with its last model."""

File = tuple[str, bytes, str]


def size(width: int, height: int) -> str:
    return f"{width}x{height}"


def words(spec: ImageSpec) -> str:
    """The prompt to send."""
    return f"{VARY} {spec.prompt}".strip() if spec.operation == "vary" else spec.prompt


def files(sources: Sequence[Image]) -> File | list[File]:
    """Sources as uploads. A single one goes without brackets in its field's name: small servers know no other."""
    named = [
        (f"picture-{number}.{source.mime.rpartition('/')[2]}", source.data, source.mime)
        for number, source in enumerate(sources, 1)
    ]
    return named[0] if len(named) == 1 else named


def drawing(answer: object, model: str, served: str) -> Drawing:
    """The pictures that came; the SDK hands out a text instead when the server sent no JSON.

    Raises ProviderFailed when there is no picture, ProviderFatal when there are only links, ProviderUnknown when nobody
    can tell.
    """
    if isinstance(answer, str) and answer.lstrip().startswith("<"):
        raise ProviderFailed(f"{model} answered with a web page.")
    if not isinstance(answer, ImagesResponse):
        raise ProviderUnknown(f"{model} gave an answer that cannot be read.")
    tokens = image_tokens(answer.usage)
    sent = [one for one in _listed(answer.data) if isinstance(one, Sent)]
    pictures = tuple(Drawn(data) for one in sent if (data := _decoded(one.b64_json)))
    if not pictures and any(one.url for one in sent):
        raise ProviderCannot(f"{model} sends links instead of pictures.", Bill(billed=True, tokens=tokens))
    if not pictures:
        raise ProviderFailed(f"{model} drew nothing.", Bill(billed=True, tokens=tokens))
    return Drawing(pictures, tokens, served, billed=len(sent))


def _listed(data: object) -> list[object]:
    return data if isinstance(data, list) else []


def _decoded(text: object) -> bytes:
    """Nothing when this is not base64; what the bytes are is checked by the caller."""
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
