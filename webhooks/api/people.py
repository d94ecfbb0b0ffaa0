"""Users and their ledgers over the API."""

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
        """One user. Accounts that were merged into another lead to that."""
        account, stores = await self._account(id), self._stores
        family = await stores.accounts.family(account.id)
        balance = await self._app.ledger.balance(account.id)
        user = UserBody.of(account, sorted(map(str, await stores.accounts.identities(family))), balance.available)
        person = PersonBody(
            **user.model_dump(), held=balance.held, debt=balance.debt,
            strikes=sum([await stores.accounts.strikes(each) for each in family]),
            subscriber_until=instant(account.subscriber_until or None), accounts=sorted(family),
        )  # fmt: skip
        return answer(person, request)

    async def ledger(
        self, id: Id, request: Request, limit: Limit = 50, cursor: Cursor = None, format: Format = "json"
    ) -> Answer[Page[EntryBody]] | Response:
        """The newest first."""
        account = await self._account(id)

        async def read(before: int | None, limit: int) -> Sequence[Entry]:
            return await self._stores.ledger.latest(account.id, before, limit)

        listing = Listing("ledger", EntryBody, read, lambda entry: (entry.seq,), each(EntryBody.of), cursors.number)
        return await listing.shown(Asked(cursor, limit, format), request)

    async def orders(self, id: Id, request: Request) -> Answer[list[OrderBody]]:
        """The latest 200, the newest first."""
        family = await self._stores.accounts.family((await self._account(id)).id)
        orders = await self._stores.orders.of_accounts(family, MAX_LIMIT)
        return answer([OrderBody.of(order) for order in orders], request)

    async def _account(self, id: str) -> Account:
        found = await self._stores.accounts.get(id)
        if found is None:
            raise NotFound("There is no such user.")
        return await self._app.accounts.root(found)

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
