"""What lists hold, on the wire. Instants are ISO 8601 in UTC; what people wrote is in none of it."""

from pydantic import JsonValue

from core.accounts.model import Account
from core.admin.model import Audited, Event
from core.clock import Millis, iso
from core.credits.model import Entry
from core.jobs.attempts import Attempt
from core.jobs.model import Job
from core.payments.orders import Order
from webhooks.api.envelope import Body


class UserBody(Body):
    """`available`: credits to spend. `suspended`: the reason, or null."""

    id: str
    created_at: str
    role: str
    suspended: str | None
    identities: list[str]
    available: int

    @classmethod
    def of(cls, account: Account, identities: list[str], available: int) -> "UserBody":
        return cls(
            id=account.id, created_at=iso(account.created_at), role=account.role.label, suspended=account.suspended,
            identities=identities, available=available,
        )  # fmt: skip


class PersonBody(UserBody):
    """A user in full. `accounts`: those that were merged into this one, and itself. `disputes`: of their orders."""

    held: int
    debt: int
    strikes: int
    disputes: int
    wants_announcements: bool
    subscriber_until: str | None
    accounts: list[str]


class EntryBody(Body):
    """One line of the ledger: `amount` is the change of what the account has. `about` says what it was about."""

    seq: int
    at: str
    kind: str
    amount: int
    debt: int
    origin: str | None
    op: str
    about: str

    @classmethod
    def of(cls, entry: Entry) -> "EntryBody":
        origin = entry.lots[0].origin.name.lower() if entry.lots else None
        return cls(
            seq=entry.seq, at=iso(entry.at), kind=entry.kind.value, amount=entry.amount, debt=entry.debt,
            origin=origin, op=entry.op, about=entry.ref,
        )  # fmt: skip


class OrderBody(Body):
    """`price` and `paid` in minor units of `currency`; `creditsBack`: of those given, how many were taken back."""

    id: str
    account: str
    identity: str
    created_at: str
    state: str
    gateway: str | None
    ref: str | None
    kind: str | None
    name: str | None
    price: int | None
    currency: str | None
    renews: bool
    payments: int
    paid: int
    credits: int
    credits_back: int

    @classmethod
    def of(cls, order: Order) -> "OrderBody":
        goods = order.goods
        return cls(
            id=order.id, account=order.account, identity=str(order.identity), created_at=iso(order.created_at),
            state=order.state.value, gateway=order.gateway, ref=order.ref, kind=goods.kind if goods else None,
            name=goods.name if goods else None, price=goods.price if goods else None,
            currency=goods.currency if goods else None, renews=order.renews, payments=len(order.payments),
            paid=sum(taken.amount for taken in order.payments), credits=sum(taken.credits for taken in order.payments),
            credits_back=sum(taken.back for taken in order.payments),
        )  # fmt: skip


class AttemptBody(Body):
    """One call of a provider. `costNano`: null when it is not known."""

    provider: str
    model: str
    started_at: str
    ended_at: str | None
    outcome: str | None
    error: str | None
    pictures: int
    cost_nano: int | None

    @classmethod
    def of(cls, attempt: Attempt) -> "AttemptBody":
        return cls(
            provider=attempt.provider, model=attempt.model, started_at=iso(attempt.started_at),
            ended_at=instant(attempt.ended_at), outcome=attempt.outcome, error=attempt.error,
            pictures=attempt.pictures, cost_nano=attempt.cost,
        )  # fmt: skip


class JobBody(Body):
    """One accepted request. `quoted` and `charged` in credits; `failure` is a code."""

    id: str
    request_id: str
    account: str
    payer: str | None
    platform: str
    state: str
    kind: str
    model: str
    provider: str | None
    served_by: str | None
    created_at: str
    started_at: str | None
    finished_at: str | None
    settled_at: str | None
    delivered_at: str | None
    quoted: int
    charged: int | None
    failure: str | None
    attempts: list[AttemptBody]

    @classmethod
    def of(cls, job: Job) -> "JobBody":
        return cls(
            id=job.id, request_id=job.request_id, account=job.account, payer=job.payer,
            platform=job.identity.platform, state=job.state.value, kind=job.spec.kind, model=job.spec.model,
            provider=job.result.provider if job.result else None, served_by=job.result.model if job.result else None,
            created_at=iso(job.created_at), started_at=instant(job.started_at), finished_at=instant(job.finished_at),
            settled_at=instant(job.settled_at), delivered_at=instant(job.delivered_at), quoted=job.quote.total,
            charged=job.charged, failure=job.failure.code if job.failure else None,
            attempts=[AttemptBody.of(attempt) for attempt in job.attempts],
        )  # fmt: skip


class EventBody(Body):
    id: str
    at: str
    kind: str
    account: str | None
    data: dict[str, JsonValue]

    @classmethod
    def of(cls, event: Event) -> "EventBody":
        return cls(id=event.id, at=iso(event.at), kind=event.kind, account=event.account, data=event.data)


class AuditBody(Body):
    """One thing that an admin did; `before` and `after` are what changed about `target`."""

    id: str
    at: str
    actor: str
    label: str
    action: str
    target: str
    why: str
    before: dict[str, JsonValue]
    after: dict[str, JsonValue]

    @classmethod
    def of(cls, line: Audited) -> "AuditBody":
        return cls(
            id=line.id, at=iso(line.at), actor=line.actor, label=line.label, action=line.action, target=line.target,
            why=line.why, before=line.before, after=line.after,
        )  # fmt: skip


def instant(at: Millis | None) -> str | None:
    return None if at is None else iso(at)
