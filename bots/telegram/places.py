"""Where something is said on Telegram, and how that travels inside a job."""

from dataclasses import dataclass, replace

from core.accounts.model import Identity
from core.jobs.model import ReplyTo

PLATFORM = "telegram"
UNDELIVERABLE = "undeliverable:"


@dataclass(frozen=True, slots=True)
class Place:
    """A chat, and who asked there. `thread`: the topic; `asked`: the message that is answered, in groups.

    `message`: the placeholder that becomes the result. `inline`: the message that the person sent by the bot's inline
    mode, in a chat that the bot may not know.
    """

    chat: int
    user: int
    thread: int | None = None
    asked: int | None = None
    message: int | None = None
    inline: str | None = None

    @classmethod
    def of(cls, reply_to: ReplyTo) -> "Place":
        extra = reply_to.extra
        thread, asked, message = (int(extra[key]) if key in extra else None for key in ("thread", "asked", "message"))
        return cls(int(reply_to.channel), int(extra["user"]), thread, asked, message, extra.get("inline"))

    def reply_to(self) -> ReplyTo:
        named = {"user": self.user, "thread": self.thread, "asked": self.asked, "message": self.message,
                 "inline": self.inline}  # fmt: skip
        extra = {name: str(value) for name, value in named.items() if value is not None}
        return ReplyTo(platform=PLATFORM, channel=str(self.chat), extra=extra)

    @property
    def is_private(self) -> bool:
        """A private chat has the id of the person."""
        return self.chat > 0

    @property
    def private(self) -> "Place":
        """The chat of the bot with who asked."""
        return Place(self.user, self.user)

    def moved(self, chat: int) -> "Place":
        """The same place after its group has become a supergroup: its messages have other numbers there."""
        return replace(self, chat=chat, message=None, asked=None)


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted: `photos` are the ids by which Telegram knows the pictures."""

    chat: int
    message: int
    photos: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.chat}/{self.message}/{','.join(self.photos)}"

    @classmethod
    def parse(cls, message_id: str | None) -> "Posted | None":
        chat, _, rest = (message_id or "").partition("/")
        message, _, photos = rest.partition("/")
        if not (chat.lstrip("-").isdecimal() and message.isdecimal()):
            return None
        return cls(int(chat), int(message), tuple(filter(None, photos.split(","))))


def identity_of(user: int) -> Identity:
    return Identity(PLATFORM, str(user))
