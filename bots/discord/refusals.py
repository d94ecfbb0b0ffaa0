"""Which of Discord's refusals are final, and for what.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

import asyncio

import aiohttp
import discord

UNKNOWN_INTERACTION = 10062
ALREADY_ACKNOWLEDGED = 40060
INVALID_BODY = 50035
TOO_LARGE = 40005
GONE = frozenset({
    10003,  # unknown channel
    10008,  # unknown message
    10013,  # unknown user
    10015,  # unknown webhook: the interaction was never answered
    20016,  # slow mode holds us back
    40094,  # no more follow-ups of an app that is not installed there
    50001,  # we do not see the channel
    50005,  # the message is another author's
    50006,  # nothing in it
    50007,  # this person takes no direct messages of ours
    50013,  # we may not write there
    50024,  # no channel to write into
    50027,  # the interaction's token is dead
    50083,  # the thread is archived
    50278,  # no server in common with this person
    160005,  # the thread is locked
})  # fmt: skip
"""It will not work there, however often it is tried."""

PASSING = frozenset(
    {
        40004,  # sending is switched off for a while
        40006,  # a feature is
        130000,  # overloaded
    }
)

Trouble = (discord.DiscordException, aiohttp.ClientError, asyncio.TimeoutError, OSError)
"""Whatever a request to Discord may end in."""
Lost = (aiohttp.ClientError, asyncio.TimeoutError, OSError, discord.DiscordServerError)
"""Ends after which a request may have been served or not."""


def code_of(error: BaseException) -> int:
    """Discord's own code, 0 where there is none."""
    return error.code if isinstance(error, discord.HTTPException) else 0


def is_final(error: discord.HTTPException) -> bool:
    """Whether this place is closed to this message; other errors may be over in a moment."""
    if error.code in GONE:
        return True
    is_a_page = error.text.lstrip().startswith("<")  # of whoever stands in front of Discord, such as Cloudflare
    return error.status in (400, 403, 404) and error.code not in PASSING and not is_a_page


def is_about_size(error: discord.HTTPException) -> bool:
    return error.status == 413 or error.code == TOO_LARGE
