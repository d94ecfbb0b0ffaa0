"""A quick memory for answers given before. It may forget at any time: the jobs remember them, too."""

from collections import OrderedDict
from typing import Protocol

from core.clock import DAY, Clock, Millis
from core.jobs.results import Result
from core.timing import measured

LIFE: Millis = DAY
CAPACITY = 10_000


class ReplyCache(Protocol):
    """Keeps answers for the account that got them, by the question's key. It never raises."""

    async def get(self, account: str, key: str) -> Result | None: ...

    async def put(self, account: str, key: str, result: Result) -> None: ...

    async def forget(self, account: str) -> None:
        """Drop every answer of this account."""


class MemoryReplyCache:
    """A bounded cache in this process; the longest unused answer goes first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[tuple[str, str], tuple[Millis, Result]] = OrderedDict()

    async def get(self, account: str, key: str) -> Result | None:
        with measured("cache_read_ms"):
            expires_at, result = self._kept.get((account, key), (0, None))
            if result is None or expires_at <= self._clock.now():
                self._kept.pop((account, key), None)
                return None
            self._kept.move_to_end((account, key))
            return result

    async def put(self, account: str, key: str, result: Result) -> None:
        with measured("cache_write_ms"):
            self._kept[account, key] = (self._clock.now() + LIFE, result)
            self._kept.move_to_end((account, key))
            while len(self._kept) > CAPACITY:
                self._kept.popitem(last=False)

    async def forget(self, account: str) -> None:
        for place in [place for place in self._kept if place[0] == account]:
            del self._kept[place]
