"""What an admin sees of a person. Each look is a line in the audit log, as it is somebody's data."""

from dataclasses import dataclass

from core.accounts.model import Account, Identity
from core.accounts.service import Accounts
from core.admin.announcing import Announcements
from core.admin.model import Actor, Audited
from core.admin.rules import allow
from core.clock import HOUR, Clock
from core.credits.ledger import Ledger
from core.credits.model import Balance, Entry
from core.errors import NotFound
from core.ids import digest
from core.jobs.model import Job
from core.payments.orders import Order
from core.stores.ports import Stores
from core.stores.trade import all_of

SHOWN = 10
VIEW = "view"


@dataclass(frozen=True, slots=True)
class Person:
    """A person at a glance; the lists have the latest first. Prompts are in `jobs`: who shows them decides.

    `disputes`: how many of their orders were ever disputed.
    """

    account: Account
    identities: tuple[Identity, ...]
    balance: Balance
    strikes: int
    disputes: int
    wants_announcements: bool
    jobs: tuple[Job, ...]
    orders: tuple[Order, ...]
    entries: tuple[Entry, ...]


class Looking:
    """Raises RoleNeeded, ScopeNeeded, NotFound or StoreError."""

    def __init__(
        self, stores: Stores, accounts: Accounts, ledger: Ledger, announcements: Announcements, clock: Clock
    ) -> None:
        self._stores = stores
        self._accounts = accounts
        self._ledger = ledger
        self._announcements = announcements
        self._clock = clock

    async def person(self, actor: Actor, request: str, account: str, shown: int = SHOWN) -> Person:
        allow(actor, "user")
        found = await self._stores.accounts.get(account)
        if found is None:
            raise NotFound("There is no such account.")
        root = await self._accounts.root(found)
        await self.seen(actor, request, "user", root.id)
        family = await self._stores.accounts.family(root.id)
        return Person(
            root,
            tuple(sorted(await self._stores.accounts.identities(family), key=str)),
            await self._ledger.balance(root.id),
            sum([await self._stores.accounts.strikes(each) for each in family]),
            sum(order.was_disputed for order in await all_of(self._stores.orders, family)),
            await self._announcements.wants(root.id),
            tuple(await self._stores.jobs.history(family, shown)),
            tuple(await self._stores.orders.of_accounts(family, shown)),
            tuple(await self._stores.ledger.latest(root.id, None, shown)),
        )

    async def job(self, actor: Actor, request: str, job: str) -> Job:
        allow(actor, "job")
        found = await self._stores.jobs.get(job)
        if found is None:
            raise NotFound("There is no such request.")
        await self.seen(actor, request, "job", job)
        return found

    async def watched(self, actor: Actor, what: str, target: str) -> None:
        """As `seen`, once an hour: a page that is open renews itself all the time."""
        hour = self._clock.now() // HOUR
        await self.seen(actor, f"page:{digest(f'{actor.id} {what} {target} {hour}')[:40]}", what, target)

    async def seen(self, actor: Actor, request: str, what: str, target: str) -> None:
        """Write down that this was looked at, once per request."""
        line = Audited(
            request, self._clock.now(), actor.id, actor.label, VIEW, target, after={"what": what}
        )  # fmt: skip
        await self._stores.audit.append(line)
