"""A playground that works, and two browsers that have their accounts."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.bots.people import working
from tests.webhooks.test_app import Site, site_of


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with site_of(tmp_path) as site, working(site.app):
        yield site


@pytest.fixture
async def alice(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as client:
        await client.get("/")
        yield client


@pytest.fixture
async def bob(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as client:
        await client.get("/")
        yield client
