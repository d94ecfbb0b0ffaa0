"""Whether it lives, and whether it can work: two different questions of whoever watches over it."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.redis.connection import RedisLink
from tests.servers import Valkey, free_port
from tests.webhooks.test_app import Site, site_of
from webhooks import health


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of(tmp_path) as site:
        yield site


def lose_a_table(site: Site) -> None:
    with closing(sqlite3.connect(site.app.settings.data_dir / "easel.db")) as database, database:
        database.execute("ALTER TABLE tombstones RENAME TO mislaid")


async def test_a_living_process_says_so(site: Site) -> None:
    async with site.client() as client:
        assert (await client.get("/healthz")).json()["data"] == {"status": "ok"}


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
async def test_who_watches_may_ask_for_the_status_alone(site: Site, path: str) -> None:
    async with site.client() as client:
        assert (await client.head(path)).status_code == 200


async def test_a_ready_process_tells_how_fast_its_database_is(site: Site) -> None:
    async with site.client() as client:
        data = (await client.get("/readyz")).json()["data"]
    assert data["status"] == "ok"
    assert data["database"]["latencyMs"] > 0


async def test_without_its_database_a_process_lives_but_is_not_ready(site: Site) -> None:
    lose_a_table(site)
    async with site.client() as client:
        assert (await client.get("/healthz")).status_code == 200
        answer = await client.get("/readyz")
    assert answer.status_code == 503
    error = answer.json()["error"]
    assert error["code"] == "not_ready"
    assert error["details"]["database"] == {"status": "failed", "error": "store"}


class Stuck:
    """A port whose database has stopped answering."""

    async def tombstone(self, digest: str) -> None:
        await asyncio.Event().wait()


async def test_a_database_that_hangs_is_not_waited_for(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "LIMIT_SECONDS", 0.05)
    stuck = replace(site.app, stores=replace(site.app.stores, accounts=Stuck()))  # type: ignore[arg-type]  # one verb
    async with asyncio.timeout(10):
        told = await health.dependencies(stuck)
    assert told["database"] == {"status": "failed", "error": "away"}


async def test_redis_is_named_and_its_absence_is_no_reason_to_stop(site: Site, valkey: Valkey) -> None:
    link, nobody = RedisLink(valkey.url), RedisLink(f"redis://127.0.0.1:{free_port()}/0")
    told = await health.dependencies(replace(site.app, redis=link.client))
    assert told["redis"]["status"] == "ok"
    assert told["redis"]["latencyMs"] > 0
    told = await health.dependencies(replace(site.app, redis=nobody.client))
    assert told["redis"] == {"status": "failed", "error": "away"}
    assert told["database"]["status"] == "ok"
    await link.close()
    await nobody.close()


async def test_a_provider_in_trouble_is_told_from_memory(site: Site) -> None:
    site.app.chain._health.rest("openai", 60)
    async with site.client() as client:
        assert (await client.get("/readyz")).json()["data"]["providers"] == {"openai": "resting"}


async def test_who_watches_needs_no_account(site: Site) -> None:
    async with site.client() as client:
        for path in ("/healthz", "/readyz"):
            answer = await client.get(path)
            assert "set-cookie" not in answer.headers
            assert answer.status_code == 200
