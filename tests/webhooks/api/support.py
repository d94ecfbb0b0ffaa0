"""An Easel whose admin API is asked, with the tokens that tests show."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from core.accounts.model import Identity, Role
from core.admin.model import Actor, Scope
from core.app import App
from tests.support import ManualClock, opened, settings_in
from webhooks.app import create_web_app

ADMIN = Identity("discord", "1")


@dataclass
class Api:
    app: App
    clock: ManualClock
    client: httpx.AsyncClient

    async def token(self, *scopes: Scope, name: str = "tests", days: int = 30) -> str:
        made = await self.app.access.create(name, frozenset(scopes or (Scope.ADMIN,)), days)
        assert made is not None
        return made

    async def get(self, path: str, token: str | None = None, **params: str | int | list[str]) -> httpx.Response:
        headers = {} if token is None else {"authorization": f"Bearer {token}"}
        return await self.client.get(f"/api/v1/admin/{path}", headers=headers, params=params)

    async def admin(self) -> Actor:
        """An admin in a chat."""
        account = await self.app.accounts.for_identity(ADMIN)
        return Actor(account.id, str(ADMIN), Role.ADMIN, account=account.id)


@asynccontextmanager
async def api_of(folder: Path, **settings: object) -> AsyncIterator[Api]:
    clock = ManualClock()
    async with opened(settings_in(folder, admins=(ADMIN,), **settings), clock) as app:
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=app.settings.base_url) as client:
            yield Api(app, clock, client)
