"""Bring what an admin does from the saved intent to the audit log and to whom it concerns, whatever crashes on the way.

Crash table:
  before the intent is saved    nothing is on disk                   the request comes again
  after it is saved             the intent, with how things were     the same, or the scheduler after 30 s
  after the effect              both; each effect is done once       the same
  after the audit line          all three                            the same: the rest is telling people
  after the intent is removed   the end                              nobody
What does not succeed within an hour, such as a refund at a provider that does not answer, is given up, and the audit
line says so.
"""

from collections.abc import Mapping

from core.admin.deeds import Deed
from core.admin.intents import Intent, Intents
from core.admin.journal import Journal
from core.admin.model import Audited, Doc
from core.clock import HOUR, SECOND, Clock, Millis
from core.errors import EaselError, LedgerError, Refusal, StoreError
from core.log import logger
from core.stores.admin import AuditStore

DRIVEN_AFTER: Millis = 30 * SECOND
GIVEN_UP_AFTER: Millis = HOUR
EVENTS = {"role": "role", "suspend": "suspension", "unsuspend": "suspension"}
"""The kinds of events of actions; of giving and taking credits the ledger's entries tell, of others `admin`."""
TOLD_BY_ENTRIES = frozenset({"grant", "revoke"})


class Driver:
    """Does each intent once. Every method may raise StoreError."""

    def __init__(
        self, deeds: Mapping[str, Deed], audit: AuditStore, intents: Intents, events: Journal, clock: Clock
    ) -> None:
        self._deeds = deeds
        self._audit = audit
        self._intents = intents
        self._events = events
        self._clock = clock

    async def drive(self, intent: Intent) -> Audited:
        """From the saved intent to its end; the audit line. Raises what doing it raises."""
        deed, line = self._deeds[intent.action], await self._audit.get(intent.request)
        if line is None:
            try:
                line = await self.write(intent, await deed.act(intent))
            except (Refusal, LedgerError):
                await self._intents.end(intent.request)
                raise
        await deed.tell(intent, line.after)
        await self._intents.end(intent.request)
        return line

    async def recover(self) -> None:
        """Bring to its end what a crash interrupted. One that fails does not keep the others waiting."""
        now = self._clock.now()
        for intent in await self._intents.open():
            if intent.at + DRIVEN_AFTER > now:
                continue
            try:
                await self.drive(intent)
            except StoreError:
                raise
            except (Refusal, LedgerError) as error:
                logger().warning("action not possible any more", action=intent.action, errorName=error.code)
            except EaselError as error:
                logger().warning("action not done yet", action=intent.action, errorName=error.code, detail=str(error))
                await self._given_up(intent, now, error.message)
            except Exception as error:
                logger().exception("action crashed", action=intent.action)
                await self._given_up(intent, now, type(error).__name__)

    async def _given_up(self, intent: Intent, now: Millis, why: str) -> None:
        """If it was tried for long enough: one that never ends keeps others, such as of the same order, from it."""
        if intent.at + GIVEN_UP_AFTER <= now:
            await self.write(intent, {"failed": why})
            await self._intents.end(intent.request)

    async def write(self, intent: Intent, after: Doc) -> Audited:
        """The audit line of what was done, as it was written first."""
        line = Audited(
            intent.request, intent.at, intent.actor, intent.label, intent.action, intent.target, intent.why,
            intent.before, {**intent.args, **after},
        )  # fmt: skip
        if not await self._audit.append(line):
            return await self._audit.get(intent.request) or line
        await self.note(line)
        return line

    async def note(self, line: Audited) -> None:
        """Other programs may miss it after a crash; the audit log is what counts."""
        if line.action in TOLD_BY_ENTRIES:
            return
        kind = EVENTS.get(line.action, "admin")
        account = line.target if kind != "admin" else None
        data: Doc = {"action": line.action, "target": line.target, "why": line.why, "after": line.after}
        try:
            await self._events.happened(kind, account, data, id=f"admin:{line.id}", at=line.at)
        except StoreError as error:
            logger().error("event not noted", action=line.action, errorName=error.code)
