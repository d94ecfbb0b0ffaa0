"""Where Discord is: its own servers, or those that the settings name.

discord.py keeps both addresses in attributes of classes, so they hold for the whole process.
"""

from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL

from core.settings import Settings


def aim(settings: Settings) -> None:
    """Lead every client of this process to DISCORD_API_URL and DISCORD_GATEWAY_URL, where they are set."""
    if settings.discord_api_url:
        Route.BASE = settings.discord_api_url.rstrip("/")
    if settings.discord_gateway_url:
        DiscordWebSocket.DEFAULT_GATEWAY = URL(settings.discord_gateway_url)
