"""A file that is touched while this process works: what a container's health check looks at.

It says that the event loop turns and that the database answers. A part that ends takes the process with it, so
neither a hanging nor a half-dead process leaves a fresh file behind.
"""

import asyncio
from pathlib import Path

from core.app import App
from core.errors import ConfigError, StoreError
from core.ids import digest
from core.log import logger

BEAT_SECONDS = 5.0


async def keep_beating(app: App, file: Path) -> None:
    """Touch the file every 5 s, as long as the database answers. Raises ConfigError when it cannot be touched."""
    while True:
        try:
            await app.stores.accounts.tombstone(digest("heartbeat"))
            await asyncio.to_thread(file.touch)
        except StoreError as error:
            logger().warning("no heartbeat", errorName=error.code)
        except OSError as error:
            problem = f"HEARTBEAT_FILE: {file} cannot be written ({error.strerror}). Name another, or leave it empty."
            raise ConfigError([problem]) from None
        await asyncio.sleep(BEAT_SECONDS)
