"""Pictures at Cloudinary as well, which serves them fast, in smaller versions, and to machines that lack the file.

The local disk comes first and is enough: a picture is written there durably, then uploaded, and when Cloudinary is
down, slow, refuses or answers nonsense, it is delivered from the disk and nobody but the log notices.

Crash table of `save`: after the local write the job's next attempt writes and uploads under the same token again; an
upload whose answer was lost is replaced by it, or deleted with the job, as deleting never asks whether there was one.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import httpx

from core.cloudinary_url import CloudinaryAccount
from core.errors import MediaError
from core.jobs.results import Picture
from core.log import logger
from core.media.checks import MAX_BYTES
from core.media.cloudinary_api import TIMEOUT, TOTAL_SECONDS, CloudinaryApi, CloudinaryRefused, read_at_most
from core.media.local import LocalMedia
from core.media.ports import SUFFIX_BY_MIME, Stored

FOLDER = "easel"
DELETED = frozenset({"ok", "not found"})
UPLOADED = "/image/upload/"


class CloudinaryMedia:
    """`MediaStore` on the local disk and at Cloudinary. A picture's public id is `easel/{account}/{token}`."""

    def __init__(self, local: LocalMedia, account: CloudinaryAccount, now: Callable[[], float] = time.time) -> None:
        self._local = local
        self._account = account
        self._client = httpx.AsyncClient(timeout=TIMEOUT, follow_redirects=False)
        self._api = CloudinaryApi(account, self._client, now)

    async def save(self, token: str, mime: str, data: bytes, folder: str | None) -> Stored:
        stored = await self._local.save(token, mime, data, folder)
        if folder is None:
            return stored
        try:
            return replace(stored, url=await self._upload(token, mime, data, folder))
        except MediaError as error:
            logger().warning("picture is on the local disk only", errorName=error.code, detail=error.message)
            return stored

    async def read(self, name: str, url: str | None = None) -> bytes | None:
        data = await self._local.read(name, url)
        if data is not None or url is None or not self._account.serves(url):
            return data
        try:
            async with asyncio.timeout(TOTAL_SECONDS):
                return await self._fetch(url)
        except (httpx.HTTPError, TimeoutError) as error:
            raise MediaError("Easel could not fetch the picture from Cloudinary.") from error

    async def delete(self, token: str, folder: str) -> None:
        await self._local.delete(token, folder)
        values = {"public_id": _public_id(token, folder), "invalidate": "true"}
        answer = await self._api.call("destroy", values)
        if answer.get("result") not in DELETED:
            raise MediaError("Easel could not delete the picture at Cloudinary.")

    def find(self, name: str) -> Path | None:
        return self._local.find(name)

    def url(self, picture: Picture) -> str:
        return self._local.url(picture)

    def preview(self, picture: Picture, width: int) -> str:
        """Made by Cloudinary at the first look (https://cloudinary.com/documentation/image_transformations)."""
        return self.url(picture).replace(UPLOADED, f"{UPLOADED}f_auto,q_auto,w_{width},c_limit/", 1)

    async def close(self) -> None:
        await self._client.aclose()

    async def _upload(self, token: str, mime: str, data: bytes, folder: str) -> str:
        """The address at which the picture is served. `asset_folder` is for accounts whose ids and folders differ."""
        public_id = _public_id(token, folder)
        values = {
            "public_id": public_id,
            "asset_folder": f"{FOLDER}/{folder}",
            "overwrite": "true",
            "invalidate": "true",
        }
        answer = await self._api.call("upload", values, (f"{token}.{SUFFIX_BY_MIME[mime]}", data, mime))
        url = answer.get("secure_url")
        if not isinstance(url, str) or not self._account.serves(url) or public_id not in url:
            raise CloudinaryRefused("Cloudinary's answer names no address of this picture.")
        return url

    async def _fetch(self, url: str) -> bytes | None:
        async with self._client.stream("GET", url, headers={"accept-encoding": "identity"}) as response:
            if response.status_code == httpx.codes.NOT_FOUND:
                return None
            if response.status_code != httpx.codes.OK:
                raise MediaError(f"Cloudinary answered {response.status_code} for a picture.")
            return await read_at_most(response, MAX_BYTES)


def _public_id(token: str, folder: str) -> str:
    return f"{FOLDER}/{folder}/{token}"
