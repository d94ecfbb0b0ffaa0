"""What OpenAI accepts: each field is known and checked, or the call is rejected in OpenAI's own words."""

import base64
import io
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from PIL import Image

MIMES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
DATA_URL = re.compile(r"data:(image/(?:png|jpeg|webp));base64,([A-Za-z0-9+/=]+)")
ROLES = ("system", "developer", "user", "assistant")

Check = Callable[[Any], bool]


class Rejected(Exception):
    """A call that OpenAI would not take."""

    def __init__(self, message: str, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "type": "invalid_request_error", "param": param, "code": code}


@dataclass(frozen=True, slots=True)
class Upload:
    """One file of a form."""

    field: str
    name: str
    mime: str
    data: bytes


def is_text(value: Any, most: int = 32_000) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= most


def is_identifier(value: Any) -> bool:
    return is_text(value, most=64)


def is_between(least: int, most: int) -> Check:
    return lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most


def one_of(*values: str) -> Check:
    return lambda value: value in values


def is_size(value: Any) -> bool:
    """Sides in steps of 16 pixels, no flatter than 3:1."""
    found = re.fullmatch(r"(\d+)x(\d+)", value) if isinstance(value, str) else None
    if found is None:
        return bool(value == "auto")
    wide, high = int(found[1]), int(found[2])
    return wide % 16 == high % 16 == 0 and wide <= 3 * high and high <= 3 * wide


def is_picture(data: bytes, mime: str) -> bool:
    """Whether it really is what it is called."""
    with Image.open(io.BytesIO(data)) as picture:
        return MIMES.get(str(picture.format)) == mime


def are_messages(value: Any) -> bool:
    return isinstance(value, list) and bool(value) and all(_is_message(one) for one in value)


def _is_message(value: Any) -> bool:
    if set(value) != {"role", "content"} or value["role"] not in ROLES:
        return False
    if isinstance(value["content"], str):
        return True
    return value["role"] == "user" and all(_is_part(part) for part in value["content"])


def _is_part(part: Any) -> bool:
    if part.get("type") == "text":
        return set(part) == {"type", "text"} and is_text(part["text"])
    found = DATA_URL.fullmatch(part["image_url"]["url"])
    return (
        set(part) == {"type", "image_url"} and part["type"] == "image_url" and set(part["image_url"]) == {"url"}
        and found is not None and is_picture(base64.b64decode(found[2]), found[1])
    )  # fmt: skip


CHAT: Mapping[str, Check] = {
    "model": is_text,
    "messages": are_messages,
    "stream": lambda value: isinstance(value, bool),
    "stream_options": lambda value: isinstance(value, dict) and set(value) <= {"include_usage"},
    "max_completion_tokens": is_between(1, 128_000),
    "safety_identifier": is_identifier,
    "reasoning_effort": one_of("none", "minimal", "low", "medium", "high", "xhigh"),
    "temperature": lambda value: isinstance(value, int | float) and 0 <= value <= 2,
}
GENERATE: Mapping[str, Check] = {
    "model": is_text,
    "prompt": is_text,
    "n": is_between(1, 10),
    "size": is_size,
    "quality": one_of("low", "medium", "high", "xhigh", "max", "auto"),
    "background": one_of("transparent", "opaque", "auto"),
    "output_format": one_of("png", "webp", "jpeg"),
    "moderation": one_of("low", "auto"),
    "safety_identifier": is_identifier,
}
EDIT: Mapping[str, Check] = {name: check for name, check in GENERATE.items() if name != "moderation"}


def check(fields: Mapping[str, Any], known: Mapping[str, Check], needed: tuple[str, ...]) -> None:
    """Raises Rejected at the first field that is unknown, missing or wrong."""
    for name in needed:
        if name not in fields:
            raise Rejected(f"Missing required parameter: '{name}'.", name, "missing_required_parameter")
    for name, value in fields.items():
        if name == "max_tokens" and name not in known:
            raise Rejected(
                "Unsupported parameter: 'max_tokens' is not supported with this model. "
                "Use 'max_completion_tokens' instead.", name, "unsupported_parameter",
            )  # fmt: skip
        if name not in known:
            raise Rejected(f"Unknown parameter: '{name}'.", name, "unknown_parameter")
        if not known[name](value):
            raise Rejected(f"Invalid value for '{name}'.", name, "invalid_value")
    if "stream_options" in fields and not fields.get("stream"):
        raise Rejected("The 'stream_options' parameter is only allowed when 'stream' is enabled.", "stream_options")


def check_uploads(uploads: list[Upload]) -> None:
    """One file as `image` or several as `image[]`, each really what it says. Raises Rejected."""
    names = {upload.field for upload in uploads}
    if names != ({"image"} if len(uploads) == 1 else {"image[]"}) or len(uploads) > 16:
        raise Rejected("Missing required parameter: 'image'.", "image", "missing_required_parameter")
    for upload in uploads:
        if not is_picture(upload.data, upload.mime) or upload.name.rpartition(".")[2] != upload.mime.split("/")[1]:
            raise Rejected("Invalid image file or mode.", "image", "invalid_image_file")
