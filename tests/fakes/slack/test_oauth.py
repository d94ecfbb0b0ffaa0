"""The fake Slack's installations: one app in two workspaces, tokens that rotate and end, with the real Bolt app."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.oauth.async_oauth_settings import AsyncOAuthSettings
from slack_sdk.oauth.installation_store import FileInstallationStore
from slack_sdk.oauth.state_store import FileOAuthStateStore
from slack_sdk.web.async_client import AsyncWebClient

from core.clock import HOUR, MINUTE
from tests.fakes.bolt import bolt_app, over_http, quiet, refusal
from tests.fakes.slack import SCOPES, Json, NotPossible, SlackApp, SlackFake, Team
from tests.support import ManualClock

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # slack-sdk uses it

ROTATING = SlackApp(rotating=True)


@pytest.fixture
async def rotating(clock: ManualClock) -> AsyncIterator[SlackFake]:
    async with SlackFake(clock=clock, app=ROTATING) as fake:
        yield fake


def oauth_app(fake: SlackFake, folder: Path, seen: list[Json]) -> AsyncApp:
    settings = AsyncOAuthSettings(
        client_id=fake.app.client_id, client_secret=fake.app.client_secret, scopes=list(SCOPES),
        installation_store=FileInstallationStore(base_dir=str(folder / "installations")),
        state_store=FileOAuthStateStore(expiration_seconds=600, base_dir=str(folder / "states")),
        install_page_rendering_enabled=False, logger=quiet(),
    )  # fmt: skip
    app = bolt_app(fake, settings)

    @app.command("/whoami")
    async def whoami(ack: Any, command: Json, client: AsyncWebClient) -> None:
        who = await client.auth_test()
        seen.append({"asked_in": command["team_id"], "answered_as": who["team_id"]})
        await ack()

    return app


async def install(fake: SlackFake, address: str, team: Team) -> int:
    """A person goes to the app's page, consents, and comes back; the status they see."""
    async with aiohttp.ClientSession() as session:
        async with session.get(f"{address}/slack/install", allow_redirects=False) as page:
            consent, cookie = page.headers["Location"], page.cookies["slack-app-oauth-state"].value
        back = fake.approve(consent, team=team.id)
        headers = {"Cookie": f"slack-app-oauth-state={cookie}"}
        async with session.get(f"{address}/slack/oauth_redirect{back}", headers=headers) as page:
            return page.status


async def test_one_app_is_installed_in_two_workspaces_and_keeps_them_apart(fake: SlackFake, tmp_path: Path) -> None:
    seen: list[Json] = []
    one, two = (fake.add_team(name, installed=False) for name in ("One", "Two"))
    async with over_http(fake, oauth_app(fake, tmp_path, seen)) as address:
        with pytest.raises(NotPossible):
            await fake.command("/whoami", team="One")
        assert [await install(fake, address, team) for team in (one, two)] == [200, 200]
        assert (await fake.command("/whoami", team="One")).acked
        assert (await fake.command("/whoami", team="Two")).acked

    assert one.bot_token != two.bot_token
    assert seen == [{"asked_in": team.id, "answered_as": team.id} for team in (one, two)]


async def test_a_code_is_good_once_for_ten_minutes(fake: SlackFake, clock: ManualClock) -> None:
    client = AsyncWebClient(base_url=fake.api_url, logger=quiet())
    secrets = {"client_id": fake.app.client_id, "client_secret": fake.app.client_secret}
    consent = f"https://slack.com/oauth/v2/authorize?client_id={fake.app.client_id}&scope=chat:write"

    def code() -> str:
        return fake.approve(consent).partition("code=")[2].partition("&")[0]

    first, second = code(), code()
    granted = await client.oauth_v2_access(code=first, **secrets)
    assert (granted["team"]["id"], granted["scope"], granted["token_type"]) == (fake.team.id, "chat:write", "bot")
    assert (await refusal(client.oauth_v2_access(code=first, **secrets)))["error"] == "invalid_code"
    wrong = client.oauth_v2_access(code=second, **(secrets | {"client_secret": "wrong"}))
    assert (await refusal(wrong))["error"] == "bad_client_secret"
    clock.move(10 * MINUTE + 1)
    assert (await refusal(client.oauth_v2_access(code=second, **secrets)))["error"] == "invalid_code"


async def test_a_rotating_token_ends_after_twelve_hours_and_its_refresh_token_works_once(
    rotating: SlackFake, clock: ManualClock
) -> None:
    client = AsyncWebClient(base_url=rotating.api_url, logger=quiet())
    secrets = {"client_id": ROTATING.client_id, "client_secret": ROTATING.client_secret}
    consent = f"https://slack.com/oauth/v2/authorize?client_id={ROTATING.client_id}&scope=chat:write"
    code = rotating.approve(consent).partition("code=")[2].partition("&")[0]

    first = await client.oauth_v2_access(code=code, **secrets)
    assert (first["access_token"][:10], first["expires_in"]) == ("xoxe.xoxb-", 43_200)
    clock.move(12 * HOUR)
    assert (await refusal(client.auth_test(token=first["access_token"])))["error"] == "token_expired"

    async def refreshed() -> Any:
        token = first["refresh_token"]
        return await client.oauth_v2_access(grant_type="refresh_token", refresh_token=token, **secrets)

    second = await refreshed()
    assert (await client.auth_test(token=second["access_token"]))["team_id"] == rotating.team.id
    assert (await refusal(refreshed()))["error"] == "invalid_refresh_token"


async def test_an_app_removes_itself_from_one_workspace_only(fake: SlackFake) -> None:
    other = fake.add_team("Other")
    secrets = {"client_id": fake.app.client_id, "client_secret": fake.app.client_secret}
    client = AsyncWebClient(fake.team.bot_token, base_url=fake.api_url, logger=quiet())
    await client.apps_uninstall(**secrets)
    assert (await refusal(client.auth_test()))["error"] == "account_inactive"
    assert (await client.auth_test(token=other.bot_token))["team_id"] == other.id


async def test_an_enterprise_is_named_everywhere(fake: SlackFake) -> None:
    team = fake.add_team("Big", enterprise_id="E0BIG")
    handle = await fake.send({"type": "app_home_opened"}, team.id)
    assert handle.payload["enterprise_id"] == "E0BIG"
    assert handle.payload["authorizations"][0]["enterprise_id"] == "E0BIG"
    assert (await fake.command("/x", team="Big")).payload["enterprise_id"] == "E0BIG"
    assert (await fake.shortcut("x", "alice", team="Big")).payload["enterprise"]["id"] == "E0BIG"
