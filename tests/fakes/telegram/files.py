"""Files that were sent, and the rules for sending and fetching them.

https://core.telegram.org/bots/api#sending-files, https://core.telegram.org/bots/api#sendphoto,
https://core.telegram.org/bots/api#getfile
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

from PIL import Image

from tests.fakes.telegram.errors import Json, bad
from tests.fakes.telegram.model import filled

MAX_PHOTO = 10 * 1024 * 1024
MAX_SIDES = 10_000
"""Width and height of a photo together."""
MAX_RATIO = 20
MAX_DOWNLOAD = 20 * 1024 * 1024
THUMBNAIL = (90, 90)


@dataclass(frozen=True)
class Stored:
    """A file on Telegram's servers. `path` is what getFile names and /file/bot<token>/ serves."""

    file_id: str
    unique: str
    path: str
    content: bytes
    name: str
    mime: str
    width: int = 0
    height: int = 0

    def json(self) -> Json:
        return {"file_id": self.file_id, "file_unique_id": self.unique, "file_size": len(self.content)}


class Files:
    """All files of this Telegram, by id."""

    def __init__(self) -> None:
        self._ids = count(1)
        self.stored: dict[str, Stored] = {}

    def known(self, file_id: str) -> Stored:
        """Raises ApiError 400 for an id that was never handed out."""
        if file_id not in self.stored:
            raise bad("wrong file identifier/HTTP URL specified")
        return self.stored[file_id]

    def at(self, path: str) -> Stored | None:
        """What may be downloaded there."""
        found = next((file for file in self.stored.values() if file.path == path), None)
        return found if found and len(found.content) <= MAX_DOWNLOAD else None

    def to_download(self, file_id: str) -> Json:
        """The answer of getFile. Raises ApiError 400 for what is unknown or over 20 MB."""
        if file_id not in self.stored:
            raise bad("wrong file_id or the file is temporarily unavailable")
        file = self.stored[file_id]
        if len(file.content) > MAX_DOWNLOAD:
            raise bad("file is too big")
        return file.json() | {"file_path": file.path}

    def document(self, content: bytes, name: str, mime: str) -> Stored:
        if not content:
            raise bad("file must be non-empty")
        return self._keep("documents", "BQAC", content, name, mime)

    def photo(self, content: bytes, name: str) -> Stored:
        """Raises ApiError 400 for what Telegram would not take as a photo."""
        if not content:
            raise bad("file must be non-empty")
        if len(content) > MAX_PHOTO:
            text = f"file of size {len(content)} bytes is too big for a photo; the maximum size is {MAX_PHOTO} bytes"
            raise bad(text)
        with picture(content) as image:
            size = image.size
            if sum(size) > MAX_SIDES or max(size) > MAX_RATIO * min(size):
                raise bad("PHOTO_INVALID_DIMENSIONS")
        return self._keep("photos", "AgAC", content, name, "image/jpeg", size)

    def sizes(self, photo: Stored) -> list[Json]:
        """A photo as messages show it: a thumbnail first, the whole last. Raises ApiError 400 for a broken one."""
        with picture(photo.content) as image:
            small = image.convert("RGB")
        small.thumbnail(THUMBNAIL)
        file = io.BytesIO()
        small.save(file, "JPEG")
        thumbnail = self._keep("photos", "AgACs", file.getvalue(), "thumbnail.jpg", "image/jpeg", small.size)
        return [size.json() | {"width": size.width, "height": size.height} for size in (thumbnail, photo)]

    def document_json(self, file: Stored) -> Json:
        return file.json() | filled(file_name=file.name, mime_type=file.mime)

    def _keep(
        self, folder: str, prefix: str, content: bytes, name: str, mime: str, size: tuple[int, int] = (0, 0)
    ) -> Stored:
        number = next(self._ids)
        ending = "jpg" if folder == "photos" else name.rpartition(".")[2] or "bin"
        file = Stored(
            f"{prefix}AgIAAxkB{number:08d}", f"AQAD{number:08d}", f"{folder}/file_{number}.{ending}", content, name,
            mime, *size,
        )  # fmt: skip
        self.stored[file.file_id] = file
        return file


@contextmanager
def picture(content: bytes) -> Iterator[Image.Image]:
    """Raises ApiError 400 for what is no picture, also when that shows only while it is decoded."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # its size is judged by the caller
            with Image.open(io.BytesIO(content)) as image:
                yield image
    except (OSError, SyntaxError, Image.DecompressionBombError):
        raise bad("IMAGE_PROCESS_FAILED") from None
