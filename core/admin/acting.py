"""How an admin's action is done: written down first, done once, and driven on after a crash.

Crash table of `act`:
  before the line is written   nothing is on disk        the admin asks again
  after the line               what is to be done        the scheduler, or the same request again: the effect is done,
                                                         once, by the request's id
  after the effect             the effect                the same; the effect finds that it is there
  after the event is noted     the end                   nobody
Nothing is done that is not in the audit log. What turns out to be impossible when it is done, although it was possible
when it was written down, gets a second line that says so.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace

from core.admin import rules
from core.admin.journal import Journal
from core.admin.model import Actor, Audited, Doc
from core.clock import MINUTE, Clock, Millis
from core.errors import BadOption, EaselError, LedgerError, Refusal
from core.log import logger
from core.stores.ports import Stores

Effect = Callable[[Audited], Awaitable[object]]
"""Does what a line says; doing it again changes nothing."""
DONE = "admin"
"""The kind of the event that says so."""
REFUSED = ":refused"
RESUME_AFTER: Millis = MINUTE
RESUMED_FOR: Millis = 60 * MINUTE
LOOKED_AT = 500


class Acting:
    """Writes lines and has their effects done. `effects`: by action."""

    def __init__(self, stores: Stores, journal: Journal, clock: Clock, effects: Mapping[str, Effect]) -> None:
        self._stores = stores
        self._journal = journal
        self._clock = clock
        self._effects = effects

    async def known(self, actor: Actor, request: str, action: str, asked: Doc) -> Audited | None:
        """The line of a request that was made before. Raises NotAllowed; BadOption if it asked for something else."""
        rules.check(actor, action)
        line = await self._stores.audit.get(request)
        if line is not None and (line.actor, line.action, line.asked) != (actor.id, action, asked):
            raise BadOption("request", "was used for something else. Ask anew.")
        return line

    def line(self, actor: Actor, request: str, action: str, target: str, asked: Doc, why: str) -> Audited:
        """A line that is to be written, without what changes."""
        return Audited(request, self._clock.now(), actor.id, actor.label, action, target, why, asked=asked)

    async def act(self, line: Audited) -> Audited:
        """Write it down, and do it. Raises Refusal or another EaselError of the effect, or StoreError."""
        if not await self._stores.audit.append(line):
            line = await self._stores.audit.get(line.id) or line
            if await self._stores.events.get(_done(line)):
                return line
        await self._finish(line)
        return line

    async def recover(self) -> None:
        """Drive on what a crash interrupted."""
        now = self._clock.now()
        recent = await self._stores.audit.page((now - RESUME_AFTER, ""), LOOKED_AT)
        due = [line for line in recent if line.at > now - RESUMED_FOR and line.action in self._effects]
        if not due:
            return
        done = {event.id for event in await self._stores.events.of_kinds([DONE], now - RESUMED_FOR, now + 1)}
        for line in due:
            if _done(line) not in done:
                try:
                    await self._finish(line)
                except EaselError as error:
                    logger().warning("admin's action goes on later", request=line.id, errorName=error.code)

    async def _finish(self, line: Audited) -> None:
        try:
            await self._effects[line.action](line)
        except (Refusal, LedgerError) as error:
            why: Doc = {"error": error.code, "message": str(error)}
            refused = replace(line, id=f"{line.id}{REFUSED}", at=self._clock.now(), before={}, after=why)
            await self._stores.audit.append(refused)
            await self._note(line, is_refused=True)
            raise
        await self._note(line, is_refused=False)

    async def _note(self, line: Audited, *, is_refused: bool) -> None:
        data: Doc = {"action": line.action, "target": line.target, "by": line.actor, "refused": is_refused}
        await self._journal.happened(DONE, None, data, id=_done(line), at=self._clock.now())


def _done(line: Audited) -> str:
    return f"admin:{line.id}"
