"""What a page asks of MongoDB: figures that say the same of a real server, however slow the stand-in is."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import bson
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent


@dataclass(frozen=True, slots=True)
class Asked:
    """`trips`: commands. `documents` and `size`: what the answers had, and their bytes. `waited`: milliseconds in
    which at least one command was under way.
    """

    trips: int
    documents: int
    size: int
    waited: float


class Commands(CommandListener):
    """Counts the commands of this process since it was last asked."""

    def __init__(self) -> None:
        self._under_way = 0
        self._since = 0.0
        self._forget()

    def started(self, event: CommandStartedEvent) -> None:
        self._trips += 1
        if not self._under_way:
            self._since = time.perf_counter()
        self._under_way += 1

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._ended()
        self._answers.append(event.reply)

    def failed(self, event: CommandFailedEvent) -> None:
        self._ended()

    def taken(self) -> Asked:
        """What was asked since the last time; the answers are measured now, so that it costs no page anything."""
        found = [bson.encode(answer) for answer in self._answers]
        asked = Asked(self._trips, sum(map(_documents, self._answers)), sum(map(len, found)), self._waited * 1_000)
        self._forget()
        return asked

    def _ended(self) -> None:
        self._under_way -= 1
        if not self._under_way:
            self._waited += time.perf_counter() - self._since

    def _forget(self) -> None:
        self._trips, self._waited = 0, 0.0
        self._answers: list[Mapping[str, Any]] = []


def _documents(answer: object) -> int:
    cursor = answer.get("cursor", {}) if isinstance(answer, dict) else {}
    return len(cursor.get("firstBatch", cursor.get("nextBatch", ())))
