"""Every sentence about a server's rules and wallet. The others are in `bots.texts`."""

from collections.abc import Sequence

from bots.texts import count
from core.servers import ServerSettings

SERVER_VALUES = {
    "channels": "Type `here`, `not here`, channels as #name, or `all`.",
    "who": "Type a command and who may use it: `imagine everyone`, `imagine admins`, or people and roles as @name.",
    "daily": "Type a number of requests a day for each person, or `none`.",
    "model": "Type the name of a model, or `usual`.",
    "style": "Type the name of a style, or `usual`.",
    "persona": "Type the name of a persona, or `usual`.",
    "private": "Type `on` or `off`.",
    "wallet": "Type `on` or `off`: whether this server pays for its members.",
    "cap": "Type how many credits a month this server pays for each member, or `none`.",
    "fund": "Type how many of your credits you give to this server: `/server fund 100`.",
}


def server_values(setting: str) -> str:
    """What a setting of a server can be."""
    return SERVER_VALUES.get(setting, "")


def server_settings(now: ServerSettings, persona: str, platform: str) -> str:
    """All settings of a server; ids as that platform shows them."""
    shows, group = platform in {"discord", "slack"}, "!subteam^" if platform == "slack" else "@&"
    channels = ", ".join(f"<#{channel}>" if shows else channel for channel in now.channels)
    lines = [
        "How I behave in this server:",
        f"- channels: I make things in {channels or 'all channels'}",
        *(f"- who: /{name} is for {_people(rule, shows, group)}" for name, rule in now.who.items()),
        *([] if now.who else ["- who: everyone may use everything"]),
        f"- daily: {f'{now.daily:,} requests a day for each person' if now.daily else 'no limit of its own'}",
        f"- model: {now.model or 'the usual one'}",
        f"- style: {now.style or 'none'}",
        f"- persona: {now.persona or persona}",
        f"- private: {'results are seen only by who asked' if now.private else 'results are seen by all'}",
    ]
    return "\n".join(lines)


HOW_TO_CHANGE = "Its admins change them with `/server SETTING VALUE`, such as `/server channels here`."


def server_wallet(now: ServerSettings, has: int, had: int) -> str:
    """`has`: what is in it. `had`: what the person who asks has had of it this month."""
    if not now.wallet:
        state = "everybody pays for themselves"
    elif now.cap is None:
        state = "on, but nobody may use it before there is a cap: `/server cap 50`"
    else:
        state = f"pays for its members, up to {count(now.cap, 'credit')} a month each; you have had {had:,}"
    return (
        f"- wallet: {state}\n- in the wallet: {count(has, 'credit')}. "
        "Anybody can add some of their own: `/server fund 100`"
    )


def sponsored(cost: str, left: int | None) -> str:
    """`left`: what the server would still pay for this person this month."""
    said = f"{cost}, paid by this server"
    return said if left is None else f"{said} ({left:,} left this month)"


def funded(given: int, has: int, left: int) -> str:
    return (
        f"Thank you! You gave {count(given, 'credit')} to the wallet of this server. "
        f"It has **{has:,}** now, and you have **{left:,}**."
    )


def _people(rule: Sequence[str], shows: bool, group: str) -> str:
    def one(who: str) -> str:
        kind, _, name = who.partition(":")
        if not name:
            return "the admins"
        if not shows:
            return f"{kind} {name}"
        return f"<{group}{name}>" if kind == "group" else f"<@{name}>"

    return ", ".join(one(who) for who in rule)
