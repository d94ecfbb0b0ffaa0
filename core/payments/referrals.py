"""Invitations: who invites somebody gets credits once, on that friend's first purchase, while that stands.

A person's code is also how they are named where no mention can name them, such as for a gift. Crash table of `bought`:
  before it is marked as due   nothing of ours              the purchase is reported again, or the order looked at
  after it is marked           how much for which friend    the same: each call goes on from there
  after the grant              entry `referral:{friend}`    nobody: a repeated call finds it
  before the inviter is told   the same                     nobody: the credits are in their history
  after the word is saved      that it is taken back        the order is looked at, or the report comes, again
  after the reversal           `referral:{friend}:back:N`   nobody: it is found
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from core.accounts.invitations import Invited, Owned, code_scope, invited_scope, owner_scope
from core.accounts.model import Account
from core.accounts.returning import last_deleted
from core.accounts.service import Accounts
from core.credits.ledger import Ledger
from core.credits.model import Origin
from core.credits.operations import Grant, Reverse
from core.errors import CodeRefused, InviteRefused, StoreBusy, WordOutdated
from core.ids import CODE_ALPHABET, short_code
from core.stores.ports import SettingStore
from core.stores.trade import OrderStore, all_of

LENGTH = 8
"""Characters: 39 bits. To guess one gives its owner something and the guesser nothing."""
MAX_TRIES = 20
REWARD = "referral:"
TAKEN = "a friend's purchase was taken back"
RETURNED = "a friend's purchase stands after all"

Tell = Callable[[str, int, str], Awaitable[None]]
"""Tells an account of credits for an invitation; the text is a key, the same for the same credits."""


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
        scope = code_scope(account.id)
        for _ in range(MAX_TRIES):
            kept = await self._settings.get(scope)
            if kept is not None:
                code = Owned.model_validate_json(kept.doc).name
                await self._settings.put(owner_scope(code), Owned(name=account.id).model_dump_json(), 0)
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
        if await last_deleted(self._accounts.store, family) is not None:
            raise InviteRefused("Invitations are for people who have not been here before.")
        if not await self._settings.put(invited_scope(account.id), Invited(by=by.id).model_dump_json(), 0):
            raise InviteRefused("You have been invited already.")

    async def bought(self, account_id: str) -> None:
        """Something the account bought was credited or taken back: the reward is there while any of it stands.

        Raises StoreError or LedgerError: say so again then.
        """
        account = await self._accounts.root(await self._accounts.get(account_id))
        family = await self._accounts.store.family(account.id)
        documents = await self._invited(family)
        if not documents:
            return
        friend, invited = _the_one(documents)
        inviter = await self._accounts.root(await self._accounts.get(invited.by))
        said = await self._said(friend, family, 0 if inviter.id in family or inviter.closing else self.credits)
        if not said.credits:
            return
        op = f"{REWARD}{friend}"
        if not await self._was_rewarded(inviter, op):
            if said.back:
                return
            await self._ledger.follow(
                Grant(invited.by, op, said.credits, Origin.PROMO, ref="a friend's first purchase")
            )
            await self._tell(inviter.id, said.credits, op)
        if said.word:
            await self._follow(invited.by, op, said)

    async def _was_rewarded(self, inviter: Account, op: str) -> bool:
        """By an entry of any account of theirs: of whichever had the wallet at that time."""
        family = await self._accounts.store.family(inviter.id)
        return any([await self._ledger.entry(member, op) for member in family])

    async def _follow(self, inviter: str, op: str, said: Invited) -> None:
        """What is spent already stays so (decision 19). An older word than the ledger knows changes nothing."""
        total, ref = (said.credits or 0, TAKEN) if said.back else (0, RETURNED)
        with suppress(WordOutdated):
            await self._ledger.follow(
                Reverse(inviter, f"{op}:back:{said.word}", op, total, said.word, ref, spares_spent=True)
            )

    async def _said(self, friend: str, family: list[str], credits: int) -> Invited:
        """What this friend's purchases are worth now: decided with the first one, and a word for each change since.

        The orders are read after the document, and it is written only if nobody changed it since: of two who do this at
        once, the one who read older orders comes too late.
        """
        for _ in range(MAX_TRIES):
            kept = await self._settings.get(invited_scope(friend))
            if kept is None:
                return Invited(by="", credits=0)
            invited = Invited.model_validate_json(kept.doc)
            stands = await self._stands(family)
            decided = invited
            if invited.credits is None and stands:
                decided = invited.model_copy(update={"credits": credits})
            elif invited.credits and invited.back is stands:
                decided = invited.model_copy(update={"back": not stands, "word": invited.word + 1})
            if decided == invited:
                return invited
            await self._settings.put(invited_scope(friend), decided.model_dump_json(), kept.version)
        raise StoreBusy

    async def _stands(self, family: list[str]) -> bool:
        """Whether anything they bought was not taken back whole."""
        orders = await all_of(self._orders, family)
        return any(taken.back < taken.credits for order in orders for taken in order.payments)

    async def _invited(self, family: list[str]) -> dict[str, Invited]:
        """What is kept of the invitations of these accounts, by account."""
        kept = {member: await self._settings.get(invited_scope(member)) for member in sorted(family)}
        return {member: Invited.model_validate_json(found.doc) for member, found in kept.items() if found}

    async def _owner(self, code: str) -> str | None:
        found = await self._settings.get(owner_scope(code))
        return Owned.model_validate_json(found.doc).name if found else None


def _the_one(documents: dict[str, Invited]) -> tuple[str, Invited]:
    """Accounts that were invited one by one and linked then are one friend: whichever was decided on, or the oldest."""
    decided = [item for item in documents.items() if item[1].credits is not None]
    return (decided or sorted(documents.items(), key=lambda item: item[0]))[0]
