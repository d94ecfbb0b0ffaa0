"""Roles and suspensions. Repeated after a crash they change nothing that somebody else has changed since."""

from collections.abc import Collection

from core.accounts.model import Account, Identity, Role
from core.accounts.service import Accounts
from core.admin.intents import Intent
from core.admin.model import Actor, Doc
from core.admin.rules import Hierarchy
from core.errors import ActionRefused, BadOption
from core.news import RoleChanged, SuspensionChanged
from core.payments.telling import Telling
from core.stores.admin import AuditStore

NO_REASON = "by the operator"


class People:
    """Accounts, and who is above whom."""

    def __init__(self, accounts: Accounts, hierarchy: Hierarchy, audit: AuditStore) -> None:
        self.accounts = accounts
        self._hierarchy = hierarchy
        self._audit = audit

    async def account(self, id: str) -> Account:
        return await self.accounts.root(await self.accounts.get(id))

    async def above(self, actor: Actor, target: Account) -> None:
        """Raises ActionRefused."""
        if target.closing:
            raise ActionRefused("This person has deleted their account.")
        own = await self._identities(actor.account) if actor.account else ()
        self._hierarchy.check(actor, own, target, await self._identities(target.id))

    async def is_overtaken(self, intent: Intent, actions: Collection[str]) -> bool:
        """Whether one of these was done to the same person after this one was asked for.

        Somebody who is as they were may have become so again: that what is repeated late finds them so proves nothing.
        """
        latest = [await self._audit.page(None, 1, action=action, target=intent.target) for action in actions]
        return any(line.at > intent.at for lines in latest for line in lines)

    async def forgive(self, account: str) -> None:
        """Forget the strikes, also those of accounts that were linked to this one."""
        for each in await self.accounts.store.family(account):
            await self.accounts.store.forgive(each)

    async def has_admin(self) -> bool:
        return bool(await self.accounts.store.page(None, 1, role=Role.ADMIN, suspended=False))

    async def _identities(self, account: str) -> Collection[Identity]:
        return await self.accounts.store.identities(await self.accounts.store.family(account))


class RoleChange:
    """Another role."""

    def __init__(self, people: People, telling: Telling) -> None:
        self._people = people
        self._telling = telling

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises BadOption or ActionRefused."""
        wanted, account = _role(intent), await self._people.account(intent.target)
        await self._people.above(actor, account)
        if account.role is wanted:
            raise ActionRefused(f"They have the role {wanted.label} already.")
        return {"was": account.role.label}

    async def act(self, intent: Intent) -> Doc:
        """Written before it is looked whether an admin is left: of two who demote each other one sees the other."""
        account, store = await self._people.account(intent.target), self._people.accounts.store
        is_as_before = account.role.label == intent.before.get("was")
        if is_as_before and not await self._people.is_overtaken(intent, ("role",)):
            await store.set_role(account.id, _role(intent))
            if account.role is Role.ADMIN and not await self._people.has_admin():
                await store.set_role(account.id, Role.ADMIN)
                raise ActionRefused("The last admin stays.")
        return {}

    async def tell(self, intent: Intent, after: Doc) -> None:
        await self._telling.person(intent.target, lambda available: RoleChanged(intent.text("role")), intent.op)


class Suspension:
    """Suspend somebody, or (`lifts`) let them go on. They are told the reason whenever they ask for something.

    Who may go on begins anew: with the old strikes the next one would suspend them again at once.
    """

    def __init__(self, people: People, telling: Telling, contact: str, *, lifts: bool) -> None:
        self._people = people
        self._telling = telling
        self._contact = contact
        self._lifts = lifts

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises ActionRefused."""
        account = await self._people.account(intent.target)
        await self._people.above(actor, account)
        if self._lifts and account.suspended is None:
            raise ActionRefused("They are not suspended.")
        if not self._lifts and account.suspended is not None:
            raise ActionRefused(f"They are suspended already: {account.suspended}.")
        return {"suspended": account.suspended}

    async def act(self, intent: Intent) -> Doc:
        account = await self._people.account(intent.target)
        is_as_before = account.suspended == intent.before.get("suspended")
        if is_as_before and not await self._people.is_overtaken(intent, ("suspend", "unsuspend")):
            if self._lifts:  # first, as whoever repeats this finds them as they were for as long as it may be missing
                await self._people.forgive(account.id)
            await self._people.accounts.store.suspend(account.id, self._reason(intent))
        return {"suspended": self._reason(intent)}

    async def tell(self, intent: Intent, after: Doc) -> None:
        news = SuspensionChanged(self._reason(intent), self._contact)
        await self._telling.person(intent.target, lambda available: news, intent.op)

    def _reason(self, intent: Intent) -> str | None:
        return None if self._lifts else intent.why or NO_REASON


def _role(intent: Intent) -> Role:
    try:
        return Role[intent.text("role").upper()]
    except KeyError:
        raise BadOption("role", f"must be one of {', '.join(role.label for role in Role)}.") from None
