"""Whether a request is one that Google takes, to the last field: https://ai.google.dev/api/generate-content

Unknown names are errors there, so they are here; a name that Easel never sends need not be known.
"""

import base64
import binascii
import io
import re
from collections.abc import Callable, Mapping
from typing import Any

from PIL import Image, UnidentifiedImageError

Check = Callable[[Any, str], None]

ASPECTS = frozenset({"1:1", "2:3", "3:2", "3:4", "4:3", "4:5", "5:4", "9:16", "16:9", "21:9"})
SIZES = frozenset({"1K", "2K", "4K"})
LEVELS = frozenset({"LOW", "MEDIUM", "HIGH", "MINIMAL"})
FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP"}


_UNDERSCORE = re.compile(r"_([a-z])")


class Invalid(Exception):
    """The request is not one that Google takes; the text is what it would say."""


def invalid(path: str, value: object) -> Invalid:
    return Invalid(f"Invalid value at '{path}': {str(value)[:80]!r}")


def record(fields: Mapping[str, Check], *required: str) -> Check:
    """An object with these fields and no others."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise invalid(path, value)
        for name, inner in value.items():
            if name not in fields:
                raise Invalid(f"Invalid JSON payload received. Unknown name \"{name}\" at '{path}': Cannot find field.")
            fields[name](inner, f"{path}.{name}" if path else name)
        if lacking := [name for name in required if name not in value]:
            raise Invalid(f"{path}: {lacking[0]} must be specified.")

    return check


def many(each: Check) -> Check:
    """A list that is not empty."""

    def check(value: Any, path: str) -> None:
        if not isinstance(value, list) or not value:
            raise invalid(path, value)
        for number, inner in enumerate(value):
            each(inner, f"{path}[{number}]")

    return check


def number(least: float, most: float, kind: type[int | float] = int) -> Check:
    def check(value: Any, path: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | kind) or not least <= value <= most:
            raise invalid(path, value)

    return check


def one_of(values: frozenset[Any]) -> Check:
    def check(value: Any, path: str) -> None:
        if value not in values:
            raise invalid(path, value)

    return check


def text(value: Any, path: str) -> None:
    if not isinstance(value, str) or not value:
        raise Invalid(f"Unable to submit request because it must have a text parameter: {path}.")


def picture(value: Any, path: str) -> None:
    """Bytes that are what they say."""
    record({"mimeType": one_of(frozenset(FORMATS)), "data": text}, "mimeType", "data")(value, path)
    try:
        data = base64.b64decode(value["data"], altchars=_alphabet(value["data"]), validate=True)
        with Image.open(io.BytesIO(data), formats=[FORMATS[value["mimeType"]]]) as image:
            image.load()
    except (binascii.Error, UnidentifiedImageError, OSError) as error:
        raise Invalid("Unable to process input image. Please retry or report.") from error


def _alphabet(data: str) -> bytes | None:
    """Google takes either alphabet of base64, and its SDK sends that of URLs."""
    return b"-_" if set(data) & set("-_") else None


def part(value: Any, path: str) -> None:
    record({"text": text, "inlineData": picture})(value, path)
    if len(value) != 1:
        raise Invalid(f"{path}: required oneof field 'data' must have one initialized field.")


_BOOLEAN = one_of(frozenset({True, False}))
_CONTENT = record({"role": one_of(frozenset({"user", "model"})), "parts": many(part)}, "role", "parts")
_INSTRUCTION = record({"role": one_of(frozenset({"user"})), "parts": many(record({"text": text}, "text"))}, "parts")
_IMAGE_CONFIG = record({"aspectRatio": one_of(ASPECTS), "imageSize": one_of(SIZES)})
_THINKING = record({"thinkingLevel": one_of(LEVELS), "thinkingBudget": number(-1, 65_536), "includeThoughts": _BOOLEAN})
_GENERATION = record({
    "maxOutputTokens": number(1, 65_536),
    "temperature": number(0, 2, float),
    "topP": number(0, 1, float),
    "topK": number(1, 1000, float),
    "responseModalities": many(one_of(frozenset({"TEXT", "IMAGE"}))),
    "imageConfig": _IMAGE_CONFIG,
    "thinkingConfig": _THINKING,
})  # fmt: skip
_REQUEST = record(
    {"contents": many(_CONTENT), "systemInstruction": _INSTRUCTION, "generationConfig": _GENERATION}, "contents"
)


def in_camel_case(value: Any) -> Any:
    """Each name as Google documents it. Its SDK sends some as the protocol has them inside, and both are right:
    https://protobuf.dev/programming-guides/json/
    """
    if isinstance(value, dict):
        return {
            _UNDERSCORE.sub(lambda found: found[1].upper(), key): in_camel_case(item) for key, item in value.items()
        }
    return [in_camel_case(item) for item in value] if isinstance(value, list) else value


def check_request(body: Any, *, draws: bool) -> None:
    """Raises Invalid. `draws`: whether the model makes pictures."""
    _REQUEST(body, "")
    roles = [content["role"] for content in body["contents"]]
    if roles != ["user", "model"] * (len(roles) // 2) + ["user"]:
        raise Invalid("Please ensure that multiturn requests alternate between user and model.")
    generation = body.get("generationConfig", {})
    if not draws and ("IMAGE" in generation.get("responseModalities", ()) or "imageConfig" in generation):
        raise Invalid("The requested combination of response modalities is not supported by the model.")


def check_headers(headers: Mapping[str, str]) -> None:
    """Raises Invalid."""
    seconds = headers.get("x-server-timeout", "")
    if not seconds.isdecimal() or int(seconds) < 10:
        raise Invalid(f"Manually set deadline {seconds}s is too short. Minimum allowed deadline is 10s.")
