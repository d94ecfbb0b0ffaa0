"""Answers given before: the same question of the same account within 24 hours costs nothing."""

import hashlib
import json
from collections import OrderedDict
from typing import Protocol

from core.clock import DAY, Clock, Millis
from core.jobs.model import ChatSpec, Result
from core.timing import measured

SCHEMA_VERSION = 1
LIFE: Millis = DAY
CAPACITY = 10_000


class ReplyCache(Protocol):
    """Keeps answers for the account that got them. A cache may forget at any time and never raises."""

    async def get(self, account: str, provider: str, spec: ChatSpec) -> Result | None: ...

    async def put(self, account: str, provider: str, spec: ChatSpec, result: Result) -> None: ...

    async def forget(self, account: str) -> None:
        """Drop every answer of this account."""


class MemoryReplyCache:
    """A bounded cache in this process; the longest unused answer goes first."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._kept: OrderedDict[str, tuple[Millis, str, Result]] = OrderedDict()

    async def get(self, account: str, provider: str, spec: ChatSpec) -> Result | None:
        key = key_of(account, provider, spec)
        with measured("cache_read_ms"):
            expires_at, _, result = self._kept.get(key, (0, "", None))
            if result is None or expires_at <= self._clock.now():
                self._kept.pop(key, None)
                return None
            self._kept.move_to_end(key)
            return result

    async def put(self, account: str, provider: str, spec: ChatSpec, result: Result) -> None:
        key = key_of(account, provider, spec)
        with measured("cache_write_ms"):
            self._kept[key] = (self._clock.now() + LIFE, account, result)
            self._kept.move_to_end(key)
            while len(self._kept) > CAPACITY:
                self._kept.popitem(last=False)

    async def forget(self, account: str) -> None:
        for key in [key for key, (_, owner, _) in self._kept.items() if owner == account]:
            del self._kept[key]


def key_of(account: str, provider: str, spec: ChatSpec) -> str:
    """Everything that shapes an answer: who may see it, who gives it, and every word sent."""
    shape = [SCHEMA_VERSION, account, provider, spec.model, [["user", spec.prompt]]]
    return hashlib.sha256(json.dumps(shape, ensure_ascii=False).encode()).hexdigest()
