"""What admins can do to people, credits, purchases and requests. Each action is allowed, written down, and done once.

`request` is the id of the request that asks for it: the same id again is the same action (`core.admin.acting`).
"""

from dataclasses import replace

from core.accounts.model import Account, Identity, Role
from core.accounts.service import Accounts
from core.admin import rules
from core.admin.acting import Acting
from core.admin.journal import Journal
from core.admin.model import Actor, Audited, Doc
from core.clock import Clock
from core.credits.apply import apply
from core.credits.decide import decide
from core.credits.ledger import Ledger
from core.credits.model import Adjust, Grant, Operation, Origin
from core.errors import BadOption, InsufficientCredits, NotAllowed, NotFound
from core.generation.wishes import Again
from core.jobs.model import ImageSpec, Job, JobState
from core.payments.checkout import Checkout
from core.payments.codes import Codes, Terms
from core.payments.orders import Order
from core.payments.telling import Telling
from core.requests import Request, Requests
from core.settings import Settings
from core.stores.ports import Stores

MOST_CREDITS = 1_000_000
MOST_WORDS = 500
"""Characters of a reason."""


class Admin:
    """Every method may raise NotAllowed, another Refusal saying what is wrong, or StoreError: ask again then."""

    def __init__(
        self,
        settings: Settings,
        stores: Stores,
        accounts: Accounts,
        ledger: Ledger,
        checkout: Checkout,
        codes: Codes,
        requests: Requests,
        telling: Telling,
        journal: Journal,
        clock: Clock,
    ) -> None:
        self._settings = settings
        self._stores = stores
        self._accounts = accounts
        self._ledger = ledger
        self._checkout = checkout
        self._codes = codes
        self._requests = requests
        self._telling = telling
        self._journal = journal
        self._clock = clock
        self._acting = Acting(
            stores, journal, clock,
            {
                "grant": self._grant, "revoke": self._revoke, "refund": self._refund, "role": self._role,
                "suspend": self._suspend, "unsuspend": self._unsuspend, "retry": self._retry,
            },
        )  # fmt: skip

    # --- credits -----------------------------------------------------------------------------------------------

    async def grant(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Give credits. They do not expire, and what the account owes is paid from them first."""
        return await self._credits(actor, request, "grant", account, credits, why)

    async def revoke(self, actor: Actor, request: str, account: str, credits: int, why: str = "") -> Audited:
        """Take credits away that are there. Raises BadOption, saying how many there are, if it is fewer."""
        return await self._credits(actor, request, "revoke", account, credits, why)

    async def _credits(self, actor: Actor, request: str, action: str, account: str, credits: int, why: str) -> Audited:
        asked: Doc = {"account": account, "credits": credits}
        if known := await self._acting.known(actor, request, action, asked):
            return await self._acting.act(known)
        if not 1 <= credits <= MOST_CREDITS:
            raise BadOption("credits", f"must be a whole number from 1 to {MOST_CREDITS:,}.")
        target = await self.find(account)
        line = self._acting.line(actor, request, action, target.id, asked, _reason(why))
        state, now = await self._ledger.state(target.id), self._clock.now()
        try:
            after = apply(state, decide(state, _operation(line), now))
        except InsufficientCredits:
            raise BadOption("credits", f"must be at most {state.spendable(now)}: the account has no more.") from None
        has: Doc = {"available": state.spendable(now), "debt": state.debt}
        gets: Doc = {"available": after.spendable(now), "debt": after.debt}
        return await self._acting.act(replace(line, before=has, after=gets))

    async def _grant(self, line: Audited) -> None:
        entry = await self._ledger.follow(_operation(line))
        await self._telling.gifted(entry.account, entry.amount, f"admin:{line.id}")

    async def _revoke(self, line: Audited) -> None:
        await self._ledger.follow(_operation(line))

    # --- purchases -----------------------------------------------------------------------------------------------

    async def refund(
        self, actor: Actor, request: str, order: str, payment: str | None = None, amount: int | None = None,
        why: str = "",
    ) -> Audited:  # fmt: skip
        """Give money back by the order's gateway: `amount` in minor units, or what is left; its credits go, too.

        `payment` is needed where an order has several, as a plan has. Raises BadOption, NotFound or GatewayError.
        """
        asked: Doc = {"order": order, "payment": payment, "amount": amount}
        if known := await self._acting.known(actor, request, "refund", asked):
            return await self._acting.act(known)
        found = await self._stores.orders.get(order)
        if found is None:
            raise NotFound(f"There is no order {order}.")
        if found.gateway not in self._checkout.gateways:
            raise BadOption("order", "was paid inside a chat platform: give the money back there, and I will notice.")
        paid = _payment(found, payment)
        line = self._acting.line(actor, request, "refund", order, asked, _reason(why))
        before: Doc = {"state": found.state.value, "payment": paid}
        return await self._acting.act(replace(line, before=before, after={"amount": amount or "all", "payment": paid}))

    async def _refund(self, line: Audited) -> None:
        order = await self._stores.orders.get(line.target)
        amount = line.asked["amount"]
        if order is None:
            raise NotFound(f"There is no order {line.target}.")
        await self._checkout.refund(
            order, str(line.before["payment"]), amount if isinstance(amount, int) else None, f"admin:{line.id}"
        )

    async def codes(
        self, actor: Actor, request: str, count: int, terms: Terms, why: str = ""
    ) -> tuple[Audited, list[str]]:
        """New gift codes, which can be read this once. Raises BadOption, also for a request that made them before."""
        asked: Doc = {"count": count, "credits": terms.credits, "uses": terms.uses, "days": terms.days}
        if await self._acting.known(actor, request, "codes", asked):
            raise BadOption("request", "has made these codes already, and they cannot be shown again. Ask anew.")
        self._codes.check(count, terms)
        line = self._acting.line(actor, request, "codes", f"{count} codes", asked, _reason(why))
        if not await self._stores.audit.append(line):
            raise BadOption("request", "has made these codes already, and they cannot be shown again. Ask anew.")
        return line, await self._codes.make(count, terms)

    # --- people ------------------------------------------------------------------------------------------------

    async def role(self, actor: Actor, request: str, account: str, role: Role, why: str = "") -> Audited:
        """Make somebody an admin, a subscriber for good, or a user again."""
        asked: Doc = {"account": account, "role": role.label}
        if known := await self._acting.known(actor, request, "role", asked):
            return await self._acting.act(known)
        target = await self._other(actor, account, "role")
        if role < Role.ADMIN and await self._is_listed(target):
            raise NotAllowed("role", "This admin is named in ADMINS: take them out there, and start Easel again.")
        line = self._acting.line(actor, request, "role", target.id, asked, _reason(why))
        return await self._acting.act(replace(line, before={"role": target.role.label}, after={"role": role.label}))

    async def _role(self, line: Audited) -> None:
        await self._stores.accounts.set_role(line.target, Role[str(line.asked["role"]).upper()])
        await self._happened("role", line)

    async def suspend(self, actor: Actor, request: str, account: str, reason: str) -> Audited:
        """Let an account ask for nothing more; `reason` is shown to its person."""
        asked: Doc = {"account": account}
        if known := await self._acting.known(actor, request, "suspend", asked):
            return await self._acting.act(known)
        target = await self._other(actor, account, "suspend")
        why = _reason(reason)
        if not why:
            raise BadOption("reason", "is missing: the person will read it.")
        line = self._acting.line(actor, request, "suspend", target.id, asked, why)
        return await self._acting.act(replace(line, before={"suspended": target.suspended}, after={"suspended": why}))

    async def _suspend(self, line: Audited) -> None:
        await self._stores.accounts.suspend(line.target, line.why)
        await self._happened("suspension", line)

    async def unsuspend(self, actor: Actor, request: str, account: str, why: str = "") -> Audited:
        """Let an account ask again, and forgive its strikes."""
        asked: Doc = {"account": account}
        if known := await self._acting.known(actor, request, "unsuspend", asked):
            return await self._acting.act(known)
        target = await self._other(actor, account, "unsuspend")
        before: Doc = {"suspended": target.suspended, "strikes": await self._stores.accounts.strikes(target.id)}
        line = self._acting.line(actor, request, "unsuspend", target.id, asked, _reason(why))
        return await self._acting.act(replace(line, before=before, after={"suspended": None, "strikes": 0}))

    async def _unsuspend(self, line: Audited) -> None:
        await self._stores.accounts.forgive(line.target)
        await self._stores.accounts.suspend(line.target, None)
        await self._happened("suspension", line)

    # --- requests ----------------------------------------------------------------------------------------------

    async def retry(self, actor: Actor, request: str, job: str, why: str = "") -> Audited:
        """Ask once more for a picture that failed, for its person and at the usual price; it is posted as the first."""
        asked: Doc = {"job": job}
        if known := await self._acting.known(actor, request, "retry", asked):
            return await self._acting.act(known)
        found = await self._stores.jobs.get(job)
        if found is None:
            raise NotFound(f"There is no request {job}.")
        if found.state not in (JobState.FAILED, JobState.CANCELLED) or not isinstance(found.spec, ImageSpec):
            raise BadOption("job", f"is {found.state.value}: only a picture that failed can be tried again.")
        line = self._acting.line(actor, request, "retry", job, asked, _reason(why))
        return await self._acting.act(replace(line, before={"state": found.state.value}, after={"state": "queued"}))

    async def _retry(self, line: Audited) -> None:
        job = await self._stores.jobs.get(line.target)
        if job is None or job.blanked:
            raise NotFound("What was asked for is not known any more.")
        await self._requests.submit(_again(job, f"admin:{line.id}"))

    # --- what they share -----------------------------------------------------------------------------------------

    async def find(self, account: str) -> Account:
        """The account of an id, or of an identity such as `discord:123`, after all merges. Raises NotFound."""
        found = await self._stores.accounts.get(account)
        if found is None:
            try:
                found = await self._stores.accounts.find(Identity.parse(account))
            except ValueError:
                found = None
        if found is None:
            raise NotFound(f"I do not know {account}. They have to have used me once.")
        return await self._accounts.root(found)

    async def recover(self) -> None:
        """Drive on what a crash interrupted. Raises StoreError."""
        await self._acting.recover()

    async def _other(self, actor: Actor, account: str, action: str) -> Account:
        """Somebody else than the actor; another admin only for those whom the operator has named. Raises NotAllowed."""
        target = await self.find(account)
        if target.id == actor.account:
            raise NotAllowed(action, "Nobody can do this to themselves. Ask another admin.")
        if target.role >= Role.ADMIN and actor.account is not None:
            acting = await self._accounts.get(actor.account)
            if not await self._is_listed(acting):
                raise NotAllowed(action, "Only who is named in ADMINS can do this to another admin.")
        return target

    async def _is_listed(self, account: Account) -> bool:
        family = await self._stores.accounts.family(account.id)
        return not set(self._settings.admins).isdisjoint(await self._stores.accounts.identities(family))

    async def _happened(self, kind: str, line: Audited) -> None:
        data: Doc = {"before": line.before, "after": line.after, "by": line.actor, "why": line.why}
        await self._journal.happened(kind, line.target, data, id=f"{kind}:{line.id}", at=line.at)


def allowed(actor: Actor) -> list[str]:
    """The actions that somebody may take."""
    return [action for action in rules.RULES if rules.is_allowed(actor, action)]


def _operation(line: Audited) -> Operation:
    credits, op = line.asked["credits"], f"admin:{line.id}"
    assert isinstance(credits, int)  # noqa: S101  # written by `_credits`
    if line.action == "grant":
        return Grant(line.target, op, credits, Origin.PROMO, ref=line.why or "from the operator")
    return Adjust(line.target, op, -credits, ref=line.why or "taken back by the operator")


def _reason(text: str) -> str:
    """On one line. Raises BadOption."""
    words = " ".join(text.split())
    if len(words) > MOST_WORDS:
        raise BadOption("reason", f"must be at most {MOST_WORDS} characters.")
    return words


def _payment(order: Order, payment: str | None) -> str:
    """The payment that is meant. Raises BadOption."""
    left = [taken.payment for taken in order.payments if taken.back < taken.credits or not taken.credits]
    if not left:
        raise BadOption("order", f"is {order.state.value}: there is nothing that could be given back.")
    if payment is None and len(left) == 1:
        return left[0]
    if payment not in left:
        raise BadOption("payment", f"must be one of {', '.join(left)}.")
    return payment


def _again(job: Job, request: str) -> Request:
    return Request(request, job.identity, Again(job.id), job.reply_to, job.locale)
