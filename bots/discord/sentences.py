"""Every sentence that a person reads on Discord only. The others are in `bots.texts`."""

from collections.abc import Sequence

from bots.texts import count, verb

DISCORD_BUTTON_UNREADABLE = "This cannot be used any more. Type the command instead, such as /imagine a red fox."
DISCORD_COMMAND_GONE = "There is no such command any more. Type / to see those there are."
DISCORD_NOT_DELETED = "I cannot delete this message. Somebody who manages messages here can."
DISCORD_NOT_POSTED = "I could not post this just now. Type /recover in a moment to see it."
DISCORD_NO_WORDS = "Ask me anything, or type /imagine and what to draw, such as /imagine a red fox at dawn."
DISCORD_THINKING = "Thinking…"
DISCORD_DMS_CLOSED = (
    "I have something to say that only you should read, and you take no direct messages from this server. "
    "Use the slash command instead: its answer is for your eyes only."
)
DISCORD_IMAGE_HELP = "A picture to start from"
DISCORD_SPOILER_HELP = "Veil the pictures until somebody clicks"
DISCORD_NOT_TAKEN = (
    "I am being restarted and could not take this on. Nothing was charged. Please ask again in a minute."
)
DISCORD_PRIVATE_HELP = "Only you see the answer"
DISCORD_VARY_MENU = "Vary this image"
DISCORD_ASK_MENU = "Ask about this message"
DISCORD_VARY_PROMPT = "Another version of this picture: the same subject, mood and style"
DISCORD_WHICH_PICTURE = "There are several pictures in this message. Press Vary with the number of yours below them."
DISCORD_NO_PICTURE_HERE = "There is no picture in this message that I could vary."
DISCORD_EDIT_TITLE = "Edit the picture"
DISCORD_EDIT_LABEL = "What should change?"
DISCORD_EDIT_HINT = "such as: make it night, with a full moon"
DISCORD_ASK_TITLE = "Ask about this message"
DISCORD_ASK_LABEL = "Your question"
DISCORD_ASK_HINT = "such as: what does this mean?"
DISCORD_ABOUT_LABEL = "The message"
DISCORD_ABOUT = "The message that this is about:"


def discord_for(user: str) -> str:
    """`user` is Discord's id; it is shown as a name and pings nobody."""
    return f"For <@{user}>:"


def discord_linked(url: str) -> str:
    return f"[Open the picture](<{url}>)"


def discord_cannot_write(channel: str) -> str:
    return (
        f"I may not write in <#{channel}>. An admin of the server can let me: in the channel's settings, Permissions, "
        "allow View Channel, Send Messages and Attach Files."
    )


def discord_model(name: str, price: int, summary: str) -> str:
    return f"{name} · {count(price, 'credit')}{f' · {summary}' if summary else ''}"


def discord_buy(packs: Sequence[str]) -> str:
    """`packs` are lines of `discord_pack`; the buttons below say what they cost."""
    return "\n".join(["Credit packs, sold by Discord:", *packs, "Press a button below to buy one."])


def discord_pack(name: str, credits: int, bonus: int) -> str:
    return f"- **{name}**: {credits:,}{f' + {bonus:,} bonus' if bonus else ''} credits"


def discord_bought(credits: int) -> str:
    return f"Thank you! {count(credits, 'credit')} {verb(credits)} in your wallet. Type /balance to see it."


def discord_nothing_to_sync(where: str) -> str:
    return f"Nothing to do: Discord has the same commands ({where})."


def discord_synced(commands: int, where: str) -> str:
    return f"Registered {count(commands, 'command')} ({where})."
