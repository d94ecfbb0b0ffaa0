"""Everything an admin can do: allowed by one table, done once per request, written down, and told to whom it concerns.

An action is saved as an intent before it is done. Crash table:
  before the intent is saved    nothing is on disk                   the request comes again
  after it is saved             the intent, with how things were     the same, or the scheduler after 30 s
  after the effect              both; each effect is done once       the same
  after the audit line          all three                            the same: the rest is telling people
  after the intent is removed   the end                              nobody
What does not succeed within an hour, such as a refund at a provider that does not answer, is given up, and the audit
line says so.
"""

from collections.abc import Mapping

from pydantic import JsonValue

from core.accounts.model import Role
from core.accounts.service import Accounts
from core.admin.announcing import EVERYBODY
from core.admin.deeds import Deed
from core.admin.house import HOUSE
from core.admin.intents import Intent, Intents
from core.admin.journal import Journal
from core.admin.model import Actor, Audited, Doc
from core.admin.rules import allow
from core.clock import HOUR, SECOND, Clock, Millis
from core.errors import ActionRefused, EaselError, LedgerError, NotFound, Refusal, RequestReused, StoreError
from core.log import logger
from core.payments.codes import Codes, Terms, check
from core.stores.admin import AuditStore
from core.text import clean

DRIVEN_AFTER: Millis = 30 * SECOND
GIVEN_UP_AFTER: Millis = HOUR
MAX_WHY = 500
EVENTS = {"role": "role", "suspend": "suspension", "unsuspend": "suspension"}
"""The kinds of events of actions; of giving and taking credits the ledger's entries tell, of others `admin`."""
OF_ACCOUNTS = frozenset({"grant", "revoke", "role", "suspend", "unsuspend"})
TOLD_BY_ENTRIES = frozenset({"grant", "revoke"})


class Admin:
    """`request` is the id of the request for an action: the same id again is the same action. Raises Refusal, and:

    StoreError, or another error that may pass: it is not known whether it was done, and the scheduler finds out.
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
        self._events = events
        self._codes = codes
        self._clock = clock

    # --- credits and money -------------------------------------------------------------------------------------

    async def grant(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Give credits. They do not expire."""
        return await self.perform(actor, "grant", request, account, {"credits": credits}, why)

    async def revoke(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Take credits. Raises ActionRefused when there are fewer: it says how many there are."""
        return await self.perform(actor, "revoke", request, account, {"credits": credits}, why)

    async def refund(
        self, actor: Actor, request: str, order: str, payment: str | None = None, amount: int | None = None,
        why: str = "",
    ) -> Audited:  # fmt: skip
        """Pay money back, and take its credits. `amount` in minor units, None: what is left.

        Raises NotFound, BadOption, ActionRefused, or GatewayError: it goes on by itself for an hour.
        """
        return await self.perform(
            actor, "refund", request, order, {"payment": payment or "", "amount": amount}, why
        )  # fmt: skip

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
        await self._note(line)
        return line, await self._codes.make(number, terms)

    # --- people ------------------------------------------------------------------------------------------------

    async def role(self, actor: Actor, request: str, account: str, role: Role, why: str = "") -> Audited:
        return await self.perform(actor, "role", request, account, {"role": role.label}, why)

    async def suspend(self, actor: Actor, request: str, account: str, why: str = "") -> Audited:
        """`why` is what they are told."""
        return await self.perform(actor, "suspend", request, account, {}, why)

    async def unsuspend(self, actor: Actor, request: str, account: str, why: str = "") -> Audited:
        return await self.perform(actor, "unsuspend", request, account, {}, why)

    # --- requests of people ------------------------------------------------------------------------------------

    async def retry(self, actor: Actor, request: str, job: str, why: str = "") -> Audited:
        """Have made what failed, or shown what was not shown."""
        return await self.perform(actor, "retry", request, job, {}, why)

    async def cancel(self, actor: Actor, request: str, job: str, why: str = "") -> Audited:
        return await self.perform(actor, "cancel", request, job, {}, why)

    # --- the house ---------------------------------------------------------------------------------------------

    async def price(self, actor: Actor, request: str, model: str, credits: int | None, why: str = "") -> Audited:
        """Another price of a model; None: as easel.toml says."""
        return await self.perform(actor, "price", request, model, {"credits": credits}, why)

    async def model(self, actor: Actor, request: str, name: str, *, enabled: bool, why: str = "") -> Audited:
        return await self.perform(actor, "model", request, name, {"enabled": enabled}, why)

    async def limit(self, actor: Actor, request: str, role: Role, per_day: int | None, why: str = "") -> Audited:
        """Another number of requests a day for a role; None: as the settings say."""
        return await self.perform(actor, "limit", request, role.label, {"per_day": per_day}, why)

    async def pause(self, actor: Actor, request: str, why: str = "") -> Audited:
        """Let nothing be made until `resume`. `why` is what people are told."""
        return await self.perform(actor, "pause", request, HOUSE, {}, why)

    async def resume(self, actor: Actor, request: str, why: str = "") -> Audited:
        return await self.perform(actor, "resume", request, HOUSE, {}, why)

    async def announce(self, actor: Actor, request: str, text: str, why: str = "") -> Audited:
        """Begin to tell everybody. `core.admin.announcing` says how far it is."""
        return await self.perform(actor, "announce", request, EVERYBODY, {"text": clean(text)}, why)

    async def silence(self, actor: Actor, request: str, why: str = "") -> Audited:
        """Stop the announcement that is under way."""
        return await self.perform(actor, "silence", request, EVERYBODY, {}, why)

    # --- how it is done ----------------------------------------------------------------------------------------

    async def perform(
        self, actor: Actor, action: str, request: str, target: str, args: Mapping[str, JsonValue], why: str = ""
    ) -> Audited:
        """Any action by its name, as the methods above do it. Raises KeyError for one that there is not."""
        allow(actor, action)
        if action in OF_ACCOUNTS:
            target = await self._root(target)
        intent = self._intent(actor, action, request, target, args, why)
        if (line := await self._audit.get(request)) is not None:
            return await self._same(intent, line)
        known = await self._intents.find(request)
        if known is None:
            intent = intent.model_copy(update={"before": await self._deeds[action].look(actor, intent)})
            known = await self._intents.begin(intent)
        if _essence(known) != _essence(intent) or not await self._is_now(known.target, target):
            raise RequestReused
        return await self._drive(known)

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
        await self._write(self._intent(actor, action, request, target, {}, why), after)

    async def recover(self) -> None:
        """Bring to its end what a crash interrupted. One that fails does not keep the others waiting."""
        now = self._clock.now()
        for intent in await self._intents.open():
            if intent.at + DRIVEN_AFTER > now:
                continue
            try:
                await self._drive(intent)
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
            await self._write(intent, {"failed": why})
            await self._intents.end(intent.request)

    async def _drive(self, intent: Intent) -> Audited:
        deed, line = self._deeds[intent.action], await self._audit.get(intent.request)
        if line is None:
            try:
                line = await self._write(intent, await deed.act(intent))
            except (Refusal, LedgerError):
                await self._intents.end(intent.request)
                raise
        await deed.tell(intent, line.after)
        await self._intents.end(intent.request)
        return line

    async def _write(self, intent: Intent, after: Doc) -> Audited:
        line = Audited(
            intent.request, intent.at, intent.actor, intent.label, intent.action, intent.target, intent.why,
            intent.before, {**intent.args, **after},
        )  # fmt: skip
        if not await self._audit.append(line):
            return await self._audit.get(intent.request) or line
        await self._note(line)
        return line

    async def _note(self, line: Audited) -> None:
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
