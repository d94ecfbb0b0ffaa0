"""Requests as they arrive: JSON, forms, multipart and query strings all become texts and files.

https://core.telegram.org/bots/api#making-requests
"""

import json
from collections.abc import Iterable

from aiohttp import web
from aiohttp.web_request import FileField

from tests.fakes.telegram.call import Upload
from tests.fakes.telegram.errors import ApiError, Json, bad

MAX_UPLOAD = 50 * 1024 * 1024
"""Bytes of one file. https://core.telegram.org/bots/api#sending-files"""
ENVELOPE = 1024 * 1024
"""Bytes that a request may carry beside its file."""

Body = tuple[dict[str, str], dict[str, Upload]]


async def read(request: web.Request) -> Body:
    """Texts and files by parameter. Raises ApiError 400 for what cannot be read, 413 for a file over 50 MB."""
    asked = dict(request.query)
    if request.content_type == "application/json":
        return asked | from_json(await request.text()), {}
    try:
        form = await request.post()
    except web.HTTPRequestEntityTooLarge:
        raise too_large() from None
    texts, files = split(form.items())
    return asked | texts, files


def from_json(body: str) -> dict[str, str]:
    try:
        values = json.loads(body or "{}")
    except ValueError:
        raise bad("can't parse JSON object") from None
    if not isinstance(values, dict):
        raise bad("Object expected as request body")
    return texts_of(values)


def texts_of(values: Json) -> dict[str, str]:
    """What is no text stays JSON."""
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in values.items()}


def split(fields: Iterable[tuple[str, str | bytes | bytearray | FileField]]) -> Body:
    texts: dict[str, str] = {}
    files: dict[str, Upload] = {}
    for name, value in fields:
        if isinstance(value, FileField):
            files[name] = uploaded(value)
        else:
            texts[name] = value if isinstance(value, str) else bytes(value).decode()
    return texts, files


def uploaded(field: FileField) -> Upload:
    with field.file as file:
        content = file.read()
    if len(content) > MAX_UPLOAD:
        raise too_large()
    return Upload(field.filename, content, field.content_type)


def too_large() -> ApiError:
    return ApiError(413, "Request Entity Too Large")
