"""Ids that carry their time, as Discord's do: https://docs.discord.com/developers/reference#snowflakes"""

from core.clock import Clock, Millis

DISCORD_EPOCH: Millis = 1_420_070_400_000
TIME_SHIFT = 22


class Snowflakes:
    """Mints ids that always rise, also while the clock stands still."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._last = 0

    def new(self) -> str:
        self._last = max((self._clock.now() - DISCORD_EPOCH) << TIME_SHIFT, self._last + 1)
        return str(self._last)


def shard_of(snowflake: str, shards: int) -> int:
    """Which shard hears of a guild: https://docs.discord.com/developers/events/gateway#sharding"""
    return (int(snowflake) >> TIME_SHIFT) % shards
