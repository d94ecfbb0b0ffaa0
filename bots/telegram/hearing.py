"""Is a message meant for the bot, and what does it say to it? Pure functions over messages."""

import re
from dataclasses import dataclass

from telegram import Message, MessageEntity

from bots.telegram.limits import ANONYMOUS
from bots.telegram.places import Place, identity_of
from core.accounts.model import Identity

_COMMAND = re.compile(r"/(?P<name>[A-Za-z0-9_]{1,32})(?:@(?P<bot>[A-Za-z0-9_]+))?(?P<rest>\s.*)?", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Heard:
    """What somebody said to the bot. `command` is its name in small letters, or None; `rest` is what follows it."""

    text: str
    command: str | None = None
    rest: str = ""


def hear(message: Message, username: str, known: frozenset[str]) -> Heard | None:
    """None if it is not for this bot. In groups that is a command, a mention, or a reply to one of its messages."""
    text = message.text or message.caption or ""
    if message.forward_origin is not None:  # somebody else's words are no command of the person who forwards them
        return Heard(text) if message.chat.type == message.chat.PRIVATE else None
    if match := _COMMAND.fullmatch(text.strip()):
        return _command(message, match, username, known)
    if message.chat.type == message.chat.PRIVATE:
        return Heard(text.strip())
    if (mentioned := _without_mention(message, username)) is not None:
        inner = _COMMAND.fullmatch(mentioned)
        return _command(message, inner, username, known) if inner else Heard(mentioned)
    return Heard(text.strip()) if _is_reply_to(message, username) else None


def _command(message: Message, match: re.Match[str], username: str, known: frozenset[str]) -> Heard | None:
    name, bot, rest = match["name"].lower(), match["bot"], (match["rest"] or "").strip()
    if bot and bot.lower() != username.lower():
        return None
    if not bot and message.chat.type != message.chat.PRIVATE and name not in known:
        return None  # another bot's
    return Heard(f"/{name} {rest}".strip(), name, rest)


def _without_mention(message: Message, username: str) -> str | None:
    """The words without the bot's name in front or at the end; None if it is not mentioned."""
    found = message.parse_entities([MessageEntity.MENTION]) or message.parse_caption_entities([MessageEntity.MENTION])
    ours = [value for value in found.values() if value.lower() == f"@{username}".lower()]
    if not ours:
        return None
    text = (message.text or message.caption or "").strip()
    name = re.escape(ours[0])
    return re.sub(rf"^{name}[\s,:]*|\s*{name}$", "", text, count=1).strip()


def _is_reply_to(message: Message, username: str) -> bool:
    replied = message.reply_to_message
    author = replied.from_user if replied else None
    return author is not None and author.is_bot and (author.username or "").lower() == username.lower()


def place_of(message: Message, user: int) -> Place:
    """Where it was said. In groups the answer quotes it."""
    thread = message.message_thread_id if message.is_topic_message else None
    private = message.chat.type == message.chat.PRIVATE
    return Place(message.chat.id, user, thread, None if private else message.message_id)


def is_anonymous(message: Message) -> bool:
    """Whether it was written in the name of a group or a channel, so that nobody's account can be asked."""
    return message.sender_chat is not None or (message.from_user is not None and message.from_user.id == ANONYMOUS)


def answered(message: Message) -> Identity | None:
    """Whose message it replies to. In a topic everything replies to how that began, which nobody means."""
    replied = message.reply_to_message
    if replied is None or replied.forum_topic_created is not None or is_anonymous(replied):
        return None
    return identity_of(replied.from_user.id) if replied.from_user and not replied.from_user.is_bot else None
