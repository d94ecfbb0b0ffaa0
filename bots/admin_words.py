"""Read what an admin typed after `/admin grant`: to whom, how much, and why."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from pydantic import JsonValue

from bots import admin_texts as words
from bots import giving
from bots.asked import Asked
from core.accounts.model import Account, Identity
from core.errors import BadOption


@dataclass(frozen=True, slots=True)
class Wanted:
    """One action, as `core.admin.service` takes it."""

    action: str
    target: str
    args: dict[str, JsonValue] = field(default_factory=dict)
    why: str = ""


Reader = Callable[[Asked, str, list[str]], Awaitable[Wanted]]


async def _credits(asked: Asked, action: str, said: list[str]) -> Wanted:
    """`@name 50 for the bug`."""
    if len(said) < 2:
        raise usage(action)
    who, number, *why = said
    return Wanted(action, (await person(asked, who)).id, {"credits": whole(action, number)}, " ".join(why))


READERS: dict[str, Reader] = {"grant": _credits, "revoke": _credits}


def usage(action: str) -> BadOption:
    """What is missing, and how it is typed."""
    return BadOption(action, "could not be understood.", words.how(action))


def whole(action: str, text: str) -> int:
    """Raises BadOption."""
    if not text.isascii() or not text.isdecimal() or len(text) > 9:
        raise BadOption(action, f"needs a whole number; you gave {text[:20]!r}.", words.how(action))
    return int(text)


async def person(asked: Asked, who: str) -> Account:
    """By a mention, `telegram:42`, the id of an account, or somebody's code of /invite. Raises BadOption."""
    app, accounts = asked.app, asked.app.accounts
    identity = giving.mentioned(asked.message.identity, who) or _identity(who)
    found = await (accounts.store.find(identity) if identity else accounts.store.get(who))
    account = await accounts.root(found) if found else await app.referrals.named(who)
    if account is None:
        raise BadOption("person", words.nobody(who), words.naming())
    return account


def _identity(text: str) -> Identity | None:
    try:
        return Identity.parse(text)
    except ValueError:
        return None
