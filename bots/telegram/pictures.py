"""Pictures as Telegram takes them: as photos if they are within its limits, else as files."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import InputMediaDocument, InputMediaPhoto, Message

from bots.replies import Reply, Shown
from bots.telegram.limits import MAX_FILE_BYTES, MAX_PHOTO_BYTES, MAX_PHOTO_RATIO, MAX_PHOTO_SIDES
from core.errors import MediaError
from core.media.checks import MAX_SIDE
from core.media.fitting import fit_for_upload
from core.media.ports import MediaStore


@dataclass(frozen=True, slots=True)
class File:
    """A picture to upload: bytes and its name there."""

    name: str
    data: bytes
    width: int
    height: int

    @property
    def fits_a_photo(self) -> bool:
        small, large = sorted((self.width, self.height))
        return (
            len(self.data) <= MAX_PHOTO_BYTES and small + large <= MAX_PHOTO_SIDES and large <= MAX_PHOTO_RATIO * small
        )

    def media(self, caption: str | None, *, photo: bool) -> InputMediaPhoto | InputMediaDocument:
        if photo:
            return InputMediaPhoto(self.data, caption, "HTML", filename=self.name)
        return InputMediaDocument(self.data, caption, "HTML", disable_content_type_detection=True, filename=self.name)


async def files_of(media: MediaStore, reply: Reply, index: int | None = None) -> list[File]:
    """The pictures of a reply, or only number `index`. Raises MediaError when one is nowhere to be read."""
    job = reply.job
    stored = {picture.name: picture for picture in (job.result.pictures if job and job.result else ())}
    wanted = [shown for shown in reply.pictures if index in (None, shown.index)]
    return [await _file(media, shown, stored[shown.name].url, job.id if job else "") for shown in wanted]


async def _file(media: MediaStore, shown: Shown, url: str | None, job: str) -> File:
    data = await media.read(shown.name, url)
    if data is None:
        raise MediaError("This picture is not there any more.")
    suffix = shown.name.rpartition(".")[2]
    width, height = shown.width, shown.height
    if len(data) > MAX_FILE_BYTES:
        fitted = await asyncio.to_thread(fit_for_upload, data, MAX_FILE_BYTES, MAX_SIDE)
        data, suffix = fitted.data, fitted.mime.removeprefix("image/")
        width, height = fitted.width, fitted.height
    return File(f"easel-{job}-{shown.index}.{suffix}", data, width, height)


def photo_ids(messages: Sequence[Message]) -> tuple[str, ...]:
    return tuple(message.photo[-1].file_id for message in messages if message.photo)
