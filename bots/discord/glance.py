"""Whether answers in a server are private, known without waiting: an interaction is acknowledged before anything else.

Whether the answer will be private is a part of that acknowledgement. So each process remembers what it saw last of a
server's settings, and waits only a moment for a fresh look: an admin who has just changed it sees that at once.
"""

import asyncio
from collections import OrderedDict

from core.errors import StoreError
from core.log import logger
from core.servers import Servers

FIRST_SECONDS = 0.5
AGAIN_SECONDS = 0.15
REMEMBERED = 5000


class Glance:
    """What was last seen of servers."""

    def __init__(self, servers: Servers) -> None:
        self._servers = servers
        self._seen: OrderedDict[str, bool] = OrderedDict()
        self._looking: dict[str, asyncio.Task[None]] = {}

    async def is_private(self, server: str | None) -> bool:
        """Of a server that nobody has seen, and that cannot be looked up quickly: True, which harms nobody."""
        if server is None:
            return False
        looking = self._looking.get(server)
        if looking is None:
            looking = self._looking[server] = asyncio.create_task(self._look(server))
        await asyncio.wait({looking}, timeout=AGAIN_SECONDS if server in self._seen else FIRST_SECONDS)
        return self._seen.get(server, True)

    async def _look(self, server: str) -> None:
        try:
            self._seen[server] = (await self._servers.get(server)).private
            self._seen.move_to_end(server)
            while len(self._seen) > REMEMBERED:
                self._seen.popitem(last=False)
        except StoreError as error:
            logger().warning("server not looked up", errorName=error.code)
        finally:
            del self._looking[server]
