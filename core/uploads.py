"""Pictures that people attach: checked before anything is counted, stored before anything is held."""

import asyncio
import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

from core.catalogue import MOST_SOURCES
from core.errors import BadOption, MediaError
from core.generation.wishes import Chat, Enlarge, Imagine, Wish
from core.ids import media_token
from core.jobs.model import Job
from core.jobs.specs import Source
from core.media.checks import Checked, NotAPicture, taken_apart
from core.media.fitting import as_input
from core.media.ports import SUFFIX_BY_MIME, MediaStore

MOST_UPLOADS = MOST_SOURCES


@dataclass(frozen=True, slots=True)
class Attached:
    """A checked upload: its token in the media store, and what it will be known as.

    `longest` is the longer side of what came, in pixels, before it was made to fit.
    """

    token: str
    picture: Checked
    source: Source
    longest: int


def check_number(uploads: int) -> None:
    """Before any of them is fetched. Raises BadOption."""
    if uploads > MOST_UPLOADS:
        raise BadOption("attachments", f"may be {MOST_UPLOADS} at most; you gave {uploads}.")


class Uploads:
    """Turns uploads into sources, by `prepare`, and one at a time.

    A file of a few hundred kilobytes can take half a gigabyte of memory while it is opened, and nobody has been asked
    yet how many requests they may make.
    """

    def __init__(self, media: MediaStore, prepare: Callable[[bytes], Checked] = as_input) -> None:
        self._media = media
        self._prepare = prepare
        self._alone = asyncio.Lock()

    async def checked(self, wish: Wish) -> tuple[Attached, ...]:
        """Raises BadOption for what is no picture, or too many of them."""
        uploads = wish.uploads if isinstance(wish, Imagine | Enlarge | Chat) else ()
        check_number(len(uploads))
        return tuple([await self._checked(upload.data) for upload in uploads])

    async def keep(self, job: Job, attached: tuple[Attached, ...]) -> None:
        """Store them under the names that the job has for them: a twin of this request may have chosen those.

        Raises MediaError. An abandoned job's are deleted with it (core/jobs/settlement.py).
        """
        for token, one in zip(job.attachments, attached, strict=False):
            await self._media.save(token, one.picture.mime, one.picture.data, None)

    async def drop(self, job: Job) -> None:
        """Delete them again. What cannot be deleted now is when the abandoned job is (core/jobs/settlement.py)."""
        for token in job.attachments:
            with suppress(MediaError):
                await self._media.delete(token, job.account)

    async def _checked(self, data: bytes) -> Attached:
        try:
            async with self._alone:
                picture, longest = await asyncio.to_thread(self._opened, data)
        except NotAPicture as error:
            raise BadOption("attachment", f"cannot be used: {error.message}", "Attach a PNG, JPEG or WebP.") from None
        token = media_token()
        name = f"{token}.{SUFFIX_BY_MIME[picture.mime]}"
        hashed = hashlib.sha256(picture.data).hexdigest()
        source = Source(name=name, mime=picture.mime, hash=hashed, width=picture.width, height=picture.height)
        return Attached(token, picture, source, longest)

    def _opened(self, data: bytes) -> tuple[Checked, int]:
        picture, parts = self._prepare(data), taken_apart(data)
        return picture, max(parts.width, parts.height)
