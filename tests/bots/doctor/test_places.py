"""The doctor at the settings, the stores and the web."""

import shutil
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bots.doctor import house, mongo, redis, stores
from bots.doctor import web as web_area
from bots.doctor.clock import judged
from core.settings import Settings
from tests.bots.doctor.looking import bad, found_by, levels
from tests.fakes.serving import serve
from tests.servers import Secantus, Valkey, free_port, valkey_server
from tests.support import opened, settings_in

ADMIN = "discord:1"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", handler)
    runner, url = await serve(app)
    try:
        yield url
    finally:
        await runner.cleanup()


async def test_an_admin_and_a_chat_are_missed(tmp_path: Path) -> None:
    said = bad(await found_by(house.look, settings_in(tmp_path)))
    assert [each.partition(".")[0] for each in said] == [
        "There is no admin: nobody can grant, refund or suspend",
        "No chat platform is set up; only the playground is served",
    ]  # fmt: skip
    assert bad(await found_by(house.look, settings_in(tmp_path, admins=ADMIN, telegram_token="1:x"))) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "Remove it before others use this Easel."),
        ({"public_url": "http://localhost:8000"}, "Remove it before others use this Easel."),
        ({"public_url": "https://easel.example.org"}, "is on in a public place"),
        ({"host": "10.0.0.1"}, "is on in a public place"),
        ({"stripe_secret_key": "sk_1", "stripe_webhook_secret": "whsec_1"}, "is on beside stripe"),
    ],
)
async def test_the_demo_checkout_is_no_checkout(tmp_path: Path, changes: dict[str, object], words: str) -> None:
    settings = settings_in(tmp_path, admins=ADMIN, telegram_token="1:x", demo_checkout=True, **changes)
    [said] = bad(await found_by(house.look, settings))
    assert words in said


