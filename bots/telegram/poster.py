"""Show a whole reply at a place: in the placeholder that waits there, else in new messages.

What Telegram can do once only comes last, so that a repetition after a failure repeats as little as possible: an edit
done twice is one message, a new message is not. What this process has sent of a delivery it does not send again. A
delivery that is given up while Telegram still works on a message does not take that back: the message goes on being
sent, and the next try waits for it instead of sending another.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import replace
from functools import partial
from typing import Any

from telegram.error import TelegramError

from bots.replies import Reply
from bots.telegram import keyboards, sentences, wording
from bots.telegram.html import pages
from bots.telegram.pictures import File, files_of
from bots.telegram.places import Place, Posted
from bots.telegram.refusals import NO_PHOTO, says
from bots.telegram.sender import Sender
from core.errors import MediaError
from core.media.ports import MediaStore
from core.tasks import stopped

REMEMBERED = 10_000
Key = tuple[str, int, int]
"""Of a delivery the job, the chat, and the part."""
Post = Callable[[], Coroutine[Any, Any, Posted]]
PATIENCE = 2.0
"""Seconds that what can be done without may wait for its turn."""


class Poster:
    """Turns replies into messages, in any process. Everything raises TelegramError."""

    def __init__(self, sender: Sender, media: MediaStore) -> None:
        self._sender = sender
        self._media = media
        self._sent: OrderedDict[Key, Posted] = OrderedDict()
        self._posting: dict[Key, asyncio.Task[Posted]] = {}

    async def show(self, place: Place, reply: Reply, patience: float | None = None, *, once: str = "") -> Posted:
        """The whole reply. `once` names a delivery: what is not an edit is sent once for it, by this process."""
        if place.inline is not None:
            return await self._inline(place, place.inline, reply, once)
        if not reply.pictures:
            return await self._pages(place, reply, patience, once)
        try:
            files = await files_of(self._media, reply)
        except MediaError:
            links = "\n".join([sentences.PICTURES_GONE, *(shown.url for shown in reply.pictures)])
            return await self._pages(place, replace(reply, text=links, pictures=()), patience, once)
        photo = all(file.fits_a_photo for file in files)
        try:
            return await self._pictures(place, reply, files, patience, once, photo=photo)
        except TelegramError as error:
            if not (photo and says(error, NO_PHOTO)):
                raise
        return await self._pictures(place, reply, files, patience, once, photo=False)

    async def close(self) -> None:
        """After this nothing is being sent any more."""
        await stopped(list(self._posting.values()))

    async def edit(self, place: Place, words: str) -> None:
        """Other words of our own where a result was waited for, without buttons."""
        await self._sender.edit(place, pages(words)[0], None, PATIENCE)

    async def files(self, place: Place, reply: Reply) -> None:
        """The pictures of a result as files, in full quality. Raises MediaError too."""
        for file in await files_of(self._media, reply):
            await self._sender.picture(place, file, "", photo=False)

    async def _pages(self, place: Place, reply: Reply, patience: float | None, once: str) -> Posted:
        first, at = None, place
        *before, last = wording.messages(reply)
        for number, page in enumerate([*before, last]):
            buttons = keyboards.below(reply) if number == len(before) else None
            posted = await self._once(once, at, number, partial(self._sender.text, at, page, buttons, patience))
            first, at = first or posted, replace(place, message=None)
        for number, file in enumerate(reply.attachments, len(before) + 1):
            await self._once(once, at, number, partial(self._sender.attachment, at, file))
        return first or Posted(place.chat, 0)

    async def _pictures(
        self, place: Place, reply: Reply, files: list[File], patience: float | None, once: str, *, photo: bool
    ) -> Posted:
        caption, rest = wording.caption(reply)
        buttons, send, new = keyboards.below(reply), self._sender, replace(place, message=None)
        if len(files) == 1:
            single = partial(send.picture, place, files[0], caption, buttons, patience, photo=photo)
            posted = await self._once(once, place, 0, single)
        else:
            posted = await self._once(once, place, 0, partial(send.text, place, caption, buttons, patience))
        for number, page in enumerate(rest, 2):
            await self._once(once, new, number, partial(send.text, new, page, None, patience))
        if len(files) == 1:
            return posted
        album = await self._once(once, new, 1, partial(send.album, new, files, patience, photo=photo))
        return replace(posted, photos=album.photos)

    async def _inline(self, place: Place, inline: str, reply: Reply, once: str) -> Posted:
        """Such a message takes only pictures that Telegram knows, so the person gets them in private first."""
        if not reply.pictures:
            await self._sender.edit(place, wording.messages(reply)[0])
            return Posted(place.chat, 0)
        posted = await self.show(place.private, reply, once=once)
        if posted.photos:
            await self._sender.picture_inline(inline, posted.photos[0], wording.caption(reply)[0])
        return posted

    async def _once(self, once: str, place: Place, part: int, post: Post) -> Posted:
        """This part of a reply, unless it was sent as a new message for the same delivery before, or is being sent."""
        if not once:
            return await post()
        key = once, place.chat, part
        before = self._sent.get(key)
        if before is not None and before.message != place.message:
            return before
        if key not in self._posting:
            task = self._posting[key] = asyncio.create_task(self._remembering(key, post))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())  # who waited may be gone
        return await asyncio.shield(self._posting[key])

    async def _remembering(self, key: Key, post: Post) -> Posted:
        try:
            posted = self._sent[key] = await post()
        finally:
            del self._posting[key]
        while len(self._sent) > REMEMBERED:
            self._sent.popitem(last=False)
        return posted
