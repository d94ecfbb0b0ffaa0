"""Pictures on the local disk, served by the web app under /media/."""

import asyncio
import os
import re
import secrets
from pathlib import Path

from core.errors import MediaError
from core.jobs.results import Picture
from core.media.ports import MIME_BY_SUFFIX, SUFFIX_BY_MIME, Stored

_NAME = re.compile(r"[a-z2-7]{32}\.(?:png|jpg|webp)")


class LocalMedia:
    """`MediaStore` in a folder. Names are unguessable, and nothing but such a name is ever opened."""

    def __init__(self, folder: Path, base_url: str) -> None:
        self._folder = folder
        self._base_url = base_url

    async def save(self, token: str, mime: str, data: bytes, folder: str | None) -> Stored:
        if mime not in SUFFIX_BY_MIME:
            raise MediaError(f"Easel does not keep pictures of the type {mime}.")
        name = f"{token}.{SUFFIX_BY_MIME[mime]}"
        try:
            await asyncio.to_thread(self._write, self._path(name), data)
        except OSError as error:
            raise MediaError("Easel could not store the picture on its disk.") from error
        return Stored(name)

    async def read(self, name: str, url: str | None = None) -> bytes | None:
        path = self.find(name)
        if path is None:
            return None
        try:
            return await asyncio.to_thread(path.read_bytes)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MediaError("Easel could not read the picture from its disk.") from error

    async def delete(self, token: str, folder: str) -> None:
        for suffix in MIME_BY_SUFFIX:
            if _NAME.fullmatch(name := f"{token}.{suffix}"):
                try:
                    await asyncio.to_thread(self._path(name).unlink, missing_ok=True)
                except OSError as error:
                    raise MediaError("Easel could not delete the picture from its disk.") from error

    def url(self, picture: Picture) -> str:
        """Pictures that went to Cloudinary stay there, also when Easel does not use it any more."""
        return picture.url or f"{self._base_url}/media/{picture.name}"

    def preview(self, picture: Picture, width: int) -> str:
        return self.url(picture)

    async def close(self) -> None:
        """Nothing is held open."""

    def find(self, name: str) -> Path | None:
        if not _NAME.fullmatch(name):
            return None
        path = self._path(name)
        return path if path.is_file() else None

    def _path(self, name: str) -> Path:
        return self._folder / name[:2] / name

    @staticmethod
    def _write(path: Path, data: bytes) -> None:
        """Write beside the place and rename, so that no half picture is ever served or left."""
        path.parent.mkdir(parents=True, exist_ok=True)
        beside = path.with_suffix(f".{secrets.token_hex(4)}.part")
        try:
            with beside.open("wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
            _sync(path.parent)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise


def _sync(folder: Path) -> None:
    """Make a rename in this folder survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
