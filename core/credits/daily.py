"""Free credits once per UTC day, for whoever asks."""

from core.accounts.model import Account
from core.clock import DAY, Clock, Millis, next_midnight, utc_date
from core.credits.ledger import Ledger
from core.credits.model import Entry, Grant, Origin
from core.errors import AlreadyClaimed, NoFreeCredits
from core.stores.ports import AccountStore


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
