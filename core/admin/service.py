"""Everything an admin can do: allowed by one table, done once per request, written down, and told to whom it concerns.

An action is saved as an intent before it is done; `core.admin.driving` brings it to its end.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from core.accounts.service import Accounts
from core.admin.deeds import Deed
from core.admin.driving import Driver
from core.admin.intents import Intent, Intents
from core.admin.journal import Journal
from core.admin.model import Actor, Audited, Doc
from core.admin.rules import allow
from core.clock import Clock
from core.errors import ActionRefused, NotFound, Refusal, RequestReused
from core.payments.codes import Codes, Terms, check
from core.stores.admin import AuditStore
from core.text import clean

MAX_WHY = 500
OF_ACCOUNTS = frozenset({"grant", "revoke", "role", "suspend", "unsuspend"})


class Admin:
    """All actions, and who may do them. `request` is the id of the request: the same id again is the same action.

    Raises Refusal, and StoreError or another error that may pass: then it is not known whether it was done, and the
    scheduler finds out.
    """

    def __init__(
        self,
        deeds: Mapping[str, Deed],
        accounts: Accounts,
        audit: AuditStore,
        intents: Intents,
        events: Journal,
        codes: Codes,
        clock: Clock,
    ) -> None:
        self._deeds = deeds
        self._accounts = accounts
        self._audit = audit
        self._intents = intents
        self._driver = Driver(deeds, audit, intents, events, clock)
        self._codes = codes
        self._clock = clock

    async def perform(
        self, actor: Actor, action: str, request: str, target: str, args: Mapping[str, JsonValue], why: str = ""
    ) -> Audited:
        """Any action by its name (`core.admin.opening`). Raises KeyError for one that there is not."""
        allow(actor, action)
        if action in OF_ACCOUNTS:
            target = await self._root(target)
        intent = self._intent(actor, action, request, target, args, why)
        if (line := await self._audit.get(request)) is not None:
            return await self._same(intent, line)
        known = await self._intents.find(request)
        if known is None:
            try:
                before = await self._deeds[action].look(actor, intent)
            except Refusal:
                if not await self._is_known(request):
                    raise
                return await self.perform(actor, action, request, target, args, why)
            known = await self._intents.begin(intent.model_copy(update={"before": before}))
        if _essence(known) != _essence(intent) or not await self._is_now(known.target, target):
            raise RequestReused
        return await self._driver.drive(known)

    async def codes(
        self, actor: Actor, request: str, number: int, terms: Terms, why: str = ""
    ) -> tuple[Audited, list[str]]:
        """New gift codes, which are told this once only. Raises BadOption, or ActionRefused when asked for again.

        The audit line comes first, as it is what makes them be made once: a crash after it leaves no codes.
        """
        allow(actor, "codes")
        check(number, terms)
        args: dict[str, JsonValue] = {
            "number": number, "credits": terms.credits, "uses": terms.uses, "days": terms.days
        }  # fmt: skip
        line = Audited(
            request, self._clock.now(), actor.id, actor.label, "codes", "codes", one_line(why), {}, {**args}
        )  # fmt: skip
        if not await self._audit.append(line):
            raise ActionRefused("These codes were made already. They are told once only: make others.")
        await self._driver.note(line)
        return line, await self._codes.make(number, terms)

    async def preview(
        self, actor: Actor, action: str, target: str, args: Mapping[str, JsonValue], why: str = ""
    ) -> Doc:
        """How things are before it: for a person who is asked whether to do it. Raises what doing it would raise."""
        allow(actor, action)
        if action in OF_ACCOUNTS:
            target = await self._root(target)
        return await self._deeds[action].look(actor, self._intent(actor, action, "", target, args, why))

    async def noted(self, actor: Actor, request: str, action: str, target: str, after: Doc, why: str = "") -> None:
        """Write down an action that was done elsewhere, such as inside a chat platform, once per request."""
        allow(actor, action)
        await self._driver.write(self._intent(actor, action, request, target, {}, why), after)

    async def recover(self) -> None:
        """Bring to its end what a crash interrupted."""
        await self._driver.recover()

    async def _is_known(self, request: str) -> bool:
        """Whether it came to another process at the same time. Its line is there before its intent is gone."""
        return await self._intents.find(request) is not None or await self._audit.get(request) is not None

    async def _same(self, intent: Intent, line: Audited) -> Audited:
        """What was done under this id already. Raises RequestReused when that was something else."""
        as_asked = (line.actor, line.action) == (intent.actor, intent.action)
        if not as_asked or any(line.after.get(name) != value for name, value in intent.args.items()):
            raise RequestReused
        if not await self._is_now(line.target, intent.target):
            raise RequestReused
        return line

    async def _is_now(self, was: str, target: str) -> bool:
        """Whether a target is this one, which it may have been merged into."""
        return was == target or (await self._accounts.store.get(was) is not None and await self._root(was) == target)

    def _intent(
        self, actor: Actor, action: str, request: str, target: str, args: Mapping[str, JsonValue], why: str
    ) -> Intent:
        return Intent(
            request=request, actor=actor.id, label=actor.label, action=action, target=target, args=dict(args),
            why=one_line(why), at=self._clock.now(),
        )  # fmt: skip

    async def _root(self, account: str) -> str:
        """Raises NotFound."""
        found = await self._accounts.store.get(account)
        if found is None:
            raise NotFound("There is no such account.")
        return (await self._accounts.root(found)).id


def one_line(why: str) -> str:
    return " ".join(clean(why).split())[:MAX_WHY]


def _essence(intent: Intent) -> tuple[str, str, dict[str, JsonValue]]:
    """What makes it this action and no other, besides its target."""
    return intent.actor, intent.action, intent.args
