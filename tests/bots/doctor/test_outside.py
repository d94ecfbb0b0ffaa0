"""The doctor at the sign-in service, and at the program that is told of events."""

from pathlib import Path

import pytest
from aiohttp import web

from bots.doctor import events, signin
from core.settings import Settings
from tests.bots.doctor.looking import bad, found_by, levels
from tests.bots.doctor.test_places import serving as answering
from tests.fakes.issuer import Issuer, serving
from tests.servers import free_port
from tests.support import settings_in


def signed_by(folder: Path, issuer: str, **more: object) -> Settings:
    return settings_in(folder, oidc_issuer=issuer, oidc_audience="easel", **more)


async def test_without_a_sign_in_service_or_a_listener_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    assert await found_by(signin.look, settings_in(tmp_path)) == []
    assert await found_by(events.look, settings_in(tmp_path)) == []


async def test_a_sign_in_service_with_keys_is_fine(tmp_path: Path) -> None:
    async with serving() as issuer:
        assert levels(await found_by(signin.look, signed_by(tmp_path, issuer.url))) == {"ok"}
        by_url = signed_by(tmp_path, "https://elsewhere.example", oidc_jwks_url=f"{issuer.url}/keys")
        assert levels(await found_by(signin.look, by_url)) == {"ok"}


def renamed(issuer: Issuer) -> None:
    issuer.discovery = {"issuer": "https://other.example"}


def without_keys(issuer: Issuer) -> None:
    issuer.keys = []


def broken(issuer: Issuer) -> None:
    issuer.body = b"[]"


def away(issuer: Issuer) -> None:
    issuer.down = True


def elsewhere(issuer: Issuer) -> None:
    issuer.discovery = {"jwks_uri": "http://far.example/keys"}


@pytest.mark.parametrize(
    ("change", "words"),
    [(renamed, "calls itself 'https://other.example'"), (without_keys, "No key for RS256"), (broken, "No key for"),
     (away, "status 503"), (elsewhere, "does not say at which https address")],
)  # fmt: skip
async def test_what_is_wrong_with_a_sign_in_service_is_said(tmp_path: Path, change: object, words: str) -> None:
    async with serving() as issuer:
        assert callable(change)
        change(issuer)
        [said] = bad(await found_by(signin.look, signed_by(tmp_path, issuer.url)))
    assert words in said


async def test_a_listener_that_takes_posts_only_is_fine_and_one_that_fails_is_not(tmp_path: Path) -> None:
    status = 405

    async def handler(request: web.Request) -> web.Response:
        assert request.method == "HEAD"
        return web.Response(status=status)

    async with answering(handler) as url:
        settings = settings_in(tmp_path, events_webhook_url=url)
        assert levels(await found_by(events.look, settings)) == {"ok"}
        status = 502
        assert "status 502" in bad(await found_by(events.look, settings))[0]
    gone = settings_in(tmp_path, events_webhook_url=f"http://127.0.0.1:{free_port()}/x")
    assert "events wait" in bad(await found_by(events.look, gone))[0]
