"""What is not Slack's, comes twice, comes late or cannot be read; and connections and tokens that end."""

import asyncio
import hashlib
import hmac
import time
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from bots.slack.platform import PLATFORM
from core.errors import ConfigError
from tests.bots.slack.running import Easel, core_of, running
from tests.fakes.slack import SlackFake


async def test_a_wrong_signature_is_refused(core: Easel) -> None:
    async with running(core, "http") as easel:
        easel.fake.http.secret = "another secret"
        handle = await easel.fake.command("/imagine a red fox")
        assert (handle.acked, handle.status) == (False, 401)
        assert not await easel.fake.verify_url()
        easel.fake.http.secret = easel.fake.app.signing_secret
        assert await easel.fake.verify_url()
    assert not await easel.jobs()
    assert not easel.fake.calls_of("chat.postMessage")


@pytest.mark.parametrize("skew", [-360, 360])
async def test_a_stale_or_future_timestamp_is_refused(core: Easel, skew: int) -> None:
    async with running(core, "http") as easel:
        easel.fake.http.skew = skew
        assert (await easel.fake.command("/imagine a red fox")).status == 401
    assert not await easel.jobs()


async def test_a_replayed_request_makes_nothing_new(core: Easel) -> None:
    async with running(core, "http") as easel:
        handle = await easel.fake.command("/imagine a red fox")
        await easel.finished()
        for _ in range(3):
            [again] = await easel.fake.redeliver(handle)
            assert again.acked
    assert len(await easel.jobs()) == 1
    assert len([message for message in easel.fake.messages if message.bot_id]) == 1


BODIES = [
    b"",
    b"{",
    b"[]",
    b"null",
    b'"x"',
    b"\xff\xfe",
    b"payload=%7B",
    b"payload=[]",
    b"payload=null",
    b'{"type": "event_callback"}',
    b'{"type": "event_callback", "event": "x"}',
    b'{"type": "event_callback", "event": {}}',
    b'{"type": "event_callback", "event": {"type": "message", "channel_type": "im"}}',
    b'{"team": 7, "type": "block_actions", "actions": []}',
    b'{"type": "block_actions", "team": {"id": "T1"}, "user": {"id": "U1"}, "actions": []}',
    b'{"authorizations": [7]}',
    b'{"type": "view_submission", "view": {"callback_id": "easel.modal.imagine"}}',
    b'{"type": "view_submission", "view": {"callback_id": "easel.modal.imagine", "state": {"values": 7}}}',
    b'{"type": "view_submission", "view": {"callback_id": 7, "state": {"values": {"prompt": 7}}}}',
    b'{"type": "view_submission", "view": {"callback_id": "easel.modal.imagine", "private_metadata": "[",'
    b' "state": {"values": {"prompt": {"prompt": {"value": "a fox"}}}}}}',
    b'{"type": "block_actions", "actions": [{"action_id": "easel.reroll"}]}',
    b'{"type": "block_actions", "container": 7, "actions": [{"action_id": "x"}]}',
    b'{"type": "block_actions", "container": 7, "message": 7, "actions": [{"action_id": "easel.delete"}]}',
    b'{"type": "block_actions", "actions": [{"action_id": 7, "value": {}}]}',
    b'{"type": "message_action", "callback_id": "easel_change_message", "message": {"files": 7}}',
    b'{"type": "message_action", "callback_id": "easel_draw_message", "message": {}}',
    b'{"type": "shortcut", "callback_id": "easel_draw"}',
    b'{"type": "event_callback", "event": {"type": "app_mention", "user": "U1", "files": 7}}',
    b'{"type": "event_callback", "event": {"type": "app_home_opened", "tab": "home"}}',
    b'{"type": "event_callback", "event": {"type": "assistant_thread_started"}}',
    b'{"type": "event_callback", "event": {"type": "tokens_revoked", "tokens": 7}}',
    b"[" * 100_000,
    b"command=%2Fimagine",
]


async def test_a_malformed_payload_is_refused_signed_or_not(core: Easel) -> None:
    async with running(core, "http", work=False) as easel, httpx.AsyncClient() as client:

        async def send(body: bytes, kind: str) -> None:
            address = str(easel.fake.request_url)
            unsigned = await client.post(address, content=body, headers={"content-type": kind})
            assert unsigned.status_code in {400, 401, 413}, body
            signed = await client.post(address, content=body, headers=headers_of(easel.fake, body, kind))
            assert signed.status_code in {200, 400, 404, 413}, body

        kinds = ("application/json", "application/x-www-form-urlencoded")
        await asyncio.gather(*(send(body, kind) for body in BODIES for kind in kinds))
    assert not core.fake.calls_of("chat.postMessage")


async def test_a_body_that_is_too_large_is_not_read(core: Easel) -> None:
    body = b"x=" + b"y" * 1_100_000
    async with running(core, "http", work=False) as easel, httpx.AsyncClient() as client:
        answer = await client.post(str(easel.fake.request_url), content=body, headers=headers_of(easel.fake, body, "x"))
        assert answer.status_code == 413


async def test_a_body_without_end_is_refused_before_it_ends(core: Easel) -> None:
    """Nobody needs a signature to send it, so it must not be gathered in memory."""
    async with running(core, "http", work=False) as easel:
        address = urlsplit(str(easel.fake.request_url))
        reader, writer = await asyncio.open_connection(address.hostname, address.port)
        head = f"POST {address.path} HTTP/1.1\r\nhost: {address.netloc}\r\ntransfer-encoding: chunked\r\n\r\n"
        writer.write(head.encode() + (b"80000\r\n" + b"x" * 0x80000 + b"\r\n") * 3)
        try:
            async with asyncio.timeout(10):
                assert b" 413 " in await reader.readline()
        finally:
            writer.close()


