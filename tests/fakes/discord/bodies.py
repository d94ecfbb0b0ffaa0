"""Bodies of requests as a bot sends them: JSON, or multipart with `payload_json` and `files[n]`.

https://docs.discord.com/developers/reference#uploading-files
"""

import json
import re
from dataclasses import dataclass, field
from typing import Any

from aiohttp import BodyPartReader, web

from tests.fakes.discord.errors import INVALID_BODY, INVALID_JSON, DiscordError, Fault

FILE_FIELD = re.compile(r"files\[(\d+)\]")


@dataclass(frozen=True)
class Upload:
    """A file: sent by a bot, or by a person as an option of a command."""

    filename: str
    data: bytes
    content_type: str | None = None


@dataclass(frozen=True)
class Body:
    """`value` is the decoded JSON, None when there was no body. `size` is in bytes, with files."""

    value: Any = None
    uploads: dict[int, Upload] = field(default_factory=dict)
    size: int = 0


async def decode(request: web.Request) -> Body:
    """Raises DiscordError 50109 for broken JSON, 50035 for any other form."""
    if not request.body_exists:
        return Body()
    if request.content_type == "multipart/form-data":
        return await _multipart(request)
    raw = await request.read()
    if not raw:
        return Body()
    if request.content_type != "application/json":
        message = f'Expected "Content-Type" header to be one of application/json, not {request.content_type}.'
        raise DiscordError(INVALID_BODY, [Fault((), "CONTENT_TYPE_INVALID", message)])
    return Body(_parsed(raw), size=len(raw))


async def _multipart(request: web.Request) -> Body:
    value: Any = None
    uploads: dict[int, Upload] = {}
    size = 0
    async for part in await request.multipart():
        if not isinstance(part, BodyPartReader):
            raise DiscordError(INVALID_BODY, [Fault((), "MULTIPART_NESTED", "Parts may not be nested.")])
        data = bytes(await part.read())
        size += len(data)
        if part.name == "payload_json":
            value = _parsed(data)
        else:
            uploads[_number(part.name)] = Upload(part.filename or "file", data, part.headers.get("Content-Type"))
    return Body(value if value is not None else {}, uploads, size)


def _number(name: str | None) -> int:
    match = FILE_FIELD.fullmatch(name or "")
    if match is None:
        raise DiscordError(INVALID_BODY, [Fault((str(name),), "FIELD_UNKNOWN", "Files are named files[n].")])
    return int(match[1])


def _parsed(raw: bytes) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        raise DiscordError(INVALID_JSON) from None
