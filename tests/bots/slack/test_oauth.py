"""One Easel in many workspaces: installed by OAuth, each with its own token, which may rotate and end."""

import asyncio
import html
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from slack_sdk.oauth.installation_store import Bot, Installation

from bots.slack.app import INSTALL_PATH, REDIRECT_PATH
from bots.slack.manifest import SCOPES
from bots.slack.refusals import NotInstalled
from bots.slack.workspaces import Workspaces
from core.clock import MINUTE
from tests.bots.slack.running import Easel, core_of, running
from tests.fakes import until
from tests.fakes.slack import SlackApp, SlackFake, Team
from tests.fakes.slack.deliveries import Attempt
from tests.support import ManualClock

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated:DeprecationWarning")  # slack-sdk uses it
COOKIE = "slack-app-oauth-state"


def oauth(fake: SlackFake) -> dict[str, Any]:
    return {
        "slack_bot_token": "", "slack_client_id": fake.app.client_id, "slack_client_secret": fake.app.client_secret,
    }  # fmt: skip


@pytest.fixture
async def core(fake: SlackFake, tmp_path: Path) -> AsyncIterator[Easel]:
    async with core_of(fake, tmp_path, None, **oauth(fake)) as core:
        yield core


async def begun(easel: Easel) -> tuple[str, str]:
    """The address of Slack's page of consent, and the cookie that the browser was given."""
    async with httpx.AsyncClient() as browser:
        page = await browser.get(f"{easel.address}{INSTALL_PATH}")
    assert page.status_code == 200
    [consent] = re.findall(r'href="(https://slack\.com/oauth/[^"]+)"', page.text)
    return html.unescape(consent), page.cookies[COOKIE]


async def came_back(easel: Easel, query: str, cookie: str) -> int:
    async with httpx.AsyncClient() as browser:
        address = f"{easel.address}{REDIRECT_PATH}?{query.partition('?')[2]}"
        return (await browser.get(address, headers={"cookie": f"{COOKIE}={cookie}"})).status_code


async def install(easel: Easel, team: Team) -> int:
    consent, cookie = await begun(easel)
    return await came_back(easel, easel.fake.approve(consent, team=team.id), cookie)


async def test_two_workspaces_are_each_answered_with_their_own_token(core: Easel) -> None:
    one, two = (core.fake.add_team(name, installed=False) for name in ("One", "Two"))
    async with running(core, "http") as easel:
        assert [await install(easel, team) for team in (one, two)] == [200, 200]
        for name in ("One", "Two"):
            assert (await easel.fake.command("/imagine a red fox", team=name)).acked
            await easel.finished(team=name)
    assert set(one.scopes) == set(SCOPES)
    for team in (one, two):
        [message] = [each for each in core.fake.replies_of_app if each.team_id == team.id]
        assert [file.team_id for file in core.fake.files if file.id in str(message.blocks)] == [team.id]
    posts = [call.team_id for call in core.fake.calls_of("chat.postMessage")]
    assert posts == [one.id, two.id]
    assert (await core.jobs(team="One"))[0].account != (await core.jobs(team="Two"))[0].account


async def test_an_organisations_workspaces_are_kept_apart_from_others(core: Easel) -> None:
    grid = core.fake.add_team("Grid", installed=False, enterprise_id="E1")
    async with running(core, "http") as easel:
        assert await install(easel, grid) == 200
        await easel.fake.command("/imagine a red fox", team="Grid")
        job = await easel.finished(team="Grid")
    assert job.reply_to.extra["enterprise"] == "E1"
    workspaces = Workspaces(core.app)
    assert (await workspaces.client(grid.id, "E1")).token == grid.bot_token
    for team_id, enterprise in ((grid.id, ""), (grid.id, "E2"), ("T9", "E1")):
        with pytest.raises(NotInstalled):
            await workspaces.client(team_id, enterprise)


async def test_an_installation_for_a_whole_organisation_serves_each_of_its_workspaces(core: Easel) -> None:
    workspaces = Workspaces(core.app)
    whole = Installation(
        enterprise_id="E1", team_id=None, bot_token="xoxb-org", bot_id="B1", bot_user_id="UB", user_id="U1",
        is_enterprise_install=True,
    )  # fmt: skip
    await workspaces.installations.async_save(whole)
    assert (await workspaces.client("T7", "E1")).token == "xoxb-org"


def installed(team: str | None) -> Installation:
    return Installation(
        enterprise_id="E1", team_id=team, bot_token=f"xoxb-{team or 'org'}", bot_id="B1", bot_user_id="UB",
        user_id="U1", is_enterprise_install=team is None,
    )  # fmt: skip


