"""Who is let in by the admin API, and each attack by its name."""

from dataclasses import replace
from pathlib import Path

import pytest
from fastapi import Request, Response
from structlog.testing import capture_logs

from core.accounts.model import Role
from core.admin.access import LINK_LIFE, SESSION_LIFE
from core.admin.model import Scope
from core.admin.refusals import NotSignedIn
from core.clock import DAY, MINUTE, SECOND
from core.errors import ConfigError
from core.ids import digest
from core.log import configure_logging
from core.settings import load_settings
from tests.fakes.issuer import OURS, serving
from tests.webhooks.api.support import Api, api_of
from webhooks.api.guard import TRIES
from webhooks.sessions import Sessions

FIXED = "f" * 32


def asked_with(cookie: str | None = None, name: str = "easel") -> Request:
    headers = [(b"cookie", f"{name}={cookie}".encode())] if cookie else []
    return Request({"type": "http", "method": "GET", "path": "/", "headers": headers})


def cookie_of(response: Response) -> str:
    return response.headers["set-cookie"]


async def test_nobody_is_told_how_to_come_in(api: Api) -> None:
    answer = await api.get("stats")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "not_signed_in")
    assert answer.headers["www-authenticate"] == 'Bearer realm="easel"'
    assert "data" not in answer.json()


async def test_a_token_may_do_what_its_scopes_say(api: Api) -> None:
    for scope, status in ((Scope.READ, 200), (Scope.EVENTS, 403), (Scope.ADMIN, 200)):
        answer = await api.get("stats", await api.token(scope, name=scope.value))
        assert answer.status_code == status
    assert (await api.get("stats", await api.token(Scope.READ, Scope.EVENTS, name="both"))).status_code == 200


async def test_a_token_ends(api: Api) -> None:
    token = await api.token(days=1)
    api.clock.move(DAY - 1)
    assert (await api.get("stats", token)).status_code == 200
    api.clock.move(1)
    assert (await api.get("stats", token)).status_code == 401
    assert await api.token(days=1) != token


async def test_a_revoked_token_is_none(api: Api) -> None:
    token = await api.token(name="cron")
    assert await api.app.access.revoke("cron")
    assert not await api.app.access.revoke("cron")
    assert (await api.get("stats", token)).status_code == 401


async def test_the_token_of_the_settings_may_do_everything(tmp_path: Path) -> None:
    async with api_of(tmp_path, admin_api_token=FIXED) as api:
        assert (await api.get("stats", FIXED)).status_code == 200
        assert (await api.get("stats", FIXED[:-1] + "g")).status_code == 401
        assert (await api.get("stats", "")).status_code == 401


