"""Read what an admin typed after `/admin grant`: to whom, how much, and why."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from bots import admin_texts as words
from bots import giving
from bots.asked import Asked
from core.accounts.model import Account, Identity, Role
from core.admin.announcing import EVERYBODY
from core.admin.house import HOUSE
from core.errors import BadOption, NotFound
from core.money import minor_units
from core.payments.codes import Terms
from core.text import clean

DIGITS = 9
USUAL, ALL = "usual", "all"
ENABLE, DISABLE = "enable", "disable"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One action, as `core.admin.service` takes it."""

    action: str
    target: str
    args: dict[str, JsonValue] = field(default_factory=dict)
    why: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What was typed after the action. `text` is all of it, as typed."""

    action: str
    text: str

    @property
    def words(self) -> list[str]:
        return self.text.split()

    def some(self, number: int) -> tuple[list[str], str]:
        """The first words, and the rest. Raises BadOption when there are fewer."""
        if len(self.words) < number:
            raise self.unclear()
        return self.words[:number], " ".join(self.words[number:])

    def unclear(self) -> BadOption:
        return BadOption(self.action, "could not be understood.", words.how(self.action))

    def number(self, text: str) -> int:
        """Raises BadOption."""
        if not text.isascii() or not text.isdecimal() or len(text) > DIGITS:
            problem = f"needs a whole number of at most {DIGITS} digits; you gave {text[:20]!r}."
            raise BadOption(self.action, problem, words.how(self.action))
        return int(text)

    def number_or_usual(self, text: str) -> int | None:
        return None if text.lower() == USUAL else self.number(text)


Reader = Callable[[Asked, Said], Awaitable[Wanted]]


async def _credits(asked: Asked, said: Said) -> Wanted:
    """`@name 50 for the bug`."""
    (who, number), why = said.some(2)
    credits = said.number(number)
    return Wanted(said.action, (await person(asked, who)).id, {"credits": credits}, why)


async def _refund(asked: Asked, said: Said) -> Wanted:
    """`ORDER all why`, or an amount of money; `ORDER/PAYMENT` of a plan with several."""
    (named, money), why = said.some(2)
    id, _, payment = named.partition("/")
    order = await asked.app.stores.orders.get(id)
    if order is None or order.goods is None:
        raise NotFound(words.no_order(id))
    amount = None if money.lower() == ALL else _minor(said, money, order.goods.currency)
    return Wanted(said.action, order.id, {"payment": payment, "amount": amount}, why)


async def _role(asked: Asked, said: Said) -> Wanted:
    (who, name), why = said.some(2)
    return Wanted(said.action, (await person(asked, who)).id, {"role": _named(name).label}, why)


async def _person(asked: Asked, said: Said) -> Wanted:
    [who], why = said.some(1)
    return Wanted(said.action, (await person(asked, who)).id, {}, why)


async def _job(asked: Asked, said: Said) -> Wanted:
    [job], why = said.some(1)
    return Wanted(said.action, job.lower(), {}, why)


async def _price(asked: Asked, said: Said) -> Wanted:
    (model, credits), why = said.some(2)
    return Wanted(said.action, model.lower(), {"credits": said.number_or_usual(credits)}, why)


async def _model(asked: Asked, said: Said) -> Wanted:
    (switch, model), why = said.some(2)
    if switch.lower() not in (ENABLE, DISABLE):
        raise said.unclear()
    return Wanted(said.action, model.lower(), {"enabled": switch.lower() == ENABLE}, why)


async def _limit(asked: Asked, said: Said) -> Wanted:
    (role, per_day), why = said.some(2)
    return Wanted(said.action, _named(role).label, {"per_day": said.number_or_usual(per_day)}, why)


async def _house(asked: Asked, said: Said) -> Wanted:
    return Wanted(said.action, HOUSE, {}, said.text)


async def _announce(asked: Asked, said: Said) -> Wanted:
    if said.text.lower() == "stop":
        return Wanted("silence", EVERYBODY)
    if not (text := clean(said.text)):
        raise said.unclear()
    return Wanted(said.action, EVERYBODY, {"text": text})


READERS: dict[str, Reader] = {
    "grant": _credits,
    "revoke": _credits,
    "refund": _refund,
    "role": _role,
    "suspend": _person,
    "unsuspend": _person,
    "retry": _job,
    "cancel": _job,
    "price": _price,
    "model": _model,
    "limit": _limit,
    "pause": _house,
    "resume": _house,
    "announce": _announce,
}


def terms(said: Said) -> tuple[int, Terms]:
    """`10 50`: ten codes of 50 credits; then for how many people each, and for how many days. Raises BadOption."""
    if not 2 <= len(said.words) <= 4:
        raise said.unclear()
    number, *rest = (said.number(word) for word in said.words)
    return number, Terms(*rest)


async def person(asked: Asked, who: str) -> Account:
    """By a mention, `telegram:42`, the id of an account, or somebody's code of /invite. Raises BadOption."""
    app, accounts = asked.app, asked.app.accounts
    identity = giving.mentioned(asked.message.identity, who) or _identity(who)
    found = await (accounts.store.find(identity) if identity else accounts.store.get(who))
    account = await accounts.root(found) if found else await app.referrals.named(who)
    if account is None:
        raise BadOption("person", words.nobody(who), words.naming())
    return account


def days(said: Sequence[str], usual: int, most: int) -> tuple[int, list[str]]:
    """A number of days, wherever it is among the words, and the other words."""
    numbers = [word for word in said if word.isascii() and word.isdecimal() and len(word) < 5]
    wanted = int(numbers[0]) if numbers else usual
    return min(max(1, wanted), most), [word.lower() for word in said if word not in numbers[:1]]


def _identity(text: str) -> Identity | None:
    try:
        return Identity.parse(text)
    except ValueError:
        return None


def _named(role: str) -> Role:
    """Raises BadOption."""
    if role.upper() not in Role.__members__:
        raise BadOption("role", f"must be one of {', '.join(each.label for each in Role)}; you gave {role[:20]!r}.")
    return Role[role.upper()]


def _minor(said: Said, money: str, currency: str) -> int:
    """`4.99` in minor units. Raises BadOption."""
    amount = minor_units(money, currency)
    if amount is None:
        raise BadOption(said.action, f"needs an amount in {currency}, or {ALL}.", words.how(said.action))
    return amount
