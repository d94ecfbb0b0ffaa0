"""Make two people one: a one-time code typed on the second platform joins both accounts and wallets.

Crash table of `redeem`:
  after claim         the code names both accounts        the sweeper merges claimed codes
  after merge         the source points at its heir       the sweeper drains merged accounts
  amid drain          moved-out entries lack their twin   drain moves them in, under the same operation ids
Jobs that run meanwhile end their hold on the old account; what comes back is drained after them.
"""

from collections.abc import Awaitable
from contextlib import suppress

from core.accounts.model import Account, LinkCode
from core.accounts.service import Accounts
from core.clock import MINUTE, Clock, Millis
from core.credits.ledger import Ledger
from core.errors import LinkRefused, StoreError
from core.ids import digest, short_code
from core.limits import Throttle
from core.log import logger
from core.stores.ports import LinkStore

MOST_LINKED = 20
"""So many accounts can become one. Each brings its welcome credits, and makes what asks about all of them slower."""
CODE_LENGTH = 8  # 30^8 codes, 5 tries an hour, 10 minutes of life: guessing one is hopeless


class Linking:
    """Gives and redeems link codes."""

    def __init__(
        self,
        store: LinkStore,
        accounts: Accounts,
        ledger: Ledger,
        clock: Clock,
        *,
        asking: Throttle,
        trying: Throttle,
        minutes: int,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._ledger = ledger
        self._clock = clock
        self._asking = asking
        self._trying = trying
        self._life: Millis = minutes * MINUTE

    async def offer(self, account: Account, request_id: str) -> tuple[str, Millis]:
        """A new code for this account, and when it expires. Raises AttemptsThrottled."""
        await self._asking.take(account.id, request_id)
        code = short_code(CODE_LENGTH)
        expires_at = self._clock.now() + self._life
        await self._store.add(LinkCode(digest(code), account.id, expires_at))
        return code, expires_at

    async def redeem(self, account: Account, code: str, request_id: str) -> Account:
        """Join this account with the one that asked for the code. Returns the account both have now.

        Raises AttemptsThrottled, or LinkRefused when the code is wrong, used or too old, or joins nothing.
        """
        await self._trying.take(account.id, f"{request_id}:{digest(code)}")  # who sends another code tries again
        claimed = await self._store.claim(digest(code.strip().upper()), account.id, self._clock.now())
        if claimed is None:
            raise LinkRefused("This code is not valid: it was mistyped, used before, or is too old.", try_new_code=True)
        if claimed.account == account.id:
            await self._store.mark_merged(claimed.digest)
            raise LinkRefused("This code comes from the account you are using already.", try_new_code=False)
        return await self._merge(claimed)

    async def recover(self) -> None:
        """Finish what a crash interrupted, and move what came back since. One that fails keeps no other one waiting.

        Raises StoreError.
        """
        for code in await self._store.unmerged():
            with suppress(LinkRefused):
                await self._alone(self._merge(code), code.account)
        for source, target in await self._accounts.store.undrained():
            await self._alone(self.drain(source, target), source)

    async def _alone(self, step: Awaitable[object], account: str) -> None:
        """Raises LinkRefused or StoreError; whatever else is in the way is this account's own trouble."""
        try:
            await step
        except (LinkRefused, StoreError):
            raise
        except Exception:
            logger().exception("link not finished", account=account)

    async def drain(self, source: str, target: str) -> None:
        if await self._ledger.drain(source, target):
            await self._accounts.store.mark_drained(source)

    async def _merge(self, code: LinkCode) -> Account:
        """The older account stays: with a fixed direction, links made crosswise cannot form a ring."""
        assert code.claimed_by is not None  # noqa: S101  # a type guard: only claimed codes come here
        one = await self._accounts.root(await self._accounts.get(code.account))
        other = await self._accounts.root(await self._accounts.get(code.claimed_by))
        if one.id == other.id:
            await self._store.mark_merged(code.digest)
            return one
        if one.suspended or other.suspended:
            await self._store.mark_merged(code.digest)
            raise LinkRefused("One of the two accounts is suspended, so they cannot be linked.", try_new_code=False)
        if one.closing or other.closing:  # a code outlives the account that asked for it; nobody may end up in that one
            await self._store.mark_merged(code.digest)
            raise LinkRefused("One of the two accounts is deleted, so they cannot be linked.", try_new_code=False)
        if await self._size(one) + await self._size(other) > MOST_LINKED:
            await self._store.mark_merged(code.digest)
            raise LinkRefused(f"No more than {MOST_LINKED} accounts can be linked.", try_new_code=False)
        target, source = sorted((one, other), key=lambda account: account.id)
        await self._accounts.store.raise_role(target.id, source.role)
        if not await self._accounts.store.merge(source.id, target.id):
            return await self._merge(code)
        await self.drain(source.id, target.id)
        heir = await self._accounts.root(await self._accounts.get(target.id))
        await self._accounts.store.raise_role(heir.id, source.role)  # the target may have been merged itself meanwhile
        await self._store.mark_merged(code.digest)
        return await self._accounts.get(heir.id)

    async def _size(self, account: Account) -> int:
        return len(await self._accounts.store.family(account.id))
