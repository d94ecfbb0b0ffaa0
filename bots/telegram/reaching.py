"""Reach Telegram at the start, however long that takes, unless it refuses the token."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from telegram.error import InvalidToken, RetryAfter, TelegramError

from bots.telegram.client import WRONG_TOKEN
from bots.telegram.refusals import is_outage
from core.errors import ConfigError
from core.log import logger

LONGEST_PAUSE = 15.0
T = TypeVar("T")


async def reached(call: Callable[[], Awaitable[T]]) -> T:
    """What the call brings, again and again while Telegram is down. Raises ConfigError for a token it does not know."""
    pause = 0.5
    while True:
        try:
            return await call()
        except InvalidToken:
            raise unknown_token() from None
        except RetryAfter as flood:
            pause = flood._retry_after.total_seconds()  # its public name is a number or a timedelta, by the environment
        except TelegramError as error:
            if not is_outage(error):
                raise
            logger().warning("telegram not reached", detail=str(error))
        await asyncio.sleep(pause)
        pause = min(pause * 2, LONGEST_PAUSE)


def unknown_token() -> ConfigError:
    return ConfigError([WRONG_TOKEN.format("Telegram does not know this token.")])
