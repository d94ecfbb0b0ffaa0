"""`/server`: how I behave in this server. Everybody may look, its admins may change it."""

import re
from collections.abc import Awaitable, Callable, Sequence

from bots import server_texts
from bots.asked import Asked
from bots.commands import SERVER_SETTINGS
from bots.house import RULED
from bots.replies import Reply
from core.accounts.model import Role
from core.errors import BadOption, ServerAdminNeeded
from core.servers import ADMINS, Servers, ServerSettings
from core.wallets import wallet_of

HERE, ALL, NOT, NOBODY_SAYS = "here", "all", "not", "usual"
EVERYONE, ON, OFF, NONE = "everyone", "on", "off", "none"
MOST_DAILY = 10_000
FUND = "fund"
MOST_LISTED = 50
_CHANNEL = re.compile(r"<#(?P<id>\w+)(?:\|[^>]*)?>|(?P<plain>-?\w{5,32})")
_GROUP = re.compile(r"<(?:@&|!subteam\^)(?P<id>\w+)(?:\|[^>]*)?>")
_USER = re.compile(r"<@!?(?P<id>\w+)(?:\|[^>]*)?>")
Setter = Callable[[Servers, Asked, str, list[str]], Awaitable[ServerSettings]]


async def server(asked: Asked) -> Reply:
    """The settings of the place where it was typed. Raises ServerAdminNeeded or BadOption."""
    app, message = asked.app, asked.message
    setting, words = _setting(asked)
    if message.server is None:
        raise ServerAdminNeeded
    if setting is None:
        return Reply("text", await _shown(asked, await app.servers.get(message.server)))
    if setting == FUND:
        return await _fund(asked, message.server, words)
    if not (message.is_server_admin or asked.account.role >= Role.ADMIN):
        raise ServerAdminNeeded
    changed = await SETTERS[setting](app.servers, asked, message.server, words)
    return Reply("text", await _shown(asked, changed))


def _setting(asked: Asked) -> tuple[str | None, list[str]]:
    """`/server channels here`, or with options told apart."""
    words = (asked.invocation.text("value") or "").split()
    setting = asked.invocation.text("setting")
    if setting is None and words:
        setting, *words = words
        if setting.lower() not in SERVER_SETTINGS:
            raise BadOption("setting", f"must be one of {', '.join(SERVER_SETTINGS)}; you gave {setting[:20]!r}.")
    if setting is not None and not words:
        raise BadOption(setting, "needs a value.", server_texts.server_values(setting.lower()))
    return (setting.lower() if setting else None), words


async def _channels(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    """`here`, `not here`, `all`, or the platform's way to name channels."""
    if words == [ALL]:
        return await servers.open_channels(where)
    is_removed = words[0].lower() == NOT
    here = asked.message.within or asked.message.reply_to.channel
    named = [here if word.lower() == HERE else _id(_CHANNEL, word) for word in words[is_removed:]]
    if not named or None in named or len(named) > MOST_LISTED:
        raise BadOption("channels", "could not be understood.", server_texts.server_values("channels"))
    channels = [channel for channel in named if channel]
    return await servers.set_channels(where, [] if is_removed else channels, channels if is_removed else ())


async def _who(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    """A command, then `everyone`, `admins`, or people and groups as the platform names them."""
    command, people = words[0].lower().lstrip("/"), words[1:]
    rule = [] if people == [EVERYONE] else [_person(word) for word in people]
    if command not in RULED or not people or None in rule or len(rule) > MOST_LISTED:
        raise BadOption("who", "could not be understood.", server_texts.server_values("who"))
    return await servers.set_who(where, command, [one for one in rule if one])


async def _daily(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    if words == [NONE]:
        return await servers.set_daily(where, None)
    if not re.fullmatch(r"[1-9][0-9]{0,4}", words[0]) or len(words) > 1 or int(words[0]) > MOST_DAILY:
        raise BadOption("daily", f"must be a whole number from 1 to {MOST_DAILY:,}, or none.")
    return await servers.set_daily(where, int(words[0]))


async def _private(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    if words not in ([ON], [OFF]):
        raise BadOption("private", f"must be {ON} or {OFF}.")
    return await servers.set_private(where, words == [ON])


async def _model(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    return await servers.set_model(where, _name(words))


async def _style(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    return await servers.set_style(where, _name(words))


async def _persona(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    return await servers.set_persona(where, _name(words))


async def _wallet(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    if words not in ([ON], [OFF]):
        raise BadOption("wallet", f"must be {ON} or {OFF}.")
    return await servers.set_wallet(where, words == [ON])


async def _cap(servers: Servers, asked: Asked, where: str, words: list[str]) -> ServerSettings:
    if words in ([NONE], ["0"]):
        return await servers.set_cap(where, None)
    if len(words) > 1 or not re.fullmatch(r"[1-9][0-9]{0,6}", words[0]):
        raise BadOption("cap", "must be a whole number of credits, or none.")
    return await servers.set_cap(where, int(words[0]))


SETTERS: dict[str, Setter] = {
    "channels": _channels,
    "who": _who,
    "daily": _daily,
    "model": _model,
    "style": _style,
    "persona": _persona,
    "private": _private,
    "wallet": _wallet,
    "cap": _cap,
}


def _name(words: Sequence[str]) -> str | None:
    name = " ".join(words).lower()
    return None if name == NOBODY_SAYS else name


def _person(word: str) -> str | None:
    if word.lower() == ADMINS:
        return ADMINS
    if group := _id(_GROUP, word):
        return f"group:{group}"
    return f"user:{user}" if (user := _id(_USER, word)) else None


def _id(pattern: re.Pattern[str], word: str) -> str | None:
    match = pattern.fullmatch(word)
    return next((text for text in match.groupdict().values() if text), None) if match else None


async def _fund(asked: Asked, server: str, words: list[str]) -> Reply:
    """Anybody gives some of their own credits. Raises BadOption, CannotGive or StoreError."""
    app = asked.app
    if len(words) != 1 or not re.fullmatch(r"[1-9][0-9]{0,8}", words[0]):
        raise BadOption(FUND, "must be a whole number of credits.", server_texts.server_values(FUND))
    wallet = wallet_of((await app.servers.get(server)).purse or server)
    given = await app.transfers.give(
        f"fund:{asked.message.id}", asked.account.id, wallet, int(words[0]), "for a server's wallet"
    )
    has, left = await app.ledger.balance(wallet), await app.ledger.balance(asked.account.id)
    return Reply("text", server_texts.funded(given.amount, has.available, left.available))


async def _shown(asked: Asked, now: ServerSettings) -> str:
    app, message = asked.app, asked.message
    lines = server_texts.server_settings(now, app.catalogue.chat.persona, message.reply_to.platform)
    if message.server is None:
        return f"{lines}\n{server_texts.HOW_TO_CHANGE}"
    purse = now.purse or message.server
    has = (await app.ledger.balance(wallet_of(purse))).available
    had = await app.wallets.had(purse, asked.account.id)
    return f"{lines}\n{server_texts.server_wallet(now, has, had)}\n{server_texts.HOW_TO_CHANGE}"
