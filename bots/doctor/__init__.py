"""`easel doctor`: everything that an operator gets wrong, and in one sentence each how to mend it.

A file per area. All areas are looked at side by side, each in limited time, so a server that hangs holds nobody up.
"""

from collections.abc import Awaitable, Callable

from bots.doctor import clock, discord, events, house, payments, providers, report, signin, slack, stores, telegram, web
from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, all_of, problem
from core.settings import Settings

__all__ = ["LIMIT_SECONDS", "Finding", "examine", "problem", "report"]

LIMIT_SECONDS = 10.0
"""For one area."""
Area = Callable[[Settings, Asking], Awaitable[list[Finding]]]
AREAS: dict[str, Area] = {
    "settings": house.look,
    "stores": stores.look,
    "web": web.look,
    "discord": discord.look,
    "slack": slack.look,
    "telegram": telegram.look,
    "providers": providers.look,
    "payments": payments.look,
    "sign-in": signin.look,
    "events": events.look,
}


async def examine(settings: Settings, limit: float = LIMIT_SECONDS) -> list[Finding]:
    """All findings, area by area. Nothing is changed anywhere, and no finding has a secret in it."""
    async with Asking(limit) as asking:
        found = await all_of({name: look(settings, asking) for name, look in AREAS.items()}, limit)
        return found + clock.judged(asking.skews)
