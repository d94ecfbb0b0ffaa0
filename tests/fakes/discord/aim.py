"""Lead discord.py to a fake Discord for a while. Its two addresses are attributes of classes, so they are put back."""

from collections.abc import Iterator
from contextlib import contextmanager

from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from tests.fakes.discord.server import DiscordFake


@contextmanager
def aimed_at(fake: DiscordFake) -> Iterator[None]:
    """Inside, every discord.py client of this process talks to the fake."""
    api, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = fake.api_url, URL(fake.gateway_url)
    try:
        yield
    finally:
        Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = api, gateway
