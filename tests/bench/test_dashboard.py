"""Every page of the dashboard with a million usage records against a thousand, in one run, page by page in turns.

The clock goes on by the twenty seconds after which a page refreshes itself, so what is kept for a minute is counted
anew as often as it would be. The first look at a page, which may add up days that are over once and for all, is not
counted. Times are of a whole request inside this process; on a busy machine the time that it computed says more.
"""

import re
import statistics
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from pymongo import MongoClient

from core.accounts.model import Identity, Role
from core.admin.model import Actor, Scope
from core.app import App
from core.clock import SECOND
from core.settings import Settings
from tests.bench.filled import Filling, fill_mongo, fill_sqlite
from tests.servers import MongoElsewhere, Secantus
from tests.support import NOON, ManualClock, opened, settings_in
from tests.webhooks.dashboard.conftest import OURS
from webhooks.app import create_web_app

FEW, MANY = 1_000, 1_000_000
EACH_OF_FEW, EACH_OF_MANY = 1, 10
"""Requests of each person a day: so a thousand records are of 34 people, a million of 3,334."""
MANY_OF_STAND_IN, RECORDS_OF_STAND_IN = 100_000, 20_000
"""The stand-in for MongoDB takes half an hour to take in a million, and seconds to count 3,334 people: so it has fewer.

No page reads records. The sums of all of them are there.
"""
ROUNDS = 30
REFRESH = 20 * SECOND
Make = Callable[[Path, int, Secantus], Awaitable[tuple[Settings, Filling]]]
ROOT = Identity("playground", "root")
PAGES = (
    "", "?days=7", "/users", "/users/{account}", "/costs", "/costs?by=account", "/costs?by=day,model",
    "/costs?account={account}", "/jobs", "/providers", "/orders", "/audit",
)  # fmt: skip


class Place:
    """A filled database with its dashboard open."""

    def __init__(self, app: App, client: httpx.AsyncClient, clock: ManualClock, account: str) -> None:
        self._app = app
        self._client = client
        self._clock = clock
        self._account = account

    async def look(self, page: str) -> tuple[float, float]:
        """Milliseconds, and those that this process computed."""
        self._clock.move(REFRESH)
        path = "/admin" + page.format(account=self._account)
        begun, computed = time.perf_counter(), time.process_time()
        answer = await self._client.get(path)
        taken = (time.perf_counter() - begun) * 1_000, (time.process_time() - computed) * 1_000
        assert answer.status_code == 200, answer.text
        return taken

    async def requests(self) -> int:
        """How many the first page says there were."""
        page = (await self._client.get("/admin")).text
        found = re.search(r'Requests</dt>\s*<dd><span class="value">([\d,]+)<', page)
        assert found, page
        return int(found[1].replace(",", ""))


@asynccontextmanager
async def place(settings: Settings, filling: Filling) -> AsyncIterator[Place]:
    clock = ManualClock(NOON)
    async with opened(settings, clock) as app:
        root = (await app.accounts.for_identity(ROOT)).id
        link = await app.access.link(Actor(root, str(ROOT), Role.ADMIN, frozenset(Scope), root))
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            await client.post(f"/admin/enter/{link}", headers=OURS)
            yield Place(app, client, clock, filling.accounts[0])


async def made(settings: Settings) -> None:
    """The database with its tables, and somebody in it."""
    async with opened(settings, ManualClock(NOON)) as app:
        await app.accounts.for_identity(ROOT)


async def on_sqlite(folder: Path, rows: int, mongo: Secantus) -> tuple[Settings, Filling]:
    settings, filling = (
        settings_in(folder, admins=str(ROOT)),
        Filling(rows, EACH_OF_FEW if rows == FEW else EACH_OF_MANY),
    )
    await made(settings)
    fill_sqlite(str(settings.database_path), filling)
    return settings, filling


async def on_mongo(folder: Path, rows: int, mongo: Secantus) -> tuple[Settings, Filling]:
    url = mongo.url(f"dashboard_{rows}")
    settings, filling = (
        settings_in(folder, admins=str(ROOT), database_url=url),
        Filling(rows, EACH_OF_FEW if rows == FEW else EACH_OF_MANY),
    )
    await made(settings)
    client: MongoClient[dict[str, Any]]
    with MongoClient(url) as client:
        database: Any = client.get_default_database()
        account, identity = database["accounts"].find_one(), database["identities"].find_one()
    assert account is not None
    assert identity is not None
    fill_mongo(url, filling, account, identity, None if isinstance(mongo, MongoElsewhere) else RECORDS_OF_STAND_IN)
    return settings, filling


@pytest.mark.parametrize(("store", "make"), [("SQLite", on_sqlite), ("MongoDB's protocol", on_mongo)])
async def test_pages_with_many_records_against_a_thousand(
    tmp_path: Path, mongo: Secantus, store: str, make: Make
) -> None:
    async with AsyncExitStack() as stack:
        places = []
        is_stand_in = make is on_mongo and not isinstance(mongo, MongoElsewhere)
        sizes = FEW, MANY_OF_STAND_IN if is_stand_in else MANY
        for rows in sizes:
            (folder := tmp_path / str(rows)).mkdir()
            settings, filling = await make(folder, rows, mongo)
            places.append(await stack.enter_async_context(place(settings, filling)))
            assert await places[-1].requests() == filling.size
        print(
            f"\n{store}: p50 and p95 of {sizes[0]:,} records, of {sizes[1]:,} (and computed), and the ratio of the p50"
        )
        for page in PAGES:
            for each in places:
                await each.look(page)
            taken: list[list[tuple[float, float]]] = [[], []]
            for number in range(ROUNDS):
                for which in (0, 1) if number % 2 else (1, 0):
                    taken[which].append(await places[which].look(page))
            few, many = (middle_and_most([one for one, _ in row]) for row in taken)
            computing = middle_and_most([one for _, one in taken[1]])
            figures = "  ".join(f"{p50:6.1f} {p95:6.1f}" for p50, p95 in (few, many, computing))
            print(f"  /admin{page:26} {figures}  {many[0] / few[0]:.2f}")


def middle_and_most(row: list[float]) -> tuple[float, float]:
    """p50 and p95."""
    return statistics.median(row), statistics.quantiles(row, n=20)[-1]
