"""Invitations: who invites somebody gets credits once, on that friend's first purchase.

A person's code is also how they are named where no mention can name them, such as for a gift. Crash table of `bought`:
  before it is marked as due   nothing of ours              the purchase is reported again, or the order looked at
  after it is marked           how much for which friend    the same: each call goes on from there
  after the grant              entry `referral:{friend}`    nobody: a repeated call finds it
  before the inviter is told   the same                     nobody: the credits are in their history
Documents name accounts only: `invites:{account}` has the account's code, `invite:{code}` whose it is,
`invited:{account}` who invited it and, from its first purchase on, for how many credits.
"""

from collections.abc import Awaitable, Callable

from pydantic import BaseModel, ConfigDict

from core.accounts.model import Account
from core.accounts.service import Accounts
from core.credits.ledger import Ledger
from core.credits.model import Grant, Origin
from core.errors import CodeRefused, InviteRefused, StoreBusy
from core.ids import CODE_ALPHABET, short_code
from core.stores.ports import SettingStore
from core.stores.trade import OrderStore, all_of

LENGTH = 8
"""Characters: 39 bits. To guess one gives its owner something and the guesser nothing."""
MAX_TRIES = 20

Tell = Callable[[str, int, str], Awaitable[None]]
"""Tells an account of credits for an invitation; the text is a key, the same for the same credits."""


class Invited(BaseModel):
    """Who invited an account, and for how many credits: None until it buys something."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    by: str
    credits: int | None = None


class Owned(BaseModel):
    """Whose a code is, or which code an account has."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str


class Referrals:
    """`credits` for each friend (0: none). Everything raises StoreError and may be repeated."""

    def __init__(
        self, settings: SettingStore, accounts: Accounts, ledger: Ledger, orders: OrderStore, credits: int, tell: Tell
    ) -> None:
        self._settings = settings
        self._accounts = accounts
        self._ledger = ledger
        self._orders = orders
        self.credits = credits
        self._tell = tell

    async def code(self, account: Account) -> str:
        """The account's own code, the same each time."""
        scope = f"invites:{account.id}"
        for _ in range(MAX_TRIES):
            kept = await self._settings.get(scope)
            if kept is not None:
                code = Owned.model_validate_json(kept.doc).name
                await self._settings.put(f"invite:{code}", Owned(name=account.id).model_dump_json(), 0)
                if await self._owner(code) == account.id:
                    return code
            fresh = Owned(name=short_code(LENGTH))  # there was none, or it is another account's already
            await self._settings.put(scope, fresh.model_dump_json(), kept.version if kept else 0)
        raise StoreBusy

    async def named(self, text: str) -> Account | None:
        """Whose code this is, after all merges; None when it is nobody's."""
        code = text.strip().upper()
        if len(code) != LENGTH or not set(code) <= set(CODE_ALPHABET):
            return None
        owner = await self._owner(code)
        return await self._accounts.root(await self._accounts.get(owner)) if owner else None

    async def accept(self, account: Account, text: str) -> None:
        """Note who invited this account. Raises CodeRefused or InviteRefused."""
        by = await self.named(text)
        if by is None:
            raise CodeRefused
        family = await self._accounts.store.family(account.id)
        if by.id in family:
            raise InviteRefused("You cannot invite yourself.")
        if await self._invited(family):
            raise InviteRefused("You have been invited already.")
        if any(order.payments for order in await all_of(self._orders, family)):
            raise InviteRefused("Invitations are for people who have not bought anything yet.")
        if not await self._settings.put(_scope(account.id), Invited(by=by.id).model_dump_json(), 0):
            raise InviteRefused("You have been invited already.")

    async def bought(self, account_id: str) -> None:
        """The account has bought something. Raises StoreError or LedgerError: say so again then."""
        account = await self._accounts.root(await self._accounts.get(account_id))
        family = await self._accounts.store.family(account.id)
        documents = await self._invited(family)
        if not documents:
            return
        friend, invited = _the_one(documents)
        inviter = await self._accounts.root(await self._accounts.get(invited.by))
        due = await self._due(friend, 0 if inviter.id in family or inviter.closing else self.credits)
        op = f"referral:{friend}"
        if not due or await self._ledger.entry(invited.by, op) or await self._ledger.entry(inviter.id, op):
            return
        await self._ledger.follow(Grant(invited.by, op, due, Origin.PROMO, ref="a friend's first purchase"))
        await self._tell(inviter.id, due, op)

    async def _due(self, friend: str, credits: int) -> int:
        """What the first purchase of this friend was decided to be worth: now, or by an earlier call."""
        for _ in range(MAX_TRIES):
            kept = await self._settings.get(_scope(friend))
            if kept is None:
                return 0
            invited = Invited.model_validate_json(kept.doc)
            if invited.credits is not None:
                return invited.credits
            decided = invited.model_copy(update={"credits": credits})
            await self._settings.put(_scope(friend), decided.model_dump_json(), kept.version)
        raise StoreBusy

    async def _invited(self, family: list[str]) -> dict[str, Invited]:
        """What is kept of the invitations of these accounts, by account."""
        kept = {member: await self._settings.get(_scope(member)) for member in sorted(family)}
        return {member: Invited.model_validate_json(found.doc) for member, found in kept.items() if found}

    async def _owner(self, code: str) -> str | None:
        found = await self._settings.get(f"invite:{code}")
        return Owned.model_validate_json(found.doc).name if found else None


def _the_one(documents: dict[str, Invited]) -> tuple[str, Invited]:
    """Accounts that were invited one by one and linked then are one friend: whichever was decided on, or the oldest."""
    decided = [item for item in documents.items() if item[1].credits is not None]
    return (decided or sorted(documents.items(), key=lambda item: item[0]))[0]


def _scope(account: str) -> str:
    return f"invited:{account}"
