"""The media port: store bytes under an unguessable name, give the address people open."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.jobs.results import Picture

MIME_BY_SUFFIX = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
SUFFIX_BY_MIME = {mime: suffix for suffix, mime in MIME_BY_SUFFIX.items()}


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored picture's name, and where it is on the web, when that is not this Easel."""

    name: str
    url: str | None = None


class MediaStore(Protocol):
    """Keeps pictures, each in the folder of an account. What waits may raise MediaError."""

    async def save(self, token: str, mime: str, data: bytes, folder: str | None) -> Stored:
        """Store a picture durably. The same token again replaces it. Without a folder it never leaves this machine."""

    async def read(self, name: str, url: str | None = None) -> bytes | None:
        """A stored picture, from this machine or else from its address; None when it is nowhere."""

    async def delete(self, token: str, folder: str) -> None:
        """Delete whatever was stored under this token, wherever. It may be gone already."""

    def find(self, name: str) -> Path | None:
        """The picture's file on this machine, or None, also for any name that is not one of ours."""

    def url(self, picture: Picture) -> str:
        """Where people open it."""

    def preview(self, picture: Picture, width: int) -> str:
        """Where a version is that is at most so many pixels wide, or the picture itself where there is none."""

    async def close(self) -> None: ...
