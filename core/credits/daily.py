"""Free credits once per UTC day, for whoever asks, or for everybody."""

from core.accounts.model import Account
from core.clock import DAY, Clock, Millis, next_midnight, utc_date
from core.credits.ledger import Ledger
from core.credits.model import Entry, Grant, Origin
from core.errors import AlreadyClaimed, LedgerError, NoFreeCredits
from core.log import logger
from core.stores.ports import AccountStore

PAGE = 100


class DailyCredits:
    """`amount` credits a day (0: none), good for `days` days."""

    def __init__(self, ledger: Ledger, accounts: AccountStore, clock: Clock, amount: int, days: int) -> None:
        self._ledger = ledger
        self._accounts = accounts
        self._clock = clock
        self.amount = amount
        self._life: Millis = days * DAY

    async def claim(self, account: Account) -> Entry:
        """Today's credits. Raises NoFreeCredits, or AlreadyClaimed, also when a linked account had them."""
        now = self._clock.now()
        if not self.amount:
            raise NoFreeCredits
        if await self.is_claimed(account):
            raise AlreadyClaimed(next_midnight(now))
        op = _op(account.id, now)
        expires_at = next_midnight(now) + self._life
        return await self._ledger.follow(
            Grant(account.id, op, self.amount, Origin.FREE, expires_at, ref="daily free credits")
        )

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
        except AlreadyClaimed:
            return False
        except LedgerError as error:
            logger().error("no daily credits", account=account_id, errorName=error.code, detail=error.message)
            return False
        return True

    async def is_claimed(self, account: Account) -> bool:
        """Whether today's credits were had by any account of the family, wherever a link has moved their entry."""
        now = self._clock.now()
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
