"""Credits that an admin gives or takes, and money that is paid back.

Crash table of giving and taking, with `core.admin.driving`:
  before the intent is saved  nothing is on disk            the request comes again
  after it is saved           who wants what, and why       the request comes again, or the scheduler after 30 s
  after the entry             the entry `admin:{request}`   the same; the entry is found
  after the audit line        both                          the same: the person is told, under the same key
  after the intent is gone    the end                       nobody
"""

from core.accounts.service import Accounts
from core.admin.intents import Intent
from core.admin.model import Actor, Doc
from core.credits.ledger import Ledger
from core.credits.model import Origin
from core.credits.operations import Adjust, Grant
from core.errors import ActionRefused, BadOption, InsufficientCredits
from core.news import Adjusted
from core.payments.telling import Telling

MOST = 1_000_000
NO_REASON = "by the operator"


class Giving:
    """Credits to an account (`sign` 1), or from it (-1)."""

    def __init__(self, accounts: Accounts, ledger: Ledger, telling: Telling, sign: int) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._telling = telling
        self._sign = sign

    async def look(self, actor: Actor, intent: Intent) -> Doc:
        """Raises BadOption, or ActionRefused with how much there is."""
        credits = intent.number("credits")
        if not 1 <= credits <= MOST:
            raise BadOption("credits", f"must be a whole number from 1 to {MOST:,}; you gave {credits}.")
        if self._sign > 0 and (await self._accounts.get(intent.target)).closing:
            raise ActionRefused("This person has deleted their account.")
        available = await self._available(intent.target)
        if self._sign < 0 and available < credits:
            raise _too_few(credits, available)
        return {"available": available}

    async def act(self, intent: Intent) -> Doc:
        credits, why = intent.number("credits"), intent.why or NO_REASON
        given = Grant(intent.target, intent.op, credits, Origin.PROMO, ref=why)
        taken = Adjust(intent.target, intent.op, -credits, ref=why)
        try:
            entry = await self._ledger.follow(given if self._sign > 0 else taken)
        except InsufficientCredits as error:
            raise _too_few(error.needed, error.available) from error
        return {"available": await self._available(entry.account)}

    async def tell(self, intent: Intent, after: Doc) -> None:
        credits = self._sign * intent.number("credits")
        await self._telling.person(intent.target, lambda available: Adjusted(credits, available, intent.why), intent.op)

    async def _available(self, account: str) -> int:
        root = await self._accounts.root(await self._accounts.get(account))
        return (await self._ledger.balance(root.id)).available


def _too_few(credits: int, available: int) -> ActionRefused:
    return ActionRefused(f"They have {available:,} {'credit' if available == 1 else 'credits'}, not {credits:,}.")
