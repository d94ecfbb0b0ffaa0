"""Commands in people's languages, where we have them: https://docs.discord.com/developers/reference#locales.

Options and choices keep their names, so that what /help and others say of them is found in every language.
"""

import discord
from discord import app_commands
from discord.app_commands import TranslationContextLocation as Location

from bots.discord.languages import LANGUAGES


class Translator(app_commands.Translator):
    """Used only when commands are registered."""

    async def translate(
        self, string: app_commands.locale_str, locale: discord.Locale, context: app_commands.TranslationContextTypes
    ) -> str | None:
        language = LANGUAGES.get(locale.value.split("-")[0])
        if language is None:
            return None
        if context.location is Location.command_name:
            return language.names.get(string.message) or language.texts.get(string.message)
        if context.location in (Location.command_description, Location.parameter_description):
            return language.texts.get(string.message)
        return None
