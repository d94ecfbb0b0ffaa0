"""Whether it lives, and whether it can work: two different questions of whoever watches over it."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.webhooks.test_app import Site, site_of


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
    assert answer.json()["error"]["code"] == "store"


async def test_who_watches_needs_no_account(site: Site) -> None:
    async with site.client() as client:
        for path in ("/healthz", "/readyz"):
            answer = await client.get(path)
            assert "set-cookie" not in answer.headers
            assert answer.status_code == 200
