"""Find or make the account behind an identity, raise roles, suspend, and answer who belongs together."""

from collections.abc import Collection
from dataclasses import replace

from core.accounts.model import Account, Identity, Role
from core.clock import Clock, next_midnight
from core.credits.ledger import Ledger
from core.credits.model import Origin
from core.credits.operations import Grant
from core.errors import EaselError
from core.ids import account_id, digest
from core.stores.ports import AccountStore


class Accounts:
    """Accounts on first sight.

    Crash table of `for_identity`: before `create` nothing exists; after it the account exists but is not
    welcomed, and the next sight of it repeats the welcome, whose grant happens once by its operation id.
    """

    def __init__(
        self,
        store: AccountStore,
        ledger: Ledger,
        clock: Clock,
        *,
        admins: Collection[Identity],
        signup_credits: int,
    ) -> None:
        self.store = store
        self._ledger = ledger
        self._clock = clock
        self._admins = frozenset(admins)
        self._signup_credits = signup_credits

    async def for_identity(self, identity: Identity) -> Account:
        """The account this identity leads to, after all merges; made and welcomed if it is new."""
        account = await self.store.find(identity)
        if account is None:
            account = await self.store.create(identity, await self._new_account(identity))
        if not account.welcomed:
            await self._welcome(account)
        account = await self.root(account)
        if identity in self._admins and account.role < Role.ADMIN:
            await self.store.raise_role(account.id, Role.ADMIN)
            account = await self.get(account.id)
        if account.role < Role.SUBSCRIBER and account.subscriber_until > self._clock.now():
            account = replace(account, role=Role.SUBSCRIBER)
        return account

    async def root(self, account: Account) -> Account:
        """Follow merges to the account that has the wallet now."""
        while account.merged_into is not None:
            account = await self.get(account.merged_into)
        return account

    async def get(self, account: str) -> Account:
        found = await self.store.get(account)
        if found is None:
            raise EaselError(f"Account {account} does not exist.")
        return found

    async def names(self, accounts: Collection[str]) -> dict[str, list[Identity]]:
        """Under which names each is known, those of what was merged into it included, in order."""
        families = await self.store.families(accounts)
        owned = await self.store.owned([each for family in families.values() for each in family])
        return {
            account: sorted((name for each in family for name in owned.get(each, ())), key=str)
            for account, family in families.items()
        }

    async def strike(self, account: str, request_id: str, limit: int) -> int:
        """Count a broken rule; suspend at the limit (0: never). The strikes so far."""
        strikes = await self.store.strike(account, request_id)
        if limit and strikes >= limit:
            await self.store.suspend(account, f"{strikes} {'request' if strikes == 1 else 'requests'} broke the rules")
        return strikes

    async def _new_account(self, identity: Identity) -> Account:
        """A fresh account; somebody who was here before and deleted everything stays suspended and gets no welcome."""
        now = self._clock.now()
        grave = await self.store.tombstone(digest(str(identity)))
        if grave is None:
            return Account(account_id(now), now)
        free_from = next_midnight(grave.deleted_at)
        return Account(account_id(now), now, suspended=grave.suspended, welcomed=True, free_from=free_from)

    async def _welcome(self, account: Account) -> None:
        if self._signup_credits:
            op = f"signup:{account.id}"
            await self._ledger.follow(Grant(account.id, op, self._signup_credits, Origin.FREE, ref="welcome credits"))
        await self.store.mark_welcomed(account.id)
