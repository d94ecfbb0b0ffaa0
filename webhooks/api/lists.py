"""Orders, requests, events and the audit log over the API."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from core.admin.model import Audited, Event, Place
from core.jobs.model import Job, JobState
from core.payments.orders import Order, OrderState
from webhooks.api import cursors
from webhooks.api.envelope import Answer, Page, answer
from webhooks.api.guard import actor_of, core_of
from webhooks.api.listing import SHEET, Asked, Cursor, Format, Limit, Listing, each
from webhooks.api.people import Id, look
from webhooks.api.records import AuditBody, EventBody, JobBody, OrderBody

Word = Annotated[str | None, Query(max_length=128)]


def add_to(routes: APIRouter) -> None:
    """What reads lists, the newest first."""
    add = routes.add_api_route
    add("/orders", orders, name="orders", response_model=Answer[Page[OrderBody]], responses=SHEET)
    add("/jobs", jobs, name="jobs", response_model=Answer[Page[JobBody]], responses=SHEET)
    add("/jobs/{id}", job, name="job")
    add("/events", events, name="events", response_model=Answer[Page[EventBody]], responses=SHEET)
    add("/audit", audit, name="audit", response_model=Answer[Page[AuditBody]], responses=SHEET)


async def orders(
    request: Request, state: OrderState | None = None, account: Word = None, limit: Limit = 50,
    cursor: Cursor = None, format: Format = "json",
) -> Answer[Page[OrderBody]] | Response:  # fmt: skip
    """What was bought, or was to be."""
    await _seen("orders", account, request)
    stores = core_of(request).stores
    family = await stores.accounts.family(account) if account is not None else []

    async def read(before: Place | None, limit: int) -> Sequence[Order]:
        return await stores.orders.listed(state, before, limit, family)

    listing = Listing(
        "orders", OrderBody, read, lambda order: (order.created_at, order.id), each(OrderBody.of), cursors.place
    )
    return await listing.shown(Asked(cursor, limit, format), request)


async def jobs(
    request: Request, state: JobState | None = None, account: Word = None, limit: Limit = 50,
    cursor: Cursor = None, format: Format = "json",
) -> Answer[Page[JobBody]] | Response:  # fmt: skip
    """What was asked for and accepted."""
    await _seen("jobs", account, request)

    async def read(before: Place | None, limit: int) -> Sequence[Job]:
        return await core_of(request).stores.jobs.page(before, limit, state=state, account=account)

    listing = Listing("jobs", JobBody, read, lambda job: (job.created_at, job.id), each(JobBody.of), cursors.place)
    return await listing.shown(Asked(cursor, limit, format), request)


async def job(id: Id, request: Request) -> Answer[JobBody]:
    """One request. The audit log says who looked."""
    return answer(JobBody.of(await core_of(request).looking.job(actor_of(request), look(), id)), request)


async def events(
    request: Request, kind: Word = None, account: Word = None, limit: Limit = 50, cursor: Cursor = None,
    format: Format = "json",
) -> Answer[Page[EventBody]] | Response:  # fmt: skip
    """What happened: use, purchases, refunds, grants, changes of roles, and events of your own."""
    await _seen("events", account, request)

    async def read(before: Place | None, limit: int) -> Sequence[Event]:
        return await core_of(request).stores.events.page(before, limit, kind=kind, account=account)

    listing = Listing("events", EventBody, read, lambda event: (event.at, event.id), each(EventBody.of), cursors.place)
    return await listing.shown(Asked(cursor, limit, format), request)


async def audit(
    request: Request, actor: Word = None, action: Word = None, target: Word = None, limit: Limit = 50,
    cursor: Cursor = None, format: Format = "json",
) -> Answer[Page[AuditBody]] | Response:  # fmt: skip
    """What admins did."""

    async def read(before: Place | None, limit: int) -> Sequence[Audited]:
        return await core_of(request).stores.audit.page(before, limit, actor=actor, action=action, target=target)

    listing = Listing("audit", AuditBody, read, lambda line: (line.at, line.id), each(AuditBody.of), cursors.place)
    return await listing.shown(Asked(cursor, limit, format), request)


async def _seen(what: str, account: str | None, request: Request) -> None:
    """A list of one person's is a look at them."""
    if account is not None:
        await core_of(request).looking.seen(actor_of(request), look(), what, account)
