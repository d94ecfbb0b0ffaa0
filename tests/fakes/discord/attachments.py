"""Files of messages, and where this fake's own content network serves them."""

import io
import mimetypes
from dataclasses import dataclass
from urllib.parse import quote

from PIL import Image, UnidentifiedImageError

from tests.fakes.discord.bodies import Upload
from tests.fakes.discord.errors import Json

CDN_PATH = "/attachments"
PROXY_PATH = "/proxy/attachments"


@dataclass(eq=False)
class Attachment:
    """One file with what is said about it. `embedded`: an embed shows it, so it is not listed beside the message."""

    id: str
    channel: str
    filename: str
    content_type: str
    data: bytes
    description: str | None = None
    ephemeral: bool = False
    embedded: bool = False

    @property
    def place(self) -> str:
        return f"/{self.channel}/{self.id}/{quote(self.filename)}"

    @property
    def dimensions(self) -> tuple[int, int] | None:
        """Width and height in pixels, None if it is no picture."""
        try:
            with Image.open(io.BytesIO(self.data)) as picture:
                return picture.size
        except (UnidentifiedImageError, OSError):
            return None

    def media(self, base: str) -> Json:
        """It, as a gallery or an embed shows it."""
        width, height = self.dimensions or (0, 0)
        return {"url": base + CDN_PATH + self.place, "proxy_url": base + PROXY_PATH + self.place,
                "width": width, "height": height, "content_type": self.content_type}  # fmt: skip

    def payload(self, base: str) -> Json:
        """It, as a message lists it."""
        answer: Json = {
            "id": self.id, "filename": self.filename, "size": len(self.data), "content_type": self.content_type,
            "url": base + CDN_PATH + self.place, "proxy_url": base + PROXY_PATH + self.place,
        }  # fmt: skip
        if size := self.dimensions:
            answer |= {"width": size[0], "height": size[1]}
        if self.description is not None:
            answer["description"] = self.description
        return answer | ({"ephemeral": True} if self.ephemeral else {})


def attached(upload: Upload, id: str, channel: str, described: Json | None = None) -> Attachment:
    """A file that has arrived, with what its entry in `attachments` says."""
    said = described or {}
    filename = str(said.get("filename") or upload.filename)
    kind = mimetypes.guess_type(filename)[0] or upload.content_type or "application/octet-stream"
    return Attachment(id, channel, filename, kind, upload.data, said.get("description"))
