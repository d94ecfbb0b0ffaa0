"""Stored pictures as files that Discord takes, and files of people as uploads."""

import asyncio
from collections.abc import Iterable, Sequence

import discord

from bots.discord.markdown import shortened
from bots.discord.messages import ALT_TEXT, Enclosed, Framed
from bots.discord.refusals import Trouble
from bots.replies import Shown
from core.errors import MediaError
from core.generation.wishes import Upload
from core.log import logger
from core.media.checks import MAX_BYTES, NotAPicture
from core.media.fitting import fit_for_upload
from core.media.ports import SUFFIX_BY_MIME, MediaStore
from core.uploads import MOST_UPLOADS

REQUEST_BYTES = 24 * 2**20
"""The whole request may have 25 MiB: https://docs.discord.com/developers/reference#uploading-files"""
MOST_SIDE = 8192
DOWNLOAD_SECONDS = 20.0


async def framed(media: MediaStore, job: str, pictures: Sequence[Shown], limit: int) -> list[Framed]:
    """Pictures of a result as files of at most `limit` bytes, all together within a request.

    What cannot be read or made to fit is shown by its address.
    """
    each = min(limit, REQUEST_BYTES // max(1, len(pictures)))
    return [await _framed(media, job, shown, each) for shown in pictures]


async def _framed(media: MediaStore, job: str, shown: Shown, limit: int) -> Framed:
    if not limit:
        return Framed(shown)
    try:
        data = await media.read(shown.name, shown.url)
        if data is None:
            return Framed(shown)
        fitting = await asyncio.to_thread(fit_for_upload, data, limit, MOST_SIDE)
    except (MediaError, NotAPicture) as error:
        logger().warning("picture linked", job=job, errorName=type(error).__name__)
        return Framed(shown)
    name = f"easel-{job}-{shown.index}.{SUFFIX_BY_MIME[fitting.mime]}"
    return Framed(shown, Enclosed(name, fitting.data, shortened(shown.alt, ALT_TEXT)))


async def uploads_of(files: Iterable[discord.Attachment]) -> tuple[Upload, ...]:
    """The pictures among a person's files. What cannot be read is passed on empty, and refused by the core."""
    wanted = [file for file in files if (file.content_type or "image/").startswith("image/")][: MOST_UPLOADS + 1]
    return tuple([Upload(await _downloaded(file)) for file in wanted])


async def _downloaded(file: discord.Attachment) -> bytes:
    if file.size > MAX_BYTES:
        return b""
    try:
        async with asyncio.timeout(DOWNLOAD_SECONDS):
            return await file.read()
    except Trouble as error:
        logger().warning("file not read", errorName=type(error).__name__)
        return b""
