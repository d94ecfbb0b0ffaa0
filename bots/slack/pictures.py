"""Pictures on their way to Slack, and files on their way from it."""

import asyncio
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import httpx
from slack_sdk.web.async_client import AsyncWebClient

from bots.replies import Shown
from bots.slack.refusals import Trouble, code_of
from core.errors import MediaError
from core.generation.wishes import Upload
from core.log import logger
from core.media.checks import MAX_BYTES
from core.media.ports import MediaStore
from core.uploads import MOST_UPLOADS

ALT_TEXT = 1000
"""https://docs.slack.dev/reference/methods/files.getUploadURLExternal ("alt_txt_too_large")"""
TITLE = 120
REMEMBERED = 1000
UPLOAD_TRIES = 2
DOWNLOAD_SECONDS = 20


class Gallery:
    """Brings pictures into a workspace, each once as long as this process remembers. They are shown by their ids."""

    def __init__(self, media: MediaStore) -> None:
        self._media = media
        self._known: OrderedDict[tuple[str, str], str] = OrderedDict()

    def remember(self, team: str, pictures: Sequence[Shown], files: Sequence[str]) -> None:
        """What another delivery has uploaded."""
        for shown, file in zip(pictures, files, strict=False):
            self._known[team, shown.name] = file

    async def files(
        self, client: AsyncWebClient, team: str, pictures: Sequence[Shown], *, give_up: bool
    ) -> list[str | None]:
        """Slack's ids, in order. To `give_up` means: None for what cannot be uploaded, else Trouble is raised."""
        return list(await asyncio.gather(*(self._file(client, team, shown, give_up) for shown in pictures)))

    async def _file(self, client: AsyncWebClient, team: str, shown: Shown, give_up: bool) -> str | None:
        if (known := self._known.get((team, shown.name))) is not None:
            return known
        try:
            data = await self._media.read(shown.name, shown.url)
        except MediaError:
            if not give_up:
                raise
            data = None
        if data is None:
            return None
        for left in reversed(range(UPLOAD_TRIES)):
            try:
                return self._noted(team, shown, await uploaded(client, shown.name, data, shown.alt))
            except Trouble as error:
                logger().warning("upload failed", errorName=code_of(error) or type(error).__name__, left=left)
                if code_of(error) == "missing_scope" or (give_up and not left):
                    return None
                if not left:
                    raise
        return None

    def _noted(self, team: str, shown: Shown, file: str) -> str:
        self._known[team, shown.name] = file
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return file


async def uploaded(client: AsyncWebClient, name: str, data: bytes, alt: str = "", **where: Any) -> str:
    """Upload one file; its id. Without `channel` it is nowhere until a message shows it. Raises Trouble."""
    done = await client.files_upload_v2(
        file=data, filename=name, title=alt[:TITLE] or name, alt_txt=alt[:ALT_TEXT] or None, **where
    )  # fmt: skip
    return str(done["files"][0]["id"])


async def attached(client: AsyncWebClient, files: Sequence[Mapping[str, Any]]) -> tuple[Upload, ...]:
    """The pictures among the files of a message. What cannot be read is passed on empty, and refused by the core."""
    wanted = [file for file in files if str(file.get("mimetype", "image/")).startswith("image/")][: MOST_UPLOADS + 1]
    return tuple([Upload(await _downloaded(client, file)) for file in wanted])


async def _downloaded(client: AsyncWebClient, file: Mapping[str, Any]) -> bytes:
    """Files of Slack Connect are only named; who has no right to a file gets a page of HTML, which is no picture.

    https://docs.slack.dev/reference/objects/file-object
    """
    try:
        if file.get("file_access") == "check_file_info" or not file.get("url_private"):
            file = (await client.files_info(file=str(file["id"])))["file"]
        url = str(file.get("url_private_download") or file.get("url_private"))
        if not _is_slacks(client, url) or int(file.get("size") or 0) > MAX_BYTES:
            return b""
        async with asyncio.timeout(DOWNLOAD_SECONDS), httpx.AsyncClient(timeout=DOWNLOAD_SECONDS) as web:
            return await _read(web, url, str(client.token))
    except (*Trouble, httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError) as error:
        logger().warning("file not read", errorName=code_of(error) or type(error).__name__)
        return b""


async def _read(web: httpx.AsyncClient, url: str, token: str) -> bytes:
    """Not more than a picture may have, whatever the server says its size is; nothing if it is more."""
    data = bytearray()
    async with web.stream("GET", url, headers={"Authorization": f"Bearer {token}"}) as answer:
        if not answer.is_success:
            return b""
        async for part in answer.aiter_bytes():
            data += part
            if len(data) > MAX_BYTES:
                return b""
    return bytes(data)


def _is_slacks(client: AsyncWebClient, url: str) -> bool:
    """Our token goes to Slack only: to its own hosts by https, or to the very server that SLACK_API_URL names."""
    asked, own = urlsplit(url), urlsplit(client.base_url)
    if (asked.scheme, asked.netloc) == (own.scheme, own.netloc):
        return True
    host = asked.hostname or ""
    return asked.scheme == "https" and (host == "slack.com" or host.endswith(".slack.com"))
