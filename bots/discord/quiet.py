"""What discord.py may log. Every process that speaks to Discord asks for this, before anything is sent."""

import logging

import discord


def quieten() -> None:
    """discord.py's log lines about 429s hold tokens of interactions, and it warns of voice, which we do not use."""
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    for name, level in (
        ("discord", logging.WARNING),
        ("discord.http", logging.ERROR),
        ("discord.webhook", logging.ERROR),
    ):
        logging.getLogger(name).setLevel(level)
