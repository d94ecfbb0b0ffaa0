"""Users and their ledgers over the API."""

import secrets
from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request, Response

from core.accounts.model import Account, Identity, Role
from core.admin.refusals import BadParameter
from core.app import App
from core.credits.model import Entry
from core.errors import NotFound
from webhooks.api import cursors
from webhooks.api.envelope import Answer, Page, answer
from webhooks.api.guard import actor_of
from webhooks.api.listing import MAX_LIMIT, SHEET, Asked, Cursor, Format, Limit, Listing, each
from webhooks.api.records import EntryBody, OrderBody, PersonBody, UserBody, instant

Id = Annotated[str, Path(max_length=128)]
RoleName = Literal["user", "subscriber", "admin"]


class People:
    """Routes about users."""

    def __init__(self, app: App) -> None:
        self._app = app
        self._stores = app.stores

    def add_to(self, routes: APIRouter) -> None:
        routes.add_api_route(
            "/users", self.users, name="users", methods=["GET"], response_model=Answer[Page[UserBody]], responses=SHEET
        )
        routes.add_api_route("/users/{id}", self.user, name="user", methods=["GET"])
        routes.add_api_route(
            "/users/{id}/ledger", self.ledger, name="ledger", methods=["GET"],
            response_model=Answer[Page[EntryBody]], responses=SHEET,
        )  # fmt: skip
        routes.add_api_route("/users/{id}/orders", self.orders, name="orders", methods=["GET"])

    async def users(
        self, request: Request, role: RoleName | None = None, suspended: bool | None = None,
        identity: Annotated[str | None, Query(max_length=100, description="such as discord:42")] = None,
        limit: Limit = 50, cursor: Cursor = None, format: Format = "json",
    ) -> Answer[Page[UserBody]] | Response:  # fmt: skip
        """The newest first."""
        if identity is not None:
            return answer(Page(items=await self._bodies(await self._behind(identity))), request)
        wanted = Role[role.upper()] if role else None

        async def read(before: str | None, limit: int) -> Sequence[Account]:
            return await self._stores.accounts.page(before, limit, role=wanted, suspended=suspended)

        listing = Listing("users", UserBody, read, lambda account: (account.id,), self._bodies, cursors.name)
        return await listing.shown(Asked(cursor, limit, format), request)

    async def user(self, id: Id, request: Request) -> Answer[PersonBody]:
        """One user. Accounts that were merged into another lead to that. The audit log says who looked."""
        found = await self._app.looking.person(actor_of(request), look(), id, shown=1)
        account, balance = found.account, found.balance
        user = UserBody.of(account, sorted(map(str, found.identities)), balance.available)
        person = PersonBody(
            **user.model_dump(), held=balance.held, debt=balance.debt, strikes=found.strikes,
            disputes=found.disputes,
            wants_announcements=found.wants_announcements, subscriber_until=instant(account.subscriber_until or None),
            accounts=sorted(await self._stores.accounts.family(account.id)),
        )  # fmt: skip
        return answer(person, request)

    async def ledger(
        self, id: Id, request: Request, limit: Limit = 50, cursor: Cursor = None, format: Format = "json"
    ) -> Answer[Page[EntryBody]] | Response:
        """The newest first. The audit log says who looked."""
        account = await self._seen(id, "ledger", request)

        async def read(before: int | None, limit: int) -> Sequence[Entry]:
            return await self._stores.ledger.latest(account.id, before, limit)

        listing = Listing("ledger", EntryBody, read, lambda entry: (entry.seq,), each(EntryBody.of), cursors.number)
        return await listing.shown(Asked(cursor, limit, format), request)

    async def orders(self, id: Id, request: Request) -> Answer[list[OrderBody]]:
        """The latest 200, the newest first. The audit log says who looked."""
        family = await self._stores.accounts.family((await self._seen(id, "orders", request)).id)
        orders = await self._stores.orders.of_accounts(family, MAX_LIMIT)
        return answer([OrderBody.of(order) for order in orders], request)

    async def _seen(self, id: str, what: str, request: Request) -> Account:
        """The account, after it is written down who looks at it. Raises NotFound."""
        found = await self._stores.accounts.get(id)
        if found is None:
            raise NotFound("There is no such user.")
        account = await self._app.accounts.root(found)
        await self._app.looking.seen(actor_of(request), look(), what, account.id)
        return account

    async def _behind(self, text: str) -> list[Account]:
        try:
            found = await self._stores.accounts.find(Identity.parse(text))
        except ValueError as error:
            raise BadParameter(f"identity: {error}.") from None
        return [await self._app.accounts.root(found)] if found else []

    async def _bodies(self, accounts: Sequence[Account]) -> list[UserBody]:
        bodies = []
        for account in accounts:
            family = await self._stores.accounts.family(account.id)
            identities = sorted(map(str, await self._stores.accounts.identities(family)))
            bodies.append(UserBody.of(account, identities, (await self._app.ledger.balance(account.id)).available))
        return bodies


def look() -> str:
    """The id of a look for the audit log: each is one of its own, whatever a caller's request id says."""
    return f"api:{secrets.token_hex(16)}"
