"""Users and their ledgers over the API."""

import asyncio
import secrets
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from core.accounts.model import Account, Identity, Role
from core.admin.refusals import BadParameter
from core.app import App
from core.credits.model import Entry
from core.errors import NotFound
from webhooks.api import cursors
from webhooks.api.envelope import Answer, Page, answer
from webhooks.api.guard import actor_of, core_of
from webhooks.api.listing import MAX_LIMIT, SHEET, Asked, Cursor, Format, Limit, Listing, each
from webhooks.api.records import EntryBody, OrderBody, PersonBody, UserBody, instant

Id = Annotated[str, Path(max_length=128)]
RoleName = Literal["user", "subscriber", "admin"]


def add_to(routes: APIRouter) -> None:
    """What is about users."""
    routes.add_api_route(
        "/users", users, name="users", methods=["GET"], response_model=Answer[Page[UserBody]], responses=SHEET
    )
    routes.add_api_route("/users/{id}", user, name="user", methods=["GET"])
    routes.add_api_route(
        "/users/{id}/ledger", ledger, name="ledger", methods=["GET"],
        response_model=Answer[Page[EntryBody]], responses=SHEET,
    )  # fmt: skip
    routes.add_api_route("/users/{id}/orders", orders, name="orders", methods=["GET"])


async def users(
    request: Request, role: RoleName | None = None, suspended: bool | None = None,
    identity: Annotated[str | None, Query(max_length=100, description="such as discord:42")] = None,
    limit: Limit = 50, cursor: Cursor = None, format: Format = "json",
) -> Answer[Page[UserBody]] | Response:  # fmt: skip
    """The newest first."""
    app = core_of(request)
    if identity is not None:
        return answer(Page(items=await _bodies(app, await _behind(app, identity))), request)
    wanted = Role[role.upper()] if role else None

    async def read(before: str | None, limit: int) -> Sequence[Account]:
        return await app.stores.accounts.page(before, limit, role=wanted, suspended=suspended)

    listing = Listing("users", UserBody, read, lambda account: (account.id,), partial(_bodies, app), cursors.name)
    return await listing.shown(Asked(cursor, limit, format), request)


async def user(id: Id, request: Request) -> Answer[PersonBody]:
    """One user. Accounts that were merged into another lead to that. The audit log says who looked."""
    app = core_of(request)
    found = await app.looking.person(actor_of(request), look(), id, shown=1)
    account, balance = found.account, found.balance
    known = UserBody.of(account, sorted(map(str, found.identities)), balance.available)
    person = PersonBody(
        **known.model_dump(), held=balance.held, debt=balance.debt, strikes=found.strikes,
        disputes=found.disputes,
        wants_announcements=found.wants_announcements, subscriber_until=instant(account.subscriber_until or None),
        accounts=sorted(await app.stores.accounts.family(account.id)),
    )  # fmt: skip
    return answer(person, request)


async def ledger(
    id: Id, request: Request, limit: Limit = 50, cursor: Cursor = None, format: Format = "json"
) -> Answer[Page[EntryBody]] | Response:
    """The newest first. The audit log says who looked."""
    app = core_of(request)
    account = await _seen(app, id, "ledger", request)

    async def read(before: int | None, limit: int) -> Sequence[Entry]:
        return await app.stores.ledger.latest(account.id, before, limit)

    listing = Listing("ledger", EntryBody, read, lambda entry: (entry.seq,), each(EntryBody.of), cursors.number)
    return await listing.shown(Asked(cursor, limit, format), request)


async def orders(id: Id, request: Request) -> Answer[list[OrderBody]]:
    """The latest 200, the newest first. The audit log says who looked."""
    app = core_of(request)
    family = await app.stores.accounts.family((await _seen(app, id, "orders", request)).id)
    latest = await app.stores.orders.of_accounts(family, MAX_LIMIT)
    return answer([OrderBody.of(order) for order in latest], request)


async def _seen(app: App, id: str, what: str, request: Request) -> Account:
    """The account, after it is written down who looks at it. Raises NotFound."""
    found = await app.stores.accounts.get(id)
    if found is None:
        raise NotFound("There is no such user.")
    account = await app.accounts.root(found)
    await app.looking.seen(actor_of(request), look(), what, account.id)
    return account


async def _behind(app: App, text: str) -> list[Account]:
    try:
        found = await app.stores.accounts.find(Identity.parse(text))
    except ValueError as error:
        raise BadParameter(f"identity: {error}.") from None
    return [await app.accounts.root(found)] if found else []


async def _bodies(app: App, accounts: Sequence[Account]) -> list[UserBody]:
    ids = [account.id for account in accounts]
    names, balances = await asyncio.gather(app.accounts.names(ids), app.ledger.balances(ids))
    return [
        UserBody.of(account, list(map(str, names[account.id])), balances[account.id].available) for account in accounts
    ]


def look() -> str:
    """The id of a look for the audit log: each is one of its own, whatever a caller's request id says."""
    return f"api:{secrets.token_hex(16)}"
