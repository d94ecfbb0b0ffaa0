"""Free credits once per UTC day, for whoever asks, or for everybody."""

from contextlib import suppress

from core.accounts.model import Account
from core.clock import DAY, Clock, Millis, next_midnight, utc_date
from core.credits.ledger import Ledger
from core.credits.model import Entry, Origin
from core.credits.operations import Grant
from core.errors import AccountMoved, AlreadyClaimed, FreeCreditsLater, LedgerError, NoFreeCredits, StoreBusy
from core.log import logger
from core.stores.ports import AccountStore

PAGE = 100
MAX_MERGES = 16
"""So many are followed that happen just while somebody asks."""


class DailyCredits:
    """`amount` credits a day (0: none), good for `days` days, for accounts that are `after_days` old."""

    def __init__(
        self, ledger: Ledger, accounts: AccountStore, clock: Clock, amount: int, days: int, after_days: int = 0
    ) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._clock = clock
        self.amount = amount
        self._life: Millis = days * DAY
        self._after_days = after_days

    async def claim(self, account: Account) -> Entry:
        """Today's credits.

        Raises NoFreeCredits, FreeCreditsLater, or AlreadyClaimed, also when a linked account had them.

        One operation id in one ledger grants them, that of the account all others were merged into. What a merged
        account may still be granting itself meanwhile is shut out by closing its ledger before looking into it.
        """
        now = self._clock.now()
        if not self.amount:
            raise NoFreeCredits
        for _ in range(MAX_MERGES):
            account = await self._root(account)
            self._check_age(account, now)
            await self._close_merged(account)
            if await self._had(account, now):
                raise AlreadyClaimed(next_midnight(now))
            with suppress(AccountMoved):  # merged since: its heir decides
                return await self._ledger.execute(self._grant(account, now))
        raise StoreBusy

    async def give_all(self) -> int:
        """Today's credits for everybody who may have them and has not asked yet; how many got some.

        They come under the operation id that asking for them has, so nobody gets them twice. Raises StoreError:
        some have them then, the others get them when this is repeated.
        """
        given, last = 0, ""
        while self.amount and (page := await self._accounts.independent(last, PAGE)):
            for account in page:
                given += await self._give(account)
            last = page[-1]
        return given

    async def _give(self, account_id: str) -> bool:
        account = await self._accounts.get(account_id)
        if account is None or account.suspended or account.closing:
            return False
        try:
            await self.claim(account)
        except (AlreadyClaimed, FreeCreditsLater):
            return False
        except LedgerError as error:
            logger().error("no daily credits", account=account_id, errorName=error.code, detail=error.message)
            return False
        return True

    async def is_claimed(self, account: Account) -> bool:
        """Whether today's credits were had by any account of the family, wherever a link has moved their entry."""
        return await self._had(await self._root(account), self._clock.now())

    def _check_age(self, account: Account, now: Millis) -> None:
        """Of the account that all others were merged into, so that a link to a throwaway account wins nothing."""
        at = account.created_at + self._after_days * DAY
        if now < at:
            raise FreeCreditsLater(self._after_days, at)

    def _grant(self, account: Account, now: Millis) -> Grant:
        expires_at = next_midnight(now) + self._life
        return Grant(account.id, _op(account.id, now), self.amount, Origin.FREE, expires_at, ref="daily free credits")

    async def _root(self, account: Account) -> Account:
        """The account that has the wallet now: this one may have been looked up before a merge."""
        found = await self._accounts.get(account.id)
        while found is not None and found.merged_into is not None:
            account, found = found, await self._accounts.get(found.merged_into)
        return found or account

    async def _close_merged(self, account: Account) -> None:
        """Let no merged account grant itself anything any more, should its merge not have come that far."""
        for member in await self._accounts.family(account.id):
            found = await self._accounts.get(member)
            if found is not None and found.merged_into and (await self._ledger.state(member)).moved_to is None:
                await self._ledger.drain(member, found.merged_into)

    async def _had(self, account: Account, now: Millis) -> bool:
        if now < account.free_from:
            return True
        family = await self._accounts.family(account.id)
        for member in family:
            for claimant in family:
                if await self._ledger.entry(member, _op(claimant, now)):
                    return True
        return False


def _op(account: str, at: Millis) -> str:
    return f"daily:{account}:{utc_date(at)}"
