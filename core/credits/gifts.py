"""I10: what one account gives arrives at one other, once, unless it is on its way; and nothing comes from nowhere."""

from collections import defaultdict
from collections.abc import Iterable

from core.credits.apply import fold
from core.credits.model import ARRIVED, GIFT, Entry, Kind, State
from core.credits.problems import Problem
from core.stores.ports import Stores


class Gifts:
    """Gathers both sides of every gift while the accounts are looked through, and compares them in the end."""

    def __init__(self) -> None:
        self._given: defaultdict[str, list[Entry]] = defaultdict(list)
        self._got: defaultdict[str, list[Entry]] = defaultdict(list)

    def note(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            if entry.kind is Kind.GIVE:
                self._given[entry.op].append(entry)
            elif entry.kind is Kind.GRANT and entry.op.startswith(GIFT):
                self._got[entry.op.removesuffix(ARRIVED)].append(entry)

    async def problems(self, stores: Stores) -> list[Problem]:
        """Of those that do not match, some are on their way, and some were given while the others were looked at."""
        unlike = [op for op in sorted({*self._given, *self._got}) if not self._match(op)]
        return [self._problem(op) for op in unlike if not await self._is_explained(stores, op)]

    def _match(self, op: str) -> bool:
        given = [-entry.amount for entry in self._given[op]]
        got = [entry.amount for entry in self._got[op]]
        return len(given) == 1 and got == [amount for amount in given if amount]

    async def _is_explained(self, stores: Stores, op: str) -> bool:
        transfer = await stores.transfers.get(op.removeprefix(GIFT))
        if transfer is None or len(self._given[op]) > 1 or len(self._got[op]) > 1:
            return False
        given = await _known(stores, transfer.source, op)
        got = await _known(stores, transfer.target, f"{op}{ARRIVED}")
        if got is None:
            return not transfer.done
        return given is not None and -given.amount == got.amount

    def _problem(self, op: str) -> Problem:
        given, got = self._given[op], self._got[op]
        gave, arrived = -sum(entry.amount for entry in given), sum(entry.amount for entry in got)
        account = (given or got)[0].account
        return Problem(account, "I10", f"{op}: {gave} given in {len(given)} entries, {arrived} arrived in {len(got)}")


async def _known(stores: Stores, account: str, op: str) -> Entry | None:
    """The entry of this operation, in the account or in one it was merged into."""
    at: str | None = account
    while at is not None:
        loaded = await stores.ledger.load(at, op)
        if loaded.known is not None:
            return loaded.known
        at = fold(loaded.snapshot or State(at), loaded.tail).moved_to
    return None
