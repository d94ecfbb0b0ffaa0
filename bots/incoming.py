"""One message or press of one person, as every platform's adapter hands it over."""

from dataclasses import dataclass

from core.accounts.model import Identity
from core.generation.wishes import Upload
from core.jobs.model import ReplyTo


@dataclass(frozen=True, slots=True)
class Incoming:
    """`id` is the platform's own event id: the same id again is the same request.

    `server` is the place whose admins may set things (`discord:123`, `slack:T1`, `telegram:-100`), None in private;
    `is_server_admin`: whether the person is one of them, as the platform says. `conversation` is the channel or
    thread whose memory a chat belongs to, if that is not where the reply goes. `within` is the channel that a thread
    belongs to, and `groups` are the ids of the groups or roles that the person has in the server. `is_direct`: it was
    asked where nobody else reads along, so no rule about channels applies. `answers`: whose message it replies to.
    """

    id: str
    identity: Identity
    text: str
    reply_to: ReplyTo
    uploads: tuple[Upload, ...] = ()
    locale: str = "en"
    server: str | None = None
    is_server_admin: bool = False
    conversation: str | None = None
    within: str | None = None
    groups: frozenset[str] = frozenset()
    is_direct: bool = False
    answers: Identity | None = None

    @property
    def talk(self) -> str:
        """The name of the conversation: each person has one of their own in each place."""
        place = self.conversation or f"{self.reply_to.platform}:{self.reply_to.channel}"
        return f"{place}|{self.identity}"
