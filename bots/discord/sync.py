"""`easel sync discord`: show what differs between Discord's commands and ours, and register ours.

Never at start-up: registering is limited to some a day, and a command that vanished for a moment annoys people.
https://docs.discord.com/developers/interactions/application-commands#registering-a-command
"""

import argparse
from collections.abc import Mapping, Sequence
from typing import Any

import discord

from bots.discord import sentences
from bots.discord.addresses import aim
from bots.discord.client import EaselBot, new_bot
from bots.discord.locales import Translator
from bots.discord.messenger import DiscordMessenger
from bots.discord.refusals import Trouble
from bots.discord.rest import Rest
from bots.discord.running import REFUSED
from bots.service import Service
from core.app import open_app
from core.errors import ConfigError
from core.settings import Settings

LONGEST = 8000
"""Of one command, all its texts: https://docs.discord.com/developers/interactions/application-commands"""
KINDS = {1: "/", 2: "user menu: ", 3: "message menu: "}
COMPARED = (
    "type", "name", "description", "required", "choices", "options", "autocomplete", "min_value", "max_value",
    "min_length", "max_length", "contexts", "integration_types", "default_member_permissions", "nsfw",
    "name_localizations", "description_localizations", "value", "channel_types",
)  # fmt: skip
Described = dict[str, Any]


async def sync(settings: Settings, arguments: Sequence[str]) -> int:
    """The exit code. Raises ConfigError."""
    chosen = _arguments(settings).parse_args(list(arguments))
    if chosen.guild and not (chosen.guild.isascii() and chosen.guild.isdecimal()):
        raise ConfigError([f"--guild: must be the id of a server, a number (it is {chosen.guild[:40]!r})."])
    if not settings.discord_token.get_secret_value():
        raise ConfigError(["DISCORD_TOKEN: is not set. Put the bot's token into the environment or .env."])
    aim(settings)
    async with open_app(settings) as app:
        bot = new_bot(app, Service(app), DiscordMessenger(app, Rest(settings)))
        async with bot:
            try:
                await bot.login(settings.discord_token.get_secret_value())
                await _synced(bot, chosen.guild, only_shown=chosen.diff)
            except discord.LoginFailure:
                raise ConfigError([REFUSED]) from None
            except Trouble as error:
                raise ConfigError([f"DISCORD_TOKEN: Discord does not take the commands ({error})."]) from error
    return 0


async def _synced(bot: EaselBot, guild: str, *, only_shown: bool) -> None:
    http, application = bot.http, bot.application_id or 0
    ours = await described(bot)
    if guild:
        theirs = await http.get_guild_commands(application, int(guild))
    else:
        theirs = await http.get_global_commands(application)
    differing = differences([dict(one) for one in theirs], ours)
    where = f"server {guild}" if guild else "everywhere"
    print("\n".join(differing) or sentences.discord_nothing_to_sync(where))
    if only_shown or not differing:
        return
    if guild:
        await http.bulk_upsert_guild_commands(application, int(guild), payload=ours)
    else:
        await http.bulk_upsert_global_commands(application, payload=ours)
    print(sentences.discord_synced(len(ours), where))


async def described(bot: EaselBot) -> list[Described]:
    """Our commands as Discord takes them. Raises ConfigError when one is too long."""
    made = [await one.get_translated_payload(bot.tree, Translator()) for one in bot.tree.walk_commands()]
    for kind in (discord.AppCommandType.message, discord.AppCommandType.user):
        menus = bot.tree.get_commands(type=kind)
        made += [await one.get_translated_payload(bot.tree, Translator()) for one in menus]
    for one in made:
        if (length := characters(one)) > LONGEST:
            raise ConfigError([f"easel.toml: /{one['name']} has {length:,} characters; Discord takes {LONGEST:,}. "
                               "Shorten the names of models and styles, or list fewer."])  # fmt: skip
    return made


def differences(theirs: Sequence[Described], ours: Sequence[Described]) -> list[str]:
    """A line for each command that is new, changed or gone."""
    old = {(one.get("type", 1), one["name"]): plain(one) for one in theirs}
    new = {(one.get("type", 1), one["name"]): plain(one) for one in ours}
    lines = [f"+ {_shown(key)}" for key in new if key not in old]
    for key, now in new.items():
        was = old.get(key, now)
        if changed := sorted(part for part in {*was, *now} if was.get(part) != now.get(part)):
            lines.append(f"~ {_shown(key)} ({', '.join(changed)})")
    return lines + [f"- {_shown(key)}" for key in old if key not in new]


def plain(described: Mapping[str, Any]) -> Described:
    """Only what can be compared: Discord adds ids and fills in what is usual."""
    kept: Described = {}
    for key in COMPARED:
        value = described.get(key)
        if key in ("options", "choices"):
            value = [plain(one) for one in value or []]
        elif key in ("contexts", "integration_types"):
            value = sorted(value or [])
        elif key == "type":
            value = value or 1
        if value not in (None, False, "", [], {}):
            kept[key] = value
    return kept


def characters(described: Mapping[str, Any]) -> int:
    """The names, descriptions and choices together; of translations the longest counts."""
    own = sum(
        max([len(described.get(key) or ""), *map(len, (described.get(f"{key}_localizations") or {}).values())])
        for key in ("name", "description")
    )
    choices = sum(len(str(one["name"])) + len(str(one["value"])) for one in described.get("choices") or [])
    return own + choices + sum(characters(one) for one in described.get("options") or [])


def _shown(key: tuple[int, str]) -> str:
    return f"{KINDS.get(key[0], '')}{key[1]}"


def _arguments(settings: Settings) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="easel sync discord", description="Register the commands with Discord.")
    parser.add_argument(
        "--guild", default=settings.discord_guild, metavar="ID",
        help="only in this server, where they show at once (default: DISCORD_GUILD, or everywhere)",
    )  # fmt: skip
    parser.add_argument("--diff", action="store_true", help="only show what would change")
    return parser
