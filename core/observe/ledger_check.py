"""Check the books once a day, and remember what was found, so that somebody is told when they are wrong."""

from pydantic import BaseModel, ValidationError

from core.clock import HOUR, Clock, Millis
from core.credits.verify import Report, verify_ledger
from core.log import logger
from core.stores.ports import Stores

SCOPE = "ledger-check"
EVERY: Millis = 23 * HOUR
"""A little less than a day, so that an hourly look does it at about the same hour."""
MOST_LOGGED = 20
LOST_RACES = 10


class Checked(BaseModel):
    """When the books were last checked, and how many invariants were broken."""

    at: Millis
    problems: int
    accounts: int
    entries: int


class LedgerCheck:
    """Reads the whole ledger; writes nothing but its own note."""

    def __init__(self, stores: Stores, clock: Clock) -> None:
        self._stores = stores
        self._clock = clock

    async def daily(self) -> None:
        """Check, unless that was done today. Several processes at once do no harm. Raises StoreError."""
        last = await self.last()
        if last is None or self._clock.now() - last.at >= EVERY:
            await self.run()

    async def run(self) -> Report:
        """Check now, and note it. Raises StoreError."""
        report = await verify_ledger(self._stores)
        for problem in report.problems[:MOST_LOGGED]:
            logger().error("books wrong", account=problem.account, invariant=problem.invariant, detail=problem.detail)
        await self._note(Checked(
            at=self._clock.now(), problems=len(report.problems), accounts=report.accounts, entries=report.entries
        ))  # fmt: skip
        return report

    async def last(self) -> Checked | None:
        """None when they were never checked. Raises StoreError."""
        kept = await self._stores.settings.get(SCOPE)
        if kept is None:
            return None
        try:
            return Checked.model_validate_json(kept.doc)
        except ValidationError:
            return None

    async def _note(self, checked: Checked) -> None:
        for _ in range(LOST_RACES):
            kept = await self._stores.settings.get(SCOPE)
            if await self._stores.settings.put(SCOPE, checked.model_dump_json(), kept.version if kept else 0):
                return
