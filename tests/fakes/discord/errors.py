"""How Discord refuses: a status, a code of its own and a sentence.

Codes: https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

Json = dict[str, Any]


class Refused(NamedTuple):
    """One way to be refused."""

    status: int
    code: int
    message: str


UNAUTHORIZED = Refused(401, 0, "401: Unauthorized")
NOT_FOUND = Refused(404, 0, "404: Not Found")
NOT_HERE = Refused(501, 0, "501: this fake does not do that")
UNKNOWN_CHANNEL = Refused(404, 10003, "Unknown Channel")
UNKNOWN_GUILD = Refused(404, 10004, "Unknown Guild")
UNKNOWN_MESSAGE = Refused(404, 10008, "Unknown Message")
UNKNOWN_USER = Refused(404, 10013, "Unknown User")
UNKNOWN_WEBHOOK = Refused(404, 10015, "Unknown Webhook")
UNKNOWN_ENTITLEMENT = Refused(404, 10029, "Unknown Entitlement")
UNKNOWN_INTERACTION = Refused(404, 10062, "Unknown interaction")
UNKNOWN_COMMAND = Refused(404, 10063, "Unknown application command")
TOO_MANY_COMMANDS = Refused(400, 30032, "Maximum number of application commands reached (100).")
TOO_LARGE = Refused(413, 40005, "Request entity too large")
ALREADY_ACKNOWLEDGED = Refused(400, 40060, "Interaction has already been acknowledged.")
TOO_MANY_FOLLOWUPS = Refused(400, 40094, "This interaction has hit the maximum number of follow up messages")
MISSING_ACCESS = Refused(403, 50001, "Missing Access")
NOT_YOURS = Refused(403, 50005, "Cannot edit a message authored by another user")
EMPTY_MESSAGE = Refused(400, 50006, "Cannot send an empty message")
DMS_BLOCKED = Refused(403, 50007, "Cannot send messages to this user")
MISSING_PERMISSIONS = Refused(403, 50013, "Missing Permissions")
WRONG_CHANNEL_KIND = Refused(400, 50024, "Cannot execute action on this channel type")
INVALID_WEBHOOK_TOKEN = Refused(401, 50027, "Invalid Webhook Token")
INVALID_BODY = Refused(400, 50035, "Invalid Form Body")
INVALID_JSON = Refused(400, 50109, "The request body contains invalid JSON.")
THREAD_EXISTS = Refused(400, 160004, "A thread has already been created for this message")

Path = tuple[str | int, ...]


class Fault(NamedTuple):
    """What is wrong with one place of a body."""

    path: Path
    code: str
    message: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path)) or 'body'}: {self.message} ({self.code})"


@dataclass(frozen=True)
class Problem:
    """What a bot's author has to look at. `fake` as source: this fake is to blame, and not the bot."""

    source: Literal["openapi", "limits", "protocol", "fake"]
    where: str
    text: str


class DiscordError(Exception):
    """An answer that is no success. `faults` fill the tree that explains an invalid body."""

    def __init__(self, refused: Refused, faults: Sequence[Fault] = ()) -> None:
        super().__init__(refused.message)
        self.status = refused.status
        self.code = refused.code
        self.faults = tuple(faults)

    def payload(self) -> Json:
        answer: Json = {"message": str(self), "code": self.code}
        return answer | {"errors": _tree(self.faults)} if self.faults else answer


def insist(faults: Sequence[Fault]) -> None:
    """Raises DiscordError 50035 if there are faults."""
    if faults:
        raise DiscordError(INVALID_BODY, faults)


def _tree(faults: Sequence[Fault]) -> Json:
    """Faults as https://docs.discord.com/developers/reference#error-messages nests them."""
    root: Json = {}
    for fault in faults:
        branch = root
        for step in fault.path:
            branch = branch.setdefault(str(step), {})
        branch.setdefault("_errors", []).append({"code": fault.code, "message": fault.message})
    return root
