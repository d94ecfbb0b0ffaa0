"""How the connections of this process are, as a health page or metrics may read it. Nothing is asked of Discord."""

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ShardStatus:
    """`latency_ms`: of the last heartbeat, None before the first one."""

    shard: int
    latency_ms: float | None


@dataclass(frozen=True, slots=True)
class DiscordStatus:
    """`is_ready`: connected, and told which servers there are. `event_age`: seconds since Discord said anything.

    `event_age` is None before the first event of the gateway.
    """

    is_ready: bool
    shards: tuple[ShardStatus, ...]
    servers: int
    event_age: float | None


def milliseconds(seconds: float) -> float | None:
    """None for what discord.py does not know yet: not a number, or infinity."""
    return seconds * 1000 if math.isfinite(seconds) else None