async def test_an_event_that_nobody_asked_for_is_acknowledged(core: Easel) -> None:
    async with running(core, "http") as easel:
        for event in ({"type": "team_join", "user": {}}, {"type": "message", "subtype": "channel_topic"}):
            assert (await easel.fake.send(event)).acked


async def test_without_a_signing_secret_there_is_no_address(fake: SlackFake, tmp_path: Path) -> None:
    async with core_of(fake, tmp_path, slack_signing_secret="") as core:
        assert list(PLATFORM.routers(core.app, core.service)) == []


async def test_the_connection_is_made_anew_when_slack_says_so_and_when_it_breaks(core: Easel) -> None:
    async with running(core) as easel:
        for opened, reason in enumerate(("refresh_requested", "warning"), 2):
            await easel.fake.socket.disconnect(reason)  # type: ignore[arg-type]  # both are reasons
            await easel.fake.connected(opened)
            assert (await easel.fake.command("/balance")).acked
        easel.fake.socket.drop()
        await easel.fake.connected(4)
        assert (await easel.fake.command("/balance")).acked


class LosesOne(set[str]):
    """The first ticket has expired when it is used."""

    lost = False

    def add(self, ticket: str) -> None:
        if self.lost:
            super().add(ticket)
        self.lost = True


async def test_an_address_that_has_expired_is_not_tried_for_ever(core: Easel) -> None:
    async with running(core) as easel:
        easel.fake.socket._tickets = LosesOne()
        easel.fake.socket.drop()
        await easel.fake.connected(2)
        assert (await easel.fake.command("/balance")).acked


async def test_slack_that_cannot_be_reached_at_first_is_tried_again(core: Easel) -> None:
    core.fake.troubles.break_down("apps.connections.open")
    core.fake.troubles.break_down("auth.test", times=2)
    async with running(core) as easel:
        assert (await easel.fake.command("/balance")).acked


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"slack_bot_token": "xoxb-wrong"}, "SLACK_BOT_TOKEN: Slack does not accept it (invalid_auth)"),
        ({"slack_app_token": "xapp-wrong"}, "SLACK_APP_TOKEN: Slack does not accept it (invalid_auth)"),
        ({"slack_client_secret": "x"}, "SLACK_CLIENT_ID: is not set"),
        ({"slack_app_token": "", "slack_signing_secret": ""}, "SLACK_APP_TOKEN: is not set"),
    ],
)
async def test_what_slack_does_not_accept_is_one_line_naming_the_variable(
    fake: SlackFake, tmp_path: Path, changes: dict[str, str], line: str
) -> None:
    async with core_of(fake, tmp_path, None, **changes) as core:
        with pytest.raises(ConfigError) as raised:
            await PLATFORM.run(core.app, core.service)
    assert raised.value.message.startswith(line)
    assert "\n" not in raised.value.message


async def test_a_revoked_token_stops_nothing_but_what_needs_it(core: Easel) -> None:
    async with running(core) as easel:
        easel.fake.uninstall()
        assert (await easel.fake.command("/balance")).acked
        await easel.shown(lambda: [call for call in easel.fake.calls if call.error == "account_inactive"])
        await easel.fake.command("/imagine a red fox")
        job = await easel.finished()
    assert job.message_id == "undeliverable:account_inactive"


async def test_an_acknowledgement_asks_slack_nothing(core: Easel) -> None:
    async with running(core, "http") as easel:
        assert (await easel.fake.command("/balance")).acked
        assert (await easel.fake.mention("/history")).acked
        await easel.reply("100 credits")
        await easel.reply("no requests so far")
    assert {call.method for call in core.fake.calls} == {"chat.postEphemeral"}


async def test_a_message_that_is_too_long_is_refused_with_its_length(easel: Easel) -> None:
    await easel.fake.message("/imagine " + "x" * 39_000)
    await easel.reply("the limit is")
    assert not await easel.jobs()


async def test_what_another_bot_says_is_not_answered(easel: Easel) -> None:
    team = easel.fake.team
    event = {
        "type": "message", "channel_type": "im", "channel": team.dm("alice").id, "bot_id": "B9", "text": "/balance",
        "user": team.user("alice").id, "ts": "1700000000.000100",
    }  # fmt: skip
    await easel.fake.send(event)
    await easel.fake.message("/history")
    await easel.reply("no requests so far")
    assert len(easel.fake.replies_of_app) == 1


async def test_a_person_of_another_organisation_is_somebody_else(easel: Easel) -> None:
    team, alice = easel.fake.team, easel.fake.team.user("alice")
    event = {
        "type": "app_mention", "user": alice.id, "user_team": "T9OTHER", "channel": team.channel("general").id,
        "ts": "1700000000.000100", "text": f"<@{team.bot.id}> /balance",
    }  # fmt: skip
    await easel.fake.send(event)
    await easel.reply("100 credits")
    found = await easel.app.stores.accounts.find(type(easel.identity())("slack", f"T9OTHER/{alice.id}"))
    assert found is not None
    assert await easel.app.stores.accounts.find(easel.identity()) is None


def headers_of(fake: SlackFake, body: bytes, content_type: str) -> dict[str, str]:
    now = str(int(time.time()))
    said = b"v0:" + now.encode() + b":" + body
    signature = hmac.new(fake.app.signing_secret.encode(), said, hashlib.sha256).hexdigest()
    return {
        "content-type": content_type, "x-slack-request-timestamp": now, "x-slack-signature": f"v0={signature}",
    }  # fmt: skip
