"""From SQLite to MongoDB: everything arrives, nothing is mixed up, and a crash in the middle costs a second run."""

import secrets
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from core.app import App
from core.clock import DAY
from core.errors import EaselError, StoreUnfinished
from core.migration import moving
from core.migration.moving import MigrationRefused, migrate
from core.migration.tables import TABLES
from core.settings import Settings
from core.stores.mongo import open_mongo
from core.stores.mongo.database import MongoDatabase
from core.stores.ports import Stores
from tests.core.accounts.test_linking import link, sight
from tests.core.accounts.test_privacy import made
from tests.core.stores.contract_reports import fallen_back
from tests.fakes import app_on
from tests.servers import Secantus
from tests.support import ALICE, BOB, ManualClock, chat, imagine, opened


@pytest.fixture
def target(mongo: Secantus) -> str:
    return mongo.url(f"easel_test_{secrets.token_hex(6)}")


@pytest.fixture
async def source(settings: Settings, clock: ManualClock) -> Path:
    """An Easel that has been used: pictures, answers, a link, free credits, a cancelled and a waiting request."""
    async with opened(settings, clock) as app:
        await sight(app, clock, ALICE, BOB)
        await made(app, imagine("r1", ALICE), imagine("r2", BOB), chat("c1", ALICE))
        await link(app, ALICE, BOB)
        await app.daily.claim(await app.accounts.for_identity(ALICE))
        await app.accounts.store.strike((await app.accounts.for_identity(ALICE)).id, "bad")
        await app.requests.submit(imagine("waiting", ALICE))
        await app.stores.fences.draw("scheduler")
        await app.stores.settings.put("server", '{"persona": "teacher"}', 0)
        await app.stores.usage.record(fallen_back("costly"))
    assert settings.database_path is not None
    return settings.database_path


async def everything(app: App) -> dict[str, object]:
    """What the ports say, as plain values."""
    stores: Stores = app.stores
    account = await app.accounts.for_identity(ALICE)
    family = sorted(await stores.accounts.family(account.id))
    return {
        "export": await app.privacy.export(account),
        "family": family,
        "accounts": [await stores.accounts.get(member) for member in family],
        "jobs": [job.model_dump() for job in await stores.jobs.all_jobs(family)],
        "rollups": await stores.usage.rollups("2026-01-01", "2026-12-31"),
        "left": await app.limits.left(account.id, 20),
        "claimed": await app.daily.is_claimed(account),
        "strikes": await stores.accounts.strike(account.id, "bad"),
        "settings": await stores.settings.get("server"),
        "costly": await stores.usage.get("costly"),
        "fence": await stores.fences.highest("scheduler"),
        "next": (await stores.feed.post("new", "m", "{}", 1)).seq,
        "installation": stores.installation,
    }


async def run(source: Path, target: str) -> list[str]:
    said: list[str] = []
    await migrate(source, target, said.append)
    return said


async def test_everything_is_the_same_afterwards(
    source: Path, target: str, settings: Settings, clock: ManualClock
) -> None:
    said = await run(source, target)
    assert said[-1] == "The books of 2 accounts are right, and the same on both sides."
    async with opened(settings, clock) as app:
        database, stores = await open_mongo(target)
        assert await everything(app_on(app, stores)) == await everything(app)
        queued = await stores.jobs.claim("w", clock.now(), clock.now() + DAY)
        assert queued is not None
        assert queued.request_id == "waiting"
    await database.drop()
    await database.close()


@pytest.mark.parametrize("table", range(1, len(TABLES), 3))
async def test_after_a_crash_the_target_is_not_served_and_a_second_run_goes_on(
    source: Path, target: str, settings: Settings, clock: ManualClock, table: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, calls = moving._copy, 0

    async def crashes(*values: object) -> None:
        nonlocal calls
        calls += 1
        await real(*values)  # type: ignore[arg-type]  # a test knows what it gives
        if calls == table:
            raise KeyboardInterrupt

    monkeypatch.setattr(moving, "_copy", crashes)
    with pytest.raises(KeyboardInterrupt):
        await run(source, target)
    with pytest.raises(StoreUnfinished):
        await open_mongo(target)
    monkeypatch.undo()
    await run(source, target)
    async with opened(settings, clock) as app:
        database, stores = await open_mongo(target)
        assert await everything(app_on(app, stores)) == await everything(app)
    await database.drop()
    await database.close()


async def test_rows_of_models_go_on_being_added_to_afterwards(source: Path, target: str) -> None:
    await run(source, target)
    database, stores = await open_mongo(target)
    before = await stores.usage.rollups("2026-11-23", "2026-11-23")
    assert not await stores.usage.record(fallen_back("costly"))
    assert await stores.usage.record(fallen_back("costly too"))
    rows = await stores.usage.rollups("2026-11-23", "2026-11-23")
    assert [row.key for row in rows] == [row.key for row in before]
    assert {row.model: row.counters["calls"] for row in rows if row.account == "a"} == {"art": 2, "big": 2, "small": 2}
    await database.drop()
    await database.close()


async def test_a_target_that_is_not_empty_is_left_alone(source: Path, target: str) -> None:
    database, stores = await open_mongo(target)
    await stores.fences.draw("theirs")
    with pytest.raises(MigrationRefused, match="is not empty"):
        await run(source, target)
    await database.drop()
    await database.close()


async def test_what_was_migrated_is_not_migrated_again(source: Path, target: str) -> None:
    await run(source, target)
    with pytest.raises(MigrationRefused, match="is not empty"):
        await run(source, target)
    database = await MongoDatabase.open(target)
    await database.drop()
    await database.close()


async def test_wrong_books_are_not_moved(source: Path, target: str) -> None:
    with closing(sqlite3.connect(source)) as connection, connection:
        connection.execute("UPDATE entries SET amount = amount + 1 WHERE seq = 1")
    with pytest.raises(EaselError, match="books of the source are not right"):
        await run(source, target)


async def test_a_source_that_is_being_written_to_is_refused(
    source: Path, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(moving, "BUSY_TIMEOUT_S", 0.1)
    with closing(sqlite3.connect(source, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        with pytest.raises(EaselError):
            await run(source, target)
