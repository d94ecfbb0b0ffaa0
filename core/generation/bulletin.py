"""What all processes know of their providers' health, so that a page in one shows the trouble of another.

A small document that a process writes only when something changed for it; nothing is decided by it. A write that is
lost is made up for by the next change, and what a process said before it died fades by itself.
"""

import json
from collections.abc import Mapping
from typing import NamedTuple

from core.clock import HOUR, SECOND, Clock, Millis
from core.errors import StoreError
from core.log import logger
from core.stores.ports import SettingStore

SCOPE = "breakers"
WORST_FIRST = ("opened", "resting", "half-opened", "closed")
FADES: Millis = HOUR
"""After its time an open breaker is tried again with the next request. If none comes, it is as good as closed."""


class Standing(NamedTuple):
    """`opened`, `half-opened` or `resting`, and until when that holds."""

    state: str
    until: Millis


Said = dict[str, dict[str, Standing]]
"""By provider, then by process."""


class Bulletin:
    """Of one process, which may read what the others wrote."""

    def __init__(self, settings: SettingStore, process: str, clock: Clock) -> None:
        self._settings = settings
        self._process = process
        self._clock = clock
        self._told: Mapping[str, Standing] = {}

    async def tell(self, standings: Mapping[str, Standing]) -> None:
        """Of this process: the providers in trouble. Others are fine. Never raises: no request fails for this."""
        if _is_same(standings, self._told):
            return
        try:
            await self._write(standings)
        except StoreError as error:
            logger().warning("breaker not noted", errorName=error.code)
        else:
            self._told = dict(standings)

    async def _write(self, standings: Mapping[str, Standing]) -> None:
        while True:
            kept = await self._settings.get(SCOPE)
            said = _fresh(_read(kept.doc if kept else "{}"), self._process, self._clock.now())
            for provider, standing in standings.items():
                said.setdefault(provider, {})[self._process] = standing
            if await self._settings.put(SCOPE, json.dumps(said), kept.version if kept else 0):
                return

    async def now(self) -> dict[str, str]:
        """The worst that any process says of each provider that was in trouble within the last hour."""
        kept = await self._settings.get(SCOPE)
        said = _fresh(_read(kept.doc if kept else "{}"), None, self._clock.now())
        return {provider: _worst(standings, self._clock.now()) for provider, standings in said.items()}


def _is_same(one: Mapping[str, Standing], other: Mapping[str, Standing]) -> bool:
    """Times are told again and again, and vary by what reading a clock takes."""
    return one.keys() == other.keys() and all(
        standing.state == other[provider].state and abs(standing.until - other[provider].until) < SECOND
        for provider, standing in one.items()
    )


def _read(doc: str) -> Said:
    return {
        provider: {process: Standing(*standing) for process, standing in standings.items()}
        for provider, standings in json.loads(doc).items()
    }


def _fresh(said: Said, without: str | None, now: Millis) -> Said:
    """What has not faded, and not what one process said."""
    fresh = {
        provider: {name: one for name, one in standings.items() if name != without and one.until + FADES > now}
        for provider, standings in said.items()
    }
    return {provider: standings for provider, standings in fresh.items() if standings}


def _worst(standings: Mapping[str, Standing], now: Millis) -> str:
    states = [_as_of(standing, now) for standing in standings.values()]
    return min(states, key=WORST_FIRST.index)


def _as_of(standing: Standing, now: Millis) -> str:
    if standing.until > now:
        return standing.state
    return "closed" if standing.state == "resting" else "half-opened"
