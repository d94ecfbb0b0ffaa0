"""Pictures that somebody sends as one album: one message each, of which one has the caption.

Nothing says how many belong to an album, so its caption waits until no further picture has come for a moment. Updates
that are fetched wait along: a crash brings all of them again. Telegram brings updates to a webhook one after another
in each chat, so there nothing can wait for the next: a crash in that moment may lose what was asked for, and what is
brought to several web processes at once is an album in each.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field

from telegram import Message

from bots.telegram.downloads import Sent, picture_in

QUIET_SECONDS = 0.8
MOST_OPEN = 1_000
Key = tuple[int, str]


@dataclass(slots=True)
class Album:
    """Its pictures by message. `asked`: whether one has a caption for us; `done`: what that asks for is on disk."""

    pictures: dict[int, Sent] = field(default_factory=dict)
    changed_at: float = 0.0
    asked: bool = False
    done: asyncio.Event = field(default_factory=asyncio.Event)

    async def complete(self) -> list[Sent]:
        """All its pictures, in their order, once no more come."""
        while (wait := self.changed_at + QUIET_SECONDS - asyncio.get_running_loop().time()) > 0:  # noqa: ASYNC110  # only time tells
            await asyncio.sleep(wait)
        return [self.pictures[message] for message in sorted(self.pictures)]

    async def settled(self) -> None:
        """Until it is complete and, if it has a caption for us, what that asked for is on disk."""
        await self.complete()
        if self.asked:
            await self.done.wait()


class Albums:
    """The albums of the last moments, in this process."""

    def __init__(self) -> None:
        self._open: OrderedDict[Key, Album] = OrderedDict()

    def joined(self, message: Message) -> Album | None:
        """The album that this message belongs to, with its picture in it; None for a message that stands alone."""
        if message.media_group_id is None:
            return None
        album = self._open.setdefault((message.chat.id, message.media_group_id), Album())
        if (sent := picture_in(message)) is not None:
            album.pictures[message.message_id] = sent
        album.changed_at = asyncio.get_running_loop().time()
        while len(self._open) > MOST_OPEN:
            self._open.popitem(last=False)
        return album
