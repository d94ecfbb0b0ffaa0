"""Credits that one account gives to another: taken out of one ledger, then put into the other, exactly once each.

No entry can be in two ledgers, so the transfer is saved first and says what both shall have. Crash table of `give`:
  before the transfer is saved  nothing is on disk            the request comes again, or the person asks again
  after it is saved             who gives what to whom        the sweeper after 30 s: it goes on from here
  after the giver's entry       the credits are on their way  the same; the giver's entry is found, id `gift:{id}`
  after the recipient's entry   both entries                  the same; that one is found, too, id `gift:{id}:in`
  after it is marked as done    the end                       nobody
  the giver has too little      an entry of 0 under `gift:{id}`: what was given up cannot be given by a twin later
  one of them is merged         its entries follow it to its heir; what was written before is found where it was
  the recipient deletes all     a gift is refused once that has begun; what is on its way then goes with their credits
The two operation ids differ: were the recipient merged into the giver on the way, one id would find the other's entry.
"""

from dataclasses import dataclass

from core.clock import DAY, SECOND, Clock, Millis
from core.credits.ledger import Ledger
from core.credits.model import ARRIVED, GIFT, Entry, Origin, State, Transfer
from core.credits.operations import Give, Grant
from core.errors import BadAmount, CannotGive, EaselError, GiftRefused, StoreError
from core.log import logger
from core.stores.ports import AccountStore, TransferStore

GIVE_WITHIN: Millis = 30 * SECOND
REMEMBERED: Millis = 30 * DAY
"""So long a gift that is asked for again is known. Platforms repeat an event within hours."""


@dataclass(frozen=True, slots=True)
class Given:
    """What was given, and in whose ledger each side is: an heir's, if an account was merged."""

    id: str
    source: str
    target: str
    amount: int
    at: Millis


class Transfers:
    """Gives what `is_givable`. It arrives as a promotional lot that never expires."""

    def __init__(self, store: TransferStore, accounts: AccountStore, ledger: Ledger, clock: Clock) -> None:
        self._store = store
        self._accounts = accounts
        self._ledger = ledger
        self._clock = clock

    async def givable(self, account: str) -> int:
        """How many credits this account could give now."""
        return (await self._state(account)).givable(self._clock.now())

    async def give(self, id: str, source: str, target: str, amount: int, ref: str) -> Given:
        """Give, once per `id`: asked for again it answers as before. `ref` is for both to read and names nobody.

        Raises CannotGive (it says how many could be given), GiftRefused, BadAmount (less than 1) or StoreError:
        repeat it then, the sweeper will do so too.
        """
        if amount < 1:
            raise BadAmount(f"{amount} credits cannot be given.")
        transfer = Transfer(id, source, target, amount, self._clock.now(), ref)
        known = await self._store.get(id)
        if known is None:
            await self._check(transfer)
        return await self._drive(known or await self._store.add(transfer))

    async def recover(self) -> None:
        """Bring to their end those that a crash interrupted. One that fails does not keep the others waiting."""
        for transfer in await self._store.unfinished(self._clock.now() - GIVE_WITHIN):
            try:
                await self._drive(transfer)
            except CannotGive:
                pass
            except StoreError:
                raise
            except EaselError as error:
                logger().error("gift cannot be finished", transfer=transfer.id, errorName=error.code)

    async def purge(self) -> None:
        """Forget what was done long ago. The ledgers remember it."""
        await self._store.purge(self._clock.now() - REMEMBERED)

    async def _check(self, transfer: Transfer) -> None:
        """Before anything is written, so that a plain refusal leaves nothing behind. The giver's entry decides."""
        source, target = await self._state(transfer.source), await self._state(transfer.target)
        if source.account == target.account:
            raise GiftRefused("You cannot give credits to yourself.")
        recipient = await self._accounts.get(target.account)
        if recipient is not None and recipient.closing:
            raise GiftRefused("This person has deleted their account.")
        if (givable := source.givable(transfer.at)) < transfer.amount:
            raise CannotGive(transfer.amount, givable)

    async def _drive(self, transfer: Transfer) -> Given:
        out = await self._taken(transfer)
        if not out.amount:
            await self._store.finish(transfer.id)
            raise CannotGive(transfer.amount, await self.givable(transfer.source))
        arrived = await self._ledger.follow(
            Grant(transfer.target, f"{out.op}{ARRIVED}", transfer.amount, Origin.PROMO, ref=transfer.ref)
        )
        await self._store.finish(transfer.id)
        return Given(transfer.id, out.account, arrived.account, transfer.amount, out.at)

    async def _taken(self, transfer: Transfer) -> Entry:
        """The giver's entry; of no credits, when there were too few for it."""
        give = Give(transfer.source, f"{GIFT}{transfer.id}", transfer.amount, transfer.target, transfer.ref)
        try:
            return await self._ledger.follow(give)
        except CannotGive:
            return await self._ledger.follow(
                Give(transfer.source, give.op, 0, transfer.target, "gift that was not given")
            )

    async def _state(self, account: str) -> State:
        state = await self._ledger.state(account)
        while state.moved_to is not None:
            state = await self._ledger.state(state.moved_to)
        return state
