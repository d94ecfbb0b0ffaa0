"""How often: requests a day by role, and tries an hour for codes. Exact, because each take is one row."""

from dataclasses import dataclass

from core.clock import HOUR, MINUTE, Clock, Millis, next_midnight, utc_date
from core.errors import AttemptsThrottled, RateLimited, ServerLimited
from core.stores.ports import LimitStore


@dataclass(frozen=True, slots=True)
class Allowance:
    """Requests left in the window, and when it starts anew."""

    limit: int
    remaining: int
    resets_at: Millis


class DailyLimit:
    """Counts requests per account and UTC day. A request is counted once, however often it is delivered."""

    def __init__(self, store: LimitStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def take(self, account: str, request_id: str, limit: int) -> Allowance:
        """Count this request. Raises RateLimited."""
        now = self._clock.now()
        resets_at = next_midnight(now)
        used = await self._store.take(_day_key(account, now), request_id, limit, resets_at)
        if used is None:
            raise RateLimited(limit, resets_at)
        return Allowance(limit, max(0, limit - used), resets_at)

    async def give_back(self, account: str, request_id: str, taken_at: Millis) -> None:
        """A request that failed or was refused later on does not count."""
        await self._store.give_back(_day_key(account, taken_at), request_id)

    async def left(self, account: str, limit: int) -> Allowance:
        now = self._clock.now()
        used = await self._store.used(_day_key(account, now))
        return Allowance(limit, max(0, limit - used), next_midnight(now))


class ServerDailyLimit:
    """Counts each person's requests in a server on a UTC day, where its admins have set a limit."""

    def __init__(self, store: LimitStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock

    async def take(self, server: str, account: str, request_id: str, limit: int) -> None:
        """Count this request. Raises ServerLimited."""
        now = self._clock.now()
        resets_at = next_midnight(now)
        if await self._store.take(_server_key(server, account, now), request_id, limit, resets_at) is None:
            raise ServerLimited(limit, resets_at)

    async def give_back(self, server: str, account: str, request_id: str, taken_at: Millis) -> None:
        """A request that was refused or failed before it was accepted does not count."""
        await self._store.give_back(_server_key(server, account, taken_at), request_id)


class Throttle:
    """So many tries per hour for something that could be guessed or flooded."""

    def __init__(self, store: LimitStore, clock: Clock, name: str, per_hour: int) -> None:
        self._store = store
        self._clock = clock
        self._name = name
        self._per_hour = per_hour

    async def take(self, who: str, request_id: str) -> None:
        """Count a try. Raises AttemptsThrottled."""
        now = self._clock.now()
        resets_at = (now // HOUR + 1) * HOUR
        key = f"{self._name}:{who}:{now // HOUR}"
        if await self._store.take(key, request_id, self._per_hour, resets_at) is None:
            raise AttemptsThrottled(minutes=-((now - resets_at) // MINUTE))


def _day_key(account: str, at: Millis) -> str:
    return f"day:{account}:{utc_date(at)}"


def _server_key(server: str, account: str, at: Millis) -> str:
    return f"server-day:{server}:{account}:{utc_date(at)}"
