"""The ports by which processes get along, and of small documents that they share."""

from dataclasses import dataclass
from typing import Protocol

from core.clock import Millis


class SlotStore(Protocol):
    """So many holders at a time of something scarce, over all processes. A slot that is not renewed gets free."""

    async def take(self, name: str, holder: str, limit: int, now: Millis, until: Millis) -> bool:
        """Take one of `limit` slots. True also when this holder has one; never more than `limit` at a time."""

    async def renew(self, name: str, holder: str, until: Millis) -> bool:
        """Keep it until then. False when it was lost."""

    async def free(self, name: str, holder: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Kept:
    """A document of settings, and how often it has been changed."""

    version: int
    doc: str


class SettingStore(Protocol):
    """Small JSON documents by scope, such as a server's settings or where a conversation was begun anew."""

    async def get(self, scope: str) -> Kept | None: ...

    async def put(self, scope: str, doc: str, version: int) -> bool:
        """Save the document if it still has this version (0: if there is none yet). False when it was changed."""

    async def drop(self, scope: str) -> None:
        """Delete the document, whatever its version; none is as good as deleted."""


class FenceStore(Protocol):
    """Numbers that only grow: whoever drew the highest is the leader, and an older leader can notice."""

    async def draw(self, name: str) -> int:
        """The next number, from 1."""

    async def highest(self, name: str) -> int:
        """The number drawn last; 0 when none was."""
