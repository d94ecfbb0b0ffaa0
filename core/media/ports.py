"""The media port: store bytes under an unguessable name, give the address people open."""

from typing import Protocol

MIME_BY_SUFFIX = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp"}
SUFFIX_BY_MIME = {mime: suffix for suffix, mime in MIME_BY_SUFFIX.items()}


class MediaStore(Protocol):
    """Keeps pictures. Every method may raise MediaError."""

    async def save(self, token: str, mime: str, data: bytes) -> str:
        """Store a picture durably; its name. The same token again replaces it."""

    async def read(self, name: str) -> bytes | None: ...

    async def delete(self, token: str) -> None:
        """Delete whatever was stored under this token."""

    def url(self, name: str) -> str: ...
