"""Every page of the dashboard with a million usage records against a thousand, in one run, page by page in turns.

The clock goes on by the twenty seconds after which a page refreshes itself, so what is kept for a minute is counted
anew as often as it would be. The first look at a page, which may add up days that are over once and for all, is not
counted. Times are of a whole request inside this process; on a busy machine the time that it computed says more.
Of MongoDB it is also said what a page asks of it, and how long a page takes without the time of the server.
"""

import re
import statistics
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from pydantic import BaseModel
from pymongo import monitoring

from core.accounts.model import Identity, Role
from core.admin.model import Actor, Scope
from core.app import App
from core.clock import SECOND
from core.observe.model import Rollup, Usage
from core.settings import Settings
from core.stores.mongo import open_mongo
from tests.bench.commands import Asked, Commands
from tests.bench.filled import Filling, fill_mongo, fill_sqlite
from tests.servers import MongoElsewhere, Secantus
from tests.support import NOON, ManualClock, opened, settings_in
from tests.webhooks.dashboard.conftest import OURS
from webhooks.app import create_web_app

FEW, MANY = 1_000, 1_000_000
EACH_OF_FEW, EACH_OF_MANY = 1, 10
"""Requests of each person a day: so a thousand records are of 34 people, a million of 3,334."""
ROUNDS = 30
REFRESH = 20 * SECOND
ROOT = Identity("playground", "root")
DOCS: dict[str, type[BaseModel]] = {"usage": Usage, "rollups": Rollup}
PAGES = (
    "", "?days=7", "/users", "/users/{account}", "/costs", "/costs?by=account", "/costs?by=day,model",
    "/costs?account={account}", "/jobs", "/providers", "/orders", "/audit",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Look:
    """Milliseconds of a page, those that this process computed, and what was asked of MongoDB."""

    taken: float
    computed: float
    asked: Asked


class Place:
    """A filled database with its dashboard open."""

    def __init__(self, app: App, client: httpx.AsyncClient, clock: ManualClock, account: str, seen: Commands) -> None:
        self._app = app
        self._client = client
        self._clock = clock
        self._account = account
        self._seen = seen

    async def look(self, page: str) -> Look:
        self._clock.move(REFRESH)
        path = "/admin" + page.format(account=self._account)
        self._seen.taken()
        begun, computed = time.perf_counter(), time.process_time()
        answer = await self._client.get(path)
        taken = (time.perf_counter() - begun) * 1_000, (time.process_time() - computed) * 1_000
        assert answer.status_code == 200, answer.text
        return Look(*taken, self._seen.taken())

    async def requests(self) -> int:
        """How many the first page says there were."""
        page = (await self._client.get("/admin")).text
        found = re.search(r'Requests</dt>\s*<dd><span class="value">([\d,]+)<', page)
        assert found, page
        return int(found[1].replace(",", ""))


@asynccontextmanager
async def place(settings: Settings, filling: Filling, seen: Commands) -> AsyncIterator[Place]:
    clock = ManualClock(NOON)
    async with opened(settings, clock) as app:
        root = (await app.accounts.for_identity(ROOT)).id
        link = await app.access.link(Actor(root, str(ROOT), Role.ADMIN, frozenset(Scope), root))
        transport = httpx.ASGITransport(create_web_app(app))
        async with httpx.AsyncClient(transport=transport, base_url=settings.base_url) as client:
            await client.post(f"/admin/enter/{link}", headers=OURS)
            yield Place(app, client, clock, filling.accounts[0], seen)


async def made(settings: Settings) -> Settings:
    """The database has its tables, and somebody in it."""
    async with opened(settings, ManualClock(NOON)) as app:
        await app.accounts.for_identity(ROOT)
    return settings


def its_settings(folder: Path, filling: Filling, **changes: object) -> Settings:
    (own := folder / str(filling.size)).mkdir()
    return settings_in(own, admins=str(ROOT), **changes)


@contextmanager
def empty_server(folder: Path, mongo: Secantus) -> Iterator[Secantus]:
    """A server to be filled fast, before it is started again as it usually is."""
    server = mongo if isinstance(mongo, MongoElsewhere) else Secantus(folder)
    server.start(durable=False)
    try:
        yield server
    finally:
        server.stop()


async def test_pages_of_sqlite_with_a_million_records_against_a_thousand(tmp_path: Path) -> None:
    filled = []
    for filling in fillings():
        settings = await made(its_settings(tmp_path, filling))
        fill_sqlite(str(settings.database_path), filling)
        filled.append((settings, filling))
    await compare("SQLite", filled, Commands())


async def test_pages_of_mongodb_with_a_million_records_against_a_thousand(tmp_path: Path, mongo: Secantus) -> None:
    monitoring.register(seen := Commands())
    with empty_server(tmp_path / "server", mongo) as server:
        filled = []
        for filling in fillings():
            url, begun = server.url(f"dashboard_{filling.size}"), time.perf_counter()
            settings = await made(its_settings(tmp_path, filling, database_url=url))
            fill_mongo(url, filling)
            filled.append((settings, filling))
            print(f"\n{filling.size:,} records were written in {time.perf_counter() - begun:,.0f} s")
        server.stop()
        server.start()
        await compare("MongoDB's protocol", filled, seen)


async def test_what_is_filled_in_is_what_the_store_writes(mongo: Secantus) -> None:
    filling = Filling(120, each=2)
    written, url = [], mongo.url("dashboard_sample")
    for fill in (False, True):
        database, stores = await open_mongo(url)
        if fill:
            fill_mongo(url, filling)
        else:
            for *_, doc in filling.records():
                assert await stores.usage.record(Usage.model_validate_json(doc))
        found = {}
        for name in ("usage", "rollups"):
            for each in await database.all(database.collection(name).find()):
                each["doc"] = DOCS[name].model_validate_json(each["doc"])
                found[each["_id"]] = {**each, "version": None}
        written.append(found)
        await database.drop()
        await database.close()
    assert len(written[0]) == 120 + 2 * 30 + 30 + 2 * 2
    assert written[0] == written[1]


def fillings() -> list[Filling]:
    return [Filling(FEW, EACH_OF_FEW), Filling(MANY, EACH_OF_MANY)]


async def compare(store: str, filled: Sequence[tuple[Settings, Filling]], seen: Commands) -> None:
    """Look at every page of both in turns, and print what it took."""
    async with AsyncExitStack() as stack:
        places = []
        for settings, filling in filled:
            places.append(await stack.enter_async_context(place(settings, filling, seen)))
            assert await places[-1].requests() == filling.size
        sizes = " and ".join(f"{filling.size:,}" for _, filling in filled)
        print(f"\n{store}: p50 and p95 of {sizes} records, both as computed, and the ratios of the p50")
        for page in PAGES:
            for each in places:
                await each.look(page)
            looks: list[list[Look]] = [[], []]
            for number in range(ROUNDS):
                for which in (0, 1) if number % 2 else (1, 0):
                    looks[which].append(await places[which].look(page))
            print(f"  /admin{page:26} {compared(looks)}")


def compared(looks: Sequence[Sequence[Look]]) -> str:
    """A line of the table: times, ratios, and of MongoDB the means of what was asked."""
    columns: list[Callable[[Look], float]] = [lambda look: look.taken, lambda look: look.computed]
    rows = [[middle_and_most([of(look) for look in each]) for each in looks] for of in columns]
    line = "  ".join(f"{p50:6.1f} {p95:6.1f}" for row in rows for p50, p95 in row)
    line += "   " + "  ".join(f"{row[1][0] / row[0][0]:.2f}" for row in rows)
    if not any(look.asked.trips for look in looks[0]):
        return line
    asked = [
        f"{mean(look.asked.trips for look in each):.1f} trips, {mean(look.asked.documents for look in each):.0f} "
        f"documents, {mean(look.asked.size / 1_000 for look in each):.1f} kB"
        for each in looks
    ]
    own = middle_and_most([look.taken - look.asked.waited for look in looks[1]])
    return f"{line}   {' and '.join(asked)}; {own[0]:.1f} {own[1]:.1f} ms without the server"


def mean(row: Iterator[float]) -> float:
    return statistics.fmean(row)


def middle_and_most(row: list[float]) -> tuple[float, float]:
    """p50 and p95."""
    return statistics.median(row), statistics.quantiles(row, n=20)[-1]
