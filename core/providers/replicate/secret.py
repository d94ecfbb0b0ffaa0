"""The key with which Replicate signs what it announces, asked for once and kept."""

import asyncio
import time

from core.providers.ports import ProviderFailed
from core.providers.replicate.api import Api, ApiError
from core.providers.replicate.outcomes import answered

AGAIN_SECONDS = 30.0
"""After a failure nobody is asked for so long: anybody can knock at our door, and must not make us knock at others'."""


class WebhookSecret:
    """Call it for the key, `whsec_...`. Raises ProviderError."""

    def __init__(self, api: Api, who: str) -> None:
        self._api = api
        self._who = who
        self._key: str | None = None
        self._not_before = 0.0
        self._asking = asyncio.Lock()

    async def __call__(self) -> str:
        async with self._asking:
            if self._key is None:
                self._key = await self._asked()
        return self._key

    async def _asked(self) -> str:
        if time.monotonic() < self._not_before:
            raise ProviderFailed(f"{self._who} did not tell its key a moment ago.")
        try:
            return await self._api.webhook_secret()
        except ApiError as error:
            self._not_before = time.monotonic() + AGAIN_SECONDS
            raise answered(error, self._who) from error
