"""How the fake Slack says no: limits, broken blocks, tokens, scopes, rate limits and trouble on demand."""

import aiohttp
import pytest
from slack_sdk.http_retry.builtin_async_handlers import AsyncRateLimitErrorRetryHandler
from slack_sdk.web.async_client import AsyncWebClient

from core.clock import SECOND
from tests.fakes.bolt import quiet, refusal
from tests.fakes.slack import SCOPES, Channel, SlackFake
from tests.support import ManualClock


async def test_texts_have_limits(fake: SlackFake, client: AsyncWebClient, general: Channel) -> None:
    posted = await client.chat_postMessage(channel=general.id, text="x" * 40_000)
    for call in (
        client.chat_postMessage(channel=general.id, text="x" * 40_001),
        client.chat_update(channel=general.id, ts=str(posted["ts"]), text="x" * 4_001),
        client.chat_postMessage(channel=general.id, markdown_text="x" * 12_001),
    ):
        assert (await refusal(call))["error"] == "msg_too_long"
    both = client.chat_postMessage(channel=general.id, markdown_text="a", text="b")
    assert (await refusal(both))["error"] == "markdown_text_conflict"
    silent = client.api_call("chat.postMessage", json={"channel": general.id})
    assert (await refusal(silent))["error"] == "no_text"


async def test_broken_blocks_are_refused_with_their_place_and_noted(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    header = {"type": "header", "text": {"type": "plain_text", "text": "x" * 151}}
    answer = await refusal(client.chat_postMessage(channel=general.id, text="x", blocks=[header]))
    assert answer["error"] == "invalid_blocks"
    assert answer["errors"] == ["must be less than 151 characters [json-pointer:/blocks/0/text/text]"]
    assert answer["response_metadata"]["messages"] == [f"[ERROR] {answer['errors'][0]}"]
    assert "must be less than 151" in fake.problems[0]

    attached = client.chat_postMessage(channel=general.id, text="x", attachments=[{"blocks": [header]}])
    assert (await refusal(attached))["error"] == "invalid_attachments"
    half = {"type": "markdown", "text": "x" * 6001}
    both = client.chat_postMessage(channel=general.id, text="x", blocks=[half, half])
    assert (await refusal(both))["error"] == "msg_blocks_too_long"


async def test_tokens_and_scopes_are_checked(fake: SlackFake, general: Channel) -> None:
    wrong = AsyncWebClient("xoxb-wrong", base_url=fake.api_url, logger=quiet())
    assert (await refusal(wrong.auth_test()))["error"] == "invalid_auth"
    none = AsyncWebClient(base_url=fake.api_url, logger=quiet())
    assert (await refusal(none.auth_test()))["error"] == "not_authed"
    good = AsyncWebClient(fake.team.bot_token, base_url=fake.api_url, logger=quiet())
    assert (await good.auth_test()).headers["x-oauth-scopes"] == ",".join(SCOPES)
    assert (await refusal(good.api_call("bookmarks.add")))["error"] == "unknown_method"
    assert (await refusal(good.apps_connections_open(app_token="xapp-wrong")))["error"] == "invalid_auth"
    assert (await good.auth_revoke())["revoked"]
    assert (await refusal(good.auth_test()))["error"] == "token_revoked"


async def test_a_missing_scope_is_named() -> None:
    async with SlackFake(scopes=("commands",)) as fake:
        client = AsyncWebClient(fake.team.bot_token, base_url=fake.api_url, logger=quiet())
        answer = await refusal(client.chat_postMessage(channel="general", text="hello"))
    assert (answer["error"], answer["needed"], answer["provided"]) == ("missing_scope", "chat:write", "commands")


async def test_trouble_comes_on_demand(fake: SlackFake, client: AsyncWebClient, general: Channel) -> None:
    fake.troubles.rate_limit("chat.postMessage", seconds=7)
    limited = await refusal(client.chat_postMessage(channel=general.id, text="1"))
    assert (limited.status_code, limited.headers["Retry-After"]) == (429, "7")
    fake.troubles.break_down("chat.postMessage", status=503)
    assert (await refusal(client.chat_postMessage(channel=general.id, text="2"))).status_code == 503
    fake.troubles.refuse("chat.postMessage", "restricted_action")
    assert (await refusal(client.chat_postMessage(channel=general.id, text="3")))["error"] == "restricted_action"
    fake.troubles.lose_answer("chat.postMessage")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=general.id, text="4")
    assert [message.text for message in fake.messages] == ["4"], "only the last one did something"


async def test_the_client_waits_out_a_rate_limit(fake: SlackFake, client: AsyncWebClient, general: Channel) -> None:
    client.retry_handlers.append(AsyncRateLimitErrorRetryHandler(max_retry_count=1))
    fake.troubles.rate_limit("chat.postMessage", seconds=0)
    await client.chat_postMessage(channel=general.id, text="hello")
    assert [call.status for call in fake.calls_of("chat.postMessage")] == [429, 200]


async def test_posts_that_follow_each_other_too_fast_are_counted_and_can_be_punished(
    fake: SlackFake, client: AsyncWebClient, clock: ManualClock, general: Channel
) -> None:
    await client.chat_postMessage(channel=general.id, text="1")
    await client.chat_postMessage(channel=fake.team.user("bob").id, text="elsewhere")
    assert fake.pace.too_fast == 0
    await client.chat_postMessage(channel=general.id, text="2")
    assert fake.pace.too_fast == 1
    fake.pace.punish = True
    assert (await refusal(client.chat_postMessage(channel=general.id, text="3"))).status_code == 429
    clock.move(SECOND)
    await client.chat_postMessage(channel=general.id, text="4")
