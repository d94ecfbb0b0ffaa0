"""Fetch what a prediction has drawn, without Replicate's key: its SDK would send that along."""

import asyncio
from collections.abc import Collection, Sequence

from core.log import logger
from core.media.data_urls import SCHEME, from_data_url
from core.media.fetch import Fetcher, FetchError, NotFetched, origin
from core.providers.ports import Drawn
from core.providers.replicate.snapshot import Snapshot

HOSTS = ("replicate.delivery", "*.replicate.delivery")
"""https://replicate.com/docs/topics/predictions/output-files"""


class Outputs:
    """`base_url` is a server that stands in for Replicate, which may also serve the pictures. To be closed."""

    def __init__(self, hosts: Collection[str], base_url: str | None) -> None:
        own = (origin(base_url),) if base_url else ()
        self._fetcher = Fetcher((*HOSTS, *hosts, *own))

    async def close(self) -> None:
        await self._fetcher.close()

    async def of(self, snapshots: Sequence[Snapshot], until: float) -> tuple[list[Drawn], bool]:
        """The pictures that could be had until then (the loop's time), and whether others may be had later."""
        asked = [(snapshot, url) for snapshot in snapshots for url in snapshot.outputs]
        found: list[Drawn | None] = [None] * len(asked)
        later = False

        async def fetch(place: int, snapshot: Snapshot, url: str) -> None:
            nonlocal later
            try:
                found[place] = Drawn(await self._get(url), snapshot.seed)
            except FetchError as error:
                later = later or isinstance(error, NotFetched)
                logger().warning("output not fetched", prediction=snapshot.id, errorName=error.code,
                                 detail=error.message)  # fmt: skip

        try:
            async with asyncio.timeout_at(until), asyncio.TaskGroup() as group:
                for place, (snapshot, url) in enumerate(asked):
                    group.create_task(fetch(place, snapshot, url))
        except TimeoutError:
            later = True
        return [one for one in found if one is not None], later

    async def _get(self, url: str) -> bytes:
        return from_data_url(url) if url.startswith(SCHEME) else await self._fetcher.get(url)