async def test_a_workspace_that_joined_an_organisation_keeps_its_installation_until_it_removes_it(core: Easel) -> None:
    workspaces = Workspaces(core.app)
    before = installed("T7")
    before.enterprise_id = None
    await workspaces.installations.async_save(before)
    await workspaces.installations.async_save(installed(None))
    assert (await workspaces.client("T7", "E1")).token == "xoxb-T7"
    await workspaces.installations.async_save(installed("T7"))
    for _ in range(2):
        await workspaces.installations.ended("E1", "T7", None, whole=False)
        assert (await workspaces.client("T7", "E1")).token == "xoxb-org"


async def test_a_workspace_that_joined_an_organisation_is_forgotten_when_it_removes_easel(core: Easel) -> None:
    store = Workspaces(core.app).installations
    before = installed("T7")
    before.enterprise_id = None
    await store.async_save(before)
    await store.ended("E1", "T7", None, whole=False)
    assert await store.async_find_bot(enterprise_id="E1", team_id="T7") is None


@pytest.mark.parametrize(
    ("own", "whole", "left"),
    [
        (True, True, {"xoxb-T7"}),  # the organisation removed it, the workspace has its own
        (True, False, {"xoxb-org"}),  # the workspace removed its own
        (False, True, set()),
        (False, False, set()),  # no workspace had its own, so the organisation's is meant
    ],
)
@pytest.mark.parametrize("event", ["app_uninstalled", "tokens_revoked"])
async def test_an_organisation_that_removes_easel_is_forgotten_and_nobody_else(
    core: Easel, event: str, own: bool, whole: bool, left: set[str]
) -> None:
    store = Workspaces(core.app).installations
    for team in [None, *(["T7"] if own else [])]:
        await store.async_save(installed(team))
    said = {
        "type": "event_callback", "team_id": "T7", "enterprise_id": "E1", "event_id": "Ev1",
        "event": {"type": event, "tokens": {"bot": ["UB"]}},
        "authorizations": [{"enterprise_id": "E1", "team_id": "T7", "is_enterprise_install": whole}],
    }  # fmt: skip
    async with running(core, "http", work=False) as easel:
        for _ in range(2):  # both events tell of the same
            await easel.fake.http.send("events_api", said, attempt := Attempt(1))
            assert attempt.acked

        async def forgotten() -> bool:
            found = [await store.async_find_bot(enterprise_id="E1", team_id=team) for team in (None, "T7")]
            return {bot.bot_token for bot in found if bot} == left

        await until(forgotten)


@pytest.mark.parametrize("fault", ["forged", "used", "other browser", "no state", "refused"])
async def test_a_state_that_is_not_ours_installs_nothing(core: Easel, fault: str) -> None:
    team = core.fake.add_team("One", installed=False)
    async with running(core, "http") as easel:
        consent, cookie = await begun(easel)
        back = easel.fake.approve(consent, team=team.id)
        if fault == "used":
            assert await came_back(easel, back, cookie) == 200
            await Workspaces(core.app).installations.removed(None, team.id, None)
            back = easel.fake.approve(consent, team=team.id)
        elif fault == "forged":
            until = int(time.time()) + 300
            back, cookie = back.replace(cookie, f"{until}-{'0' * 32}-{'0' * 64}"), f"{until}-{'0' * 32}-{'0' * 64}"
        elif fault == "other browser":
            cookie = (await begun(easel))[1]
        elif fault == "no state":
            back = back.partition("&state")[0]
        elif fault == "refused":
            back = "?error=access_denied"
        status = await came_back(easel, back, cookie)
    assert status == (200 if fault == "refused" else 400 if fault in {"other browser", "no state"} else 401)
    with pytest.raises(NotInstalled):
        await Workspaces(core.app).client(team.id)


async def test_a_state_ends_after_ten_minutes_and_is_good_once_in_all_processes(
    fake: SlackFake, tmp_path: Path, clock: ManualClock
) -> None:
    async with core_of(fake, tmp_path, clock, **oauth(fake)) as core:
        one, two = Workspaces(core.app).states, Workspaces(core.app).states
        late, used = await one.async_issue(), await one.async_issue()
        assert sorted(await asyncio.gather(one.async_consume(used), two.async_consume(used))) == [False, True]
        clock.move(10 * MINUTE)
        assert not await two.async_consume(late)
        for nonsense in ("", "-", "x-y-z", "1-2-3", "é"):
            assert not await one.async_consume(nonsense)


