"""Gift codes: whoever redeems one gets its credits, each account once, and each code so often as it was made for.

A code has 100 bits and is kept by its digest only, so that a copy of the database is worth nothing. Crash table of
`redeem`:
  before the claim      nothing is on disk               the person asks again
  after the claim       whose use of the code it was     the scheduler, or the person asks again: it goes on from there
  after the grant       `code:{digest}:{account}`        the same; the entry is found
  after it is finished  the end                          nobody
The account is a part of the operation id, as that is the lot's id, too: two who had the same code may be linked later,
and then both lots are in one ledger.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.accounts.model import Account
from core.accounts.returning import last_deleted
from core.clock import DAY, MINUTE, Clock, Millis
from core.credits.ledger import Ledger
from core.credits.model import Entry, Origin
from core.credits.operations import Grant
from core.errors import BadOption, CodeRefused, EaselError, StoreError
from core.ids import CODE_ALPHABET, digest, short_code
from core.limits import Throttle
from core.log import logger
from core.payments.orders import Code
from core.stores.ports import AccountStore
from core.stores.trade import CodeStore

LENGTH = 21
"""Characters of an alphabet of 30: 103 bits."""
MOST_CODES = 10_000
MOST_USES = 1_000
GRACE: Millis = MINUTE
_SEPARATORS = re.compile(r"[\s-]+")


@dataclass(frozen=True, slots=True)
class Terms:
    """What new codes are worth: `credits` each, for `uses` accounts each, within `days`."""

    credits: int
    uses: int = 1
    days: int = 365


class Codes:
    """Makes codes, and redeems them."""

    def __init__(
        self, store: CodeStore, accounts: AccountStore, ledger: Ledger, throttle: Throttle, clock: Clock
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._ledger = ledger
        self._throttle = throttle
        self._clock = clock

    async def make(self, number: int, terms: Terms) -> list[str]:
        """New codes, as people type them. They cannot be read from the database later. Raises BadOption."""
        check(number, terms)
        now = self._clock.now()
        codes = [short_code(LENGTH) for _ in range(number)]
        await self._store.add(
            [Code(digest(code), terms.credits, terms.uses, now, now + terms.days * DAY) for code in codes]
        )
        return [shown(code) for code in codes]

    async def redeem(self, account: Account, text: str, request_id: str) -> Entry:
        """Raises CodeRefused, or RateLimited after too many tries."""
        code = _SEPARATORS.sub("", text).upper()
        await self._throttle.take(account.id, f"{request_id}:{digest(code)}")  # who sends another code tries again
        family = await self._accounts.family(account.id)
        if len(code) != LENGTH or not set(code) <= set(CODE_ALPHABET):
            raise CodeRefused
        if await self._had_before(digest(code), family):
            raise CodeRefused
        claimed = await self._store.claim(digest(code), account.id, family, self._clock.now())
        if claimed is None:
            raise CodeRefused
        return await self._grant(claimed, account.id)

    async def recover(self) -> None:
        """Bring to their end those redemptions that a crash interrupted. One that fails keeps no other one waiting.

        Raises StoreError.
        """
        for code, account in await self._store.unfinished(self._clock.now() - GRACE):
            try:
                await self._grant(code, account)
            except StoreError:
                raise
            except EaselError as error:
                logger().error("gift code not granted", account=account, errorName=error.code, detail=str(error))
            except Exception:
                logger().exception("gift code crashed", account=account)

    async def _had_before(self, code: str, family: Sequence[str]) -> bool:
        """Whether they deleted themselves since a code for many was made: what they had then is not known any more.

        Else whoever deletes an account and comes back uses up alone what was made for many.
        """
        found = await self._store.get(code)
        deleted_at = await last_deleted(self._accounts, family)
        return found is not None and found.uses > 1 and deleted_at is not None and found.created_at <= deleted_at

    async def _grant(self, code: Code, account: str) -> Entry:
        op = f"code:{code.digest}:{account}"
        entry = await self._ledger.follow(Grant(account, op, code.credits, Origin.PROMO, ref="gift code"))
        await self._store.finish(code.digest, account)
        return entry


def check(number: int, terms: Terms) -> None:
    """Whether so many codes can be made. Raises BadOption."""
    if not 1 <= number <= MOST_CODES:
        raise BadOption("number", f"must be 1 to {MOST_CODES}.")
    if not (1 <= terms.uses <= MOST_USES and 1 <= terms.credits <= 1_000_000 and 1 <= terms.days <= 3650):
        raise BadOption("uses", f"must be 1 to {MOST_USES}, with 1 to 1,000,000 credits, for 1 to 3650 days.")


def shown(code: str) -> str:
    """In groups of seven, to be read and typed."""
    return "-".join(code[at : at + 7] for at in range(0, len(code), 7))


def as_csv(codes: Sequence[str], terms: Terms) -> bytes:
    """A table for spreadsheets."""
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["code", "credits", "uses", "days"])
    rows.writerows([code, terms.credits, terms.uses, terms.days] for code in codes)
    return table.getvalue().encode()
