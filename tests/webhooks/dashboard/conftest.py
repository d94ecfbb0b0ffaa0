"""The dashboard over a running core, with root signed in by a one-time link."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from core.accounts.model import Identity, Role
from core.admin.model import Actor, Scope
from core.app import App
from tests.support import ManualClock, opened, settings_in
from tests.webhooks.dashboard.place import lived_in
from webhooks.app import create_web_app

ROOT = Identity("playground", "root")
OURS = {"sec-fetch-site": "same-origin"}


@dataclass
class Place:
    app: App
    client: httpx.AsyncClient
    clock: ManualClock

    async def page(self, path: str, status: int = 200) -> str:
        answer = await self.client.get(path)
        assert answer.status_code == status, answer.text
        return answer.text

    async def root(self, *scopes: Scope) -> Actor:
        """The admin of this place."""
        account = await self.app.accounts.for_identity(ROOT)
        return Actor(account.id, str(ROOT), Role.ADMIN, frozenset(scopes or Scope), account.id)

    async def link(self, actor: Actor) -> str:
        return f"/admin/enter/{await self.app.access.link(actor)}"

    async def enters(self, actor: Actor) -> None:
        answer = await self.client.post(await self.link(actor), headers=OURS)
        assert answer.status_code == 303, answer.text

    async def passes(self, days: int) -> None:
        """So many days in which people come and ask for things. Root has to sign in again."""
        await lived_in(self.app, self.clock, days)
        await self.enters(await self.root())

    async def csrf(self) -> str:
        return str(re.findall(r'name="csrf" value="(\w+)"', await self.page("/admin"))[0])


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    """Where root is signed in."""
    clock = ManualClock()
    async with opened(settings_in(tmp_path, admins=str(ROOT)), clock) as app:
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=app.settings.base_url) as client:
            place = Place(app, client, clock)
            await place.enters(await place.root())
            yield place
