"""Commands that only Telegram has, and the lists that Telegram shows while people type.

Lists are registered by `easel sync telegram` and never at start-up: they rarely change, and every bot of a token shares
them. Each is registered for everybody, for private chats, for groups and for the operators, in each language we have.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telegram import (
    BotCommand,
    BotCommandScope,
    BotCommandScopeAllGroupChats,
    BotCommandScopeAllPrivateChats,
    BotCommandScopeChat,
    BotCommandScopeDefault,
)

from bots.commands import Command, Option
from bots.telegram.languages import LANGUAGES
from bots.telegram.limits import MAX_COMMANDS
from core.accounts.model import Role

MAX_DESCRIPTION = 256
"""https://core.telegram.org/bots/api#botcommand"""
ENGLISH = ""
"""The language of everybody for whom there is no list of their own."""
NOT_IN_GROUPS = frozenset({"start", "link", "privacy", "paysupport", "terms", "history", "unsubscribe"})

OWN = (
    Command("start", "What this bot can do", suspended=True),
    Command(
        "paysupport", "Help with a payment", (Option("message", "text", "What happened", rest=True),), suspended=True
    ),
    Command("plans", "Credits every month, and what you have", suspended=True),
    Command("subscribe", "Get credits every month for Stars", (Option("plan", "text", "Which plan", rest=True),)),
    Command("unsubscribe", "End your subscription", (Option("plan", "text", "Which", rest=True),), suspended=True),
    Command("terms", "The terms of buying credits", suspended=True),
    Command(
        "refund", "Pay Stars back",
        (Option("transaction", "text", "The transaction id of the payment", required=True, rest=True),),
        role=Role.ADMIN,
    ),
)  # fmt: skip
"""https://core.telegram.org/bots/payments-stars demands /paysupport and /terms."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One list to register."""

    commands: tuple[BotCommand, ...]
    scope: BotCommandScope
    language: str


def lists(commands: Sequence[Command], operators: Sequence[int]) -> Iterator[Listed]:
    """Every list. An operator's chat is one with the bot, so the operator must have opened it."""
    shared = {command.name for command in commands}
    everything = (*commands, *(command for command in OWN if command.name not in shared))
    public = [command for command in everything if command.role is Role.USER]
    scopes: list[tuple[BotCommandScope, list[Command]]] = [
        (BotCommandScopeDefault(), public),
        (BotCommandScopeAllPrivateChats(), public),
        (BotCommandScopeAllGroupChats(), [command for command in public if command.name not in NOT_IN_GROUPS]),
    ]
    scopes += [(BotCommandScopeChat(operator), list(everything)) for operator in operators]
    for scope, shown in scopes:
        for language in (ENGLISH, *LANGUAGES):
            yield Listed(tuple(_described(shown, language)[:MAX_COMMANDS]), scope, language)


def _described(commands: Sequence[Command], language: str) -> list[BotCommand]:
    words = LANGUAGES.get(language, {})
    return [BotCommand(command.name, words.get(command.name, command.help)[:MAX_DESCRIPTION]) for command in commands]
