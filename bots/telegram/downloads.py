"""Pictures that people send: which file a message carries, and fetching it."""

import asyncio
from dataclasses import dataclass

from telegram import Message
from telegram.error import TelegramError

from bots.telegram import sentences
from bots.telegram.client import Client
from bots.telegram.limits import MAX_DOWNLOAD_BYTES
from bots.telegram.refusals import is_outage, says
from core.errors import BadOption, MediaError
from core.generation.wishes import Upload

PICTURES = frozenset({"image/png", "image/jpeg", "image/webp"})
PAUSES = (0.3, 1.0, 3.0)
"""Seconds between tries to fetch a picture while Telegram does not answer; its request waits for it meanwhile."""
SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")


@dataclass(frozen=True, slots=True)
class Sent:
    """A file at Telegram: a photo, or a picture sent as a file."""

    file_id: str
    size: int


def picture_in(message: Message | None) -> Sent | None:
    """The picture that this message carries. A photo comes in several sizes, the largest last."""
    if message is None:
        return None
    if message.photo:
        return Sent(message.photo[-1].file_id, message.photo[-1].file_size or 0)
    document = message.document
    if document is None:
        return None
    named = (document.file_name or "").lower().endswith(SUFFIXES)
    if document.mime_type in PICTURES or named:
        return Sent(document.file_id, document.file_size or 0)
    return None


def is_unreadable(message: Message | None) -> bool:
    """Whether it carries something, and no picture: words about that would be taken for something else."""
    return message is not None and message.effective_attachment is not None and picture_in(message) is None


async def fetched(client: Client, sent: Sent) -> Upload:
    """Raises BadOption for a file that bots may not fetch, MediaError when Telegram fails."""
    if sent.size > MAX_DOWNLOAD_BYTES:
        raise _too_large(sent.size)
    for pause in (*PAUSES, None):
        try:
            file = await client.get_file(sent.file_id)
            return Upload(bytes(await file.download_as_bytearray()))
        except TelegramError as error:
            if says(error, ("file is too big",)):
                raise _too_large(sent.size) from None
            if pause is None or not is_outage(error):
                raise MediaError(sentences.PICTURE_NOT_FETCHED) from error
            await asyncio.sleep(pause)
    raise AssertionError("the last round returns or raises")


def _too_large(size: int) -> BadOption:
    return BadOption("attachment", sentences.file_too_large(size, MAX_DOWNLOAD_BYTES), sentences.SMALLER_FILE)
