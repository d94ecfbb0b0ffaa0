"""What an admin was asked about in a chat and has not said yes to yet.

One small document for each admin, changed by compare-and-set. A code is good for ten minutes and for the admin who got
it. It leads to the request that was asked for first, so that saying yes twice is the same request, which is done once.
"""

from collections.abc import Iterator

from pydantic import BaseModel, ConfigDict, JsonValue

from core.clock import MINUTE, Clock, Millis
from core.errors import ActionRefused
from core.ids import short_code
from core.stores.ports import SettingStore

GOOD_FOR: Millis = 10 * MINUTE
LENGTH = 4
MOST = 10
"""Of one admin at a time; the oldest is forgotten for another."""


class Asked(BaseModel):
    """An action that waits for its yes."""

    model_config = ConfigDict(frozen=True)

    request: str
    action: str
    target: str
    args: dict[str, JsonValue] = {}
    why: str = ""
    at: Millis


class Waiting(BaseModel):
    """The document: what waits, by code."""

    model_config = ConfigDict(frozen=True)

    asked: dict[str, Asked] = {}


class Confirmations:
    """Every method may raise StoreError."""

    def __init__(self, settings: SettingStore, clock: Clock, codes: Iterator[str] | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._codes = codes or iter(lambda: short_code(LENGTH), "")

    async def ask(self, admin: str, asked: Asked) -> str:
        """The code to type. For the same request it is the same."""
        while True:
            now, version = await self._read(admin)
            for code, each in now.items():
                if each.request == asked.request:
                    return code
            code = next(code for code in self._codes if code not in now)  # a code never comes to mean something else
            kept = dict(list(now.items())[-MOST + 1 :]) | {code: asked}
            if await self._settings.put(_scope(admin), Waiting(asked=kept).model_dump_json(), version):
                return code

    async def confirmed(self, admin: str, code: str) -> Asked:
        """What this admin says yes to. Raises ActionRefused."""
        asked = (await self._read(admin))[0].get(code.strip().upper())
        if asked is None:
            raise ActionRefused("This code is not known here, or is older than ten minutes.")
        return asked

    async def _read(self, admin: str) -> tuple[dict[str, Asked], int]:
        """What has not expired."""
        kept, old = await self._settings.get(_scope(admin)), self._clock.now() - GOOD_FOR
        if kept is None:
            return {}, 0
        asked = Waiting.model_validate_json(kept.doc).asked
        return {code: each for code, each in asked.items() if each.at > old}, kept.version


def _scope(admin: str) -> str:
    return f"confirm:{admin}"