async def test_a_workspace_that_removes_easel_is_forgotten(core: Easel) -> None:
    team = core.fake.add_team("One", installed=False)
    async with running(core, "http") as easel:
        await install(easel, team)
        await easel.fake.command("/balance", team="One")
        easel.fake.uninstall("One")

        async def gone() -> bool:
            found = await Workspaces(core.app).installations.async_find_bot(enterprise_id=None, team_id=team.id)
            return found is None

        await until(gone)
        assert await install(easel, team) == 200
        await Workspaces(core.app).installations.removed(None, team.id, time.time() - 60)
        assert not await gone(), "news that come late do not remove what was installed since"


async def test_a_result_for_a_workspace_that_was_forgotten_is_not_tried_for_ever(core: Easel) -> None:
    team = core.fake.add_team("One", installed=False)
    async with running(core, "http", work=False) as easel:
        await install(easel, team)
        await easel.fake.command("/imagine a red fox", team="One")

        async def queued() -> Any:
            return await easel.jobs(team="One")

        await until(queued)
        await Workspaces(core.app).installations.removed(None, team.id, None)
    async with running(core, "http") as easel:
        job = await easel.finished(team="One")
    assert job.message_id == "undeliverable:not_installed"


@asynccontextmanager
async def rotating(tmp_path: Path) -> AsyncIterator[tuple[Easel, Team]]:
    """One workspace whose tokens end, and are renewed."""
    async with SlackFake(app=SlackApp(rotating=True)) as fake, core_of(fake, tmp_path, None, **oauth(fake)) as core:
        team = fake.add_team("One", installed=False)
        async with running(core, "http") as easel:
            await install(easel, team)
            yield core, team


async def aged(workspaces: Workspaces, team: Team, seconds: int = 60) -> Bot:
    """The workspace's bot, whose token ends in so many seconds from now."""
    bot = await workspaces._installed(team.id, "")
    bot.bot_token_expires_at = int(time.time()) + seconds
    await workspaces.installations.async_save_bot(bot)
    return bot


async def test_a_token_that_ends_soon_is_renewed_once_by_whoever_needs_it(tmp_path: Path) -> None:
    async with rotating(tmp_path) as (core, team):
        workspaces = Workspaces(core.app)
        first = (await aged(workspaces, team)).bot_token
        assert first == team.bot_token
        clients = await asyncio.gather(*(workspaces.client(team.id) for _ in range(5)))
        assert {client.token for client in clients} == {team.bot_token}
        assert team.bot_token != first
        assert len([call for call in core.fake.calls_of("oauth.v2.access") if "refresh_token" in call.args]) == 1
        assert (await Workspaces(core.app).client(team.id)).token == team.bot_token


async def test_an_acknowledgement_waits_for_no_new_token(tmp_path: Path) -> None:
    async with rotating(tmp_path) as (core, team):
        workspaces = Workspaces(core.app)
        bot = await aged(workspaces, team)
        assert (await workspaces.speaker(team.id)).bot_token == bot.bot_token

        async def renewed() -> bool:
            return (await workspaces.speaker(team.id)).bot_token == team.bot_token != bot.bot_token

        await until(renewed)
        bot.bot_token, bot.bot_refresh_token = team.bot_token, (await workspaces.speaker(team.id)).bot_refresh_token
        bot.bot_token_expires_at = int(time.time()) - 1
        await workspaces.installations.async_save_bot(bot)
        assert (await workspaces.speaker(team.id)).bot_token != bot.bot_token, "one that has ended is no use"


async def test_a_token_that_cannot_be_renewed_just_now_is_used_as_long_as_it_is_good(tmp_path: Path) -> None:
    async with rotating(tmp_path) as (core, team):
        workspaces = Workspaces(core.app)
        bot = await aged(workspaces, team)
        core.fake.troubles.break_down("oauth.v2.access", times=50)
        assert (await workspaces.client(team.id)).token == bot.bot_token


async def test_whoever_loses_the_race_for_a_new_token_takes_the_winners(tmp_path: Path) -> None:
    async with rotating(tmp_path) as (core, team):
        await aged(Workspaces(core.app), team)
        processes = [Workspaces(core.app) for _ in range(4)]
        clients = await asyncio.gather(*(process.client(team.id) for process in processes))
        for client in clients:
            assert (await client.auth_test())["team_id"] == team.id


async def test_an_unknown_workspace_is_told_so_and_nothing_else(core: Easel) -> None:
    core.fake.add_team("Stranger")
    async with running(core, "http") as easel:
        assert (await easel.fake.command("/imagine a red fox", team="Stranger")).acked
        assert not await easel.jobs(team="Stranger")