async def test_a_token_that_can_be_guessed_is_named(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, admins=ADMIN, telegram_token="1:x", admin_api_token="passwort" * 4)
    assert "ADMIN_API_TOKEN can be guessed." in bad(await found_by(house.look, settings))[0]
    settings = settings_in(tmp_path, admins=ADMIN, telegram_token="1:x", admin_api_token="0123456789abcdef" * 2)
    assert bad(await found_by(house.look, settings)) == []


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"events_webhook_url": "https://example.org/hook"}, "EVENTS_WEBHOOK_SECRET is not."),
        ({"metrics_port": 9, "metrics_host": "10.0.0.1"}, "Metrics are on 10.0.0.1"),
        ({"metrics_port": 9, "otel_exporter_otlp_endpoint": "http://127.0.0.1:4318"}, ""),
    ],
)
async def test_what_watches_is_set_up_whole_and_in_private(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    settings = settings_in(tmp_path, admins=ADMIN, telegram_token="1:x", **changes)
    said = bad(await found_by(house.look, settings))
    assert [words in each for each in said] == ([True] if words else [])


async def test_a_readable_env_file_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    env = tmp_path / ".env"
    env.write_text("")
    env.chmod(0o644)
    settings = settings_in(tmp_path, admins=ADMIN, telegram_token="1:x")
    assert bad(await found_by(house.look, settings)) == [
        "Others on this machine can read .env and the secrets in it. chmod 600 .env"
    ]
    env.chmod(0o600)
    assert bad(await found_by(house.look, settings)) == []


async def test_the_database_is_neither_made_nor_upgraded(settings: Settings) -> None:
    assert levels(await found_by(stores.look, settings)) == {"ok"}
    assert not settings.data_dir.exists()
    async with opened(settings):
        pass
    assert levels(await found_by(stores.look, settings)) == {"ok"}
    file = sqlite3.connect(settings.data_dir / "easel.db")
    file.execute("PRAGMA user_version = 1")
    assert "older Easel (1 of" in bad(await found_by(stores.look, settings))[0]
    file.execute("PRAGMA user_version = 999")
    assert "belongs to a newer Easel" in bad(await found_by(stores.look, settings))[0]
    assert file.execute("PRAGMA user_version").fetchone() == (999,)
    file.close()


async def test_a_file_that_is_no_database_is_named(settings: Settings) -> None:
    settings.data_dir.mkdir()
    (settings.data_dir / "easel.db").write_text("no database at all, " * 100)
    assert "is not a usable database" in bad(await found_by(stores.look, settings))[0]


async def test_a_full_disk_is_named(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    usage: Any = shutil._ntuple_diskusage  # what the system says
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(2**40, 2**40, 2**20))
    [said] = bad(await found_by(stores.look, settings))
    assert "0.0 GiB are free. Make room" in said


async def test_redis_must_throw_nothing_away(valkey: Valkey, tmp_path: Path) -> None:
    assert levels(await redis.look(valkey.url)) == {"ok"}
    with valkey_server(tmp_path, "--maxmemory", "10mb", "--maxmemory-policy", "allkeys-lru", mine=True) as other:
        [said] = bad(await redis.look(other.url))
    assert "maxmemory-policy allkeys-lru" in said
    assert "CONFIG SET maxmemory-policy noeviction" in said
    [said] = bad(await redis.look(f"redis://:s3cret@127.0.0.1:{free_port()}/0"))
    assert said.startswith("Redis cannot be used (ConnectionError).")
    assert "s3cret" not in said


async def test_mongodb_acknowledges_a_durable_write(mongo: Secantus) -> None:
    from bots.doctor.mongo import look

    found = await look(mongo.url("doctor"))
    assert "problem" not in levels(found)
    assert found[0].what.startswith("MongoDB ")
    assert found[-1].what.startswith("A write with w=majority and j=true is acknowledged in ")


async def test_an_absent_mongodb_and_a_wrong_address_are_problems(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mongo, "TIMEOUT_MS", 200)
    [said] = bad(await mongo.look(f"mongodb://u:s3cret@127.0.0.1:{free_port()}/easel"))
    assert said.startswith("MongoDB does not answer")
    assert "s3cret" not in said
    [said] = bad(await mongo.look("mongodb://u:p@ss@host/easel"))
    assert said.startswith("DATABASE_URL is not a MongoDB address")


async def easel(request: web.Request) -> web.StreamResponse:
    return web.json_response({"success": True, "data": {"status": "ok"}, "requestId": request.headers["x-request-id"]})


async def cached(request: web.Request) -> web.StreamResponse:
    return web.json_response({"success": True, "data": {"status": "ok"}, "requestId": "another-one"})


async def moved(request: web.Request) -> web.StreamResponse:
    raise web.HTTPFound("/elsewhere")


@pytest.mark.parametrize(
    ("handler", "words"),
    [(easel, ""), (cached, "something else answers there."), (moved, "it answers with status 302.")],
)
async def test_public_url_has_to_lead_to_an_easel(tmp_path: Path, handler: Handler, words: str) -> None:
    async with serving(handler) as url:
        settings = settings_in(tmp_path, public_url=url, port=free_port())
        said = bad(await found_by(web_area.look, settings))
    assert [words in each and "Start easel run" in each for each in said] == ([True] if words else [])


async def test_an_easel_that_runs_and_is_not_reached_is_a_problem(tmp_path: Path) -> None:
    async with serving(easel) as here, serving(cached) as there:
        settings = settings_in(tmp_path, public_url=there, port=int(here.rpartition(":")[2]))
        found = await found_by(web_area.look, settings)
    [said] = bad(found)
    assert levels(found) == {"problem"}
    assert "does not lead to this Easel: something else answers there." in said


async def test_public_url_has_to_be_https_and_without_a_path(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, public_url="http://easel.invalid/bot", port=free_port())
    said = bad(await found_by(web_area.look, settings))
    assert said[0].startswith("PUBLIC_URL is not https")
    assert said[1].startswith("PUBLIC_URL has a path")


@pytest.mark.parametrize(
    ("skews", "level"),
    [({}, None), ({"a": 4.0}, "ok"), ({"a": -30.0}, "warning"), ({"a": 400.0}, "problem"), ({"a": 900, "b": 1}, "ok")],
)
def test_the_nearest_servers_clock_decides(skews: dict[str, float], level: str | None) -> None:
    assert [each.level for each in judged(skews)] == ([level] if level else [])
