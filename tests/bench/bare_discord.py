"""The least that a Discord bot can be: it defers. What `easel run discord` is measured against."""

import os

import discord
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route
from yarl import URL


def main() -> None:
    Route.BASE = os.environ["DISCORD_API_URL"]
    DiscordWebSocket.DEFAULT_GATEWAY = URL(os.environ["DISCORD_GATEWAY_URL"])
    client = discord.Client(intents=discord.Intents.default(), guild_ready_timeout=0)
    tree = app_commands.CommandTree(client)

    @tree.command(description="Draw")
    async def imagine(interaction: discord.Interaction, prompt: str) -> None:
        await interaction.response.defer()

    client.run(os.environ["DISCORD_TOKEN"], log_handler=None)


if __name__ == "__main__":
    main()