@pytest.mark.parametrize("token", ["short", "with spaces " * 5, "ü" * 40, "x" * 129])
def test_a_token_of_the_settings_is_hard_to_guess(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADMIN_API_TOKEN", token)
    with pytest.raises(ConfigError, match="ADMIN_API_TOKEN: must be 32") as refused:
        load_settings()
    assert token not in refused.value.message


@pytest.mark.parametrize(
    ("settings", "problem"),
    [({"OIDC_ISSUER": "http://a.example"}, "OIDC_ISSUER: must be https"),
     ({"OIDC_ISSUER": "https://a.example"}, "OIDC_AUDIENCE: is needed"),
     ({"OIDC_ISSUER": "https://a.example", "OIDC_AUDIENCE": " , "}, "OIDC_AUDIENCE: is needed")],
)  # fmt: skip
def test_a_sign_in_service_is_named_whole(
    settings: dict[str, str], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(ConfigError, match=problem):
        load_settings()


async def test_who_signed_in_elsewhere_is_let_in_by_role_and_told_when_that_cannot_be_checked(tmp_path: Path) -> None:
    async with serving() as issuer, api_of(tmp_path, oidc_issuer=issuer.url, oidc_audience=OURS) as api:
        issuer.down = True
        token = issuer.signed(issuer.claims(api.clock.at // SECOND))
        answer = await api.get("stats", token)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, "issuer_away")
    async with serving() as issuer, api_of(tmp_path, oidc_issuer=issuer.url, oidc_audience=OURS) as api:
        claims = issuer.claims(api.clock.at // SECOND)
        assert (await api.get("stats", issuer.signed(claims))).status_code == 200
        assert (await api.get("stats", issuer.signed(claims | {"public_metadata": {}}))).status_code == 403
        assert (await api.get("stats", await api.token())).status_code == 200


async def test_attack_headers_that_are_no_token(api: Api) -> None:
    for header in ("Basic dTpw", "Bearer", "Bearer ", "easel_x", "bearer  ", "Bearer easel_", ""):
        answer = await api.client.get("/api/v1/admin/stats", headers={"authorization": header})
        assert answer.status_code == 401


async def test_attack_keys_of_another_kind(api: Api) -> None:
    """A link opens nothing but a session, a token is no session, and a digest is no key."""
    access, admin = api.app.access, await api.admin()
    link, token = await access.link(admin), await api.token()
    [stored] = await access.tokens()
    session = await access.enter(await access.link(admin))
    other = replace(stored, digest=digest("easel_session"), kind="session", name="")
    assert await api.app.stores.keys.add(other)
    for wrong in (
        "easel_session",
        link,
        session,
        stored.digest,
        f"easel_{stored.digest}",
        token.upper(),
        token + "x",
        token[:-1],
    ):
        with pytest.raises(NotSignedIn):
            await access.bearer(wrong)
    for wrong in (token, link, "x", "x" * 10_000):
        with pytest.raises(NotSignedIn):
            await access.session(wrong)
    for wrong in (token, session):
        with pytest.raises(NotSignedIn):
            await access.enter(wrong)
    assert (await access.bearer(token)).id == "token:tests"


async def test_attack_guessing_tokens_is_slowed_down_and_a_good_one_is_served_still(api: Api) -> None:
    token = await api.token()
    answers = [await api.get("stats", f"easel_{number:032}") for number in range(TRIES + 1)]
    assert [answer.status_code for answer in answers[-2:]] == [401, 429]
    assert answers[-1].headers["retry-after"] == "60"
    assert (await api.get("stats", token)).status_code == 200
    api.clock.move(MINUTE)
    assert (await api.get("stats", "easel_x")).status_code == 401


async def test_who_shows_no_token_is_told_each_time_that_one_is_needed(api: Api) -> None:
    assert {(await api.get("stats")).status_code for _ in range(TRIES + 1)} == {401}


async def test_attack_a_one_time_link_used_twice(api: Api) -> None:
    secret = await api.app.access.link(await api.admin())
    assert (await api.app.access.session(await api.app.access.enter(secret))).role is Role.ADMIN
    with pytest.raises(NotSignedIn, match="used or has expired"):
        await api.app.access.enter(secret)


async def test_attack_a_one_time_link_found_later(api: Api) -> None:
    secret = await api.app.access.link(await api.admin())
    api.clock.move(LINK_LIFE)
    with pytest.raises(NotSignedIn):
        await api.app.access.enter(secret)


async def test_attack_session_fixation(api: Api) -> None:
    """A cookie that was planted before signing in is worth nothing after it, and is ended if it was a session."""
    sessions, admin = Sessions(api.app.access, api.app.settings.base_url), await api.admin()
    for planted in ("chosen-by-the-attacker", await api.app.access.enter(await api.app.access.link(admin))):
        response = Response()
        await sessions.enter(await api.app.access.link(admin), asked_with(planted), response)
        assert planted not in cookie_of(response)
        with pytest.raises(NotSignedIn):
            await sessions.actor(asked_with(planted))


async def test_a_session_ends_by_itself_and_when_it_is_left(api: Api) -> None:
    sessions, admin, access = Sessions(api.app.access, "https://e.example"), await api.admin(), api.app.access
    first, second = [await access.enter(await access.link(admin)) for _ in range(2)]
    response = Response()
    await sessions.leave(asked_with(first, "__Host-easel"), response)
    assert "Max-Age=0" in cookie_of(response)
    with pytest.raises(NotSignedIn):
        await access.session(first)
    api.clock.move(SESSION_LIFE - 1)
    assert (await access.session(second)).account == admin.account
    api.clock.move(1)
    with pytest.raises(NotSignedIn):
        await access.session(second)


async def test_a_session_has_the_role_of_the_moment(api: Api) -> None:
    admin, accounts = await api.admin(), api.app.stores.accounts
    session = await api.app.access.enter(await api.app.access.link(admin))
    api.client.cookies.set("easel", session)
    assert (await api.get("stats")).status_code == 200
    await accounts.set_role(admin.id, Role.USER)
    assert (await api.get("stats")).status_code == 403
    await accounts.set_role(admin.id, Role.ADMIN)
    await accounts.suspend(admin.id, "gone")
    assert (await api.get("stats")).status_code == 401


async def test_cookies_are_for_this_host_only(api: Api) -> None:
    for base_url, name, secure in (("https://e.example", "__Host-easel", True), ("http://127.0.0.1", "easel", False)):
        response = Response()
        sessions = Sessions(api.app.access, base_url)
        await sessions.enter(await api.app.access.link(await api.admin()), asked_with(), response)
        cookie = cookie_of(response)
        assert cookie.startswith(f"{name}=")
        assert {"HttpOnly", "Path=/", "SameSite=lax"} <= set(cookie.split("; "))
        assert (("Secure" in cookie), ("Domain" in cookie)) == (secure, False)


async def test_attack_a_cookie_of_a_neighbour_is_not_read_over_https(api: Api) -> None:
    """A subdomain can set `easel`, and no browser lets it set `__Host-easel`."""
    session = await api.app.access.enter(await api.app.access.link(await api.admin()))
    sessions = Sessions(api.app.access, "https://e.example")
    with pytest.raises(NotSignedIn):
        await sessions.actor(asked_with(session, "easel"))
    assert await sessions.actor(asked_with(session, "__Host-easel"))


async def test_forms_of_two_sessions_carry_different_words(api: Api) -> None:
    sessions = Sessions(api.app.access, "http://127.0.0.1")
    words = {sessions.csrf(asked_with(secret)) for secret in ("one", "two")}
    assert len(words) == 2
    assert not words & {"one", "two"}


async def test_no_secret_is_in_the_log(api: Api) -> None:
    configure_logging("DEBUG")
    token = await api.token(Scope.EVENTS)
    secret = await api.app.access.link(await api.admin())
    with capture_logs() as lines:
        await api.get("stats", token)
        await api.get("stats", "easel_wrong")
        await api.app.access.enter(secret)
    assert not any(word in str(lines) for word in (token, "easel_wrong", secret))
