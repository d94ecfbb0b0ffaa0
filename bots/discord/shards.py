"""How many connections there are, and which of them this process has, as DISCORD_SHARDS says.

https://docs.discord.com/developers/events/gateway#sharding: required from 2,500 servers on.
"""

import re
from dataclasses import dataclass

from core.errors import ConfigError

_FORM = re.compile(r"(?:(?P<first>\d{1,4})-(?P<last>\d{1,4})/)?(?P<count>\d{1,4})")


@dataclass(frozen=True, slots=True)
class Shards:
    """`count` None: as many as Discord recommends. `ids` None: all of them."""

    count: int | None = None
    ids: list[int] | None = None

    @classmethod
    def parse(cls, text: str) -> "Shards | None":
        """`` (one connection), `auto`, `4`, or `0-3/16`: the first four of sixteen. Raises ConfigError."""
        if not text:
            return None
        if text == "auto":
            return cls()
        match = _FORM.fullmatch(text)
        count = int(match["count"]) if match else 0
        if match is None or count == 0:
            raise _wrong(text)
        if match["first"] is None:
            return cls(count)
        first, last = int(match["first"]), int(match["last"])
        if not first <= last < count:
            raise _wrong(text)
        return cls(count, list(range(first, last + 1)))


def _wrong(text: str) -> ConfigError:
    return ConfigError(
        [f"DISCORD_SHARDS: must be auto, a number such as 4, or a range of it such as 0-3/16 (it is {text[:40]!r})."]
    )
