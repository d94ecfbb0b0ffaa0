"""The fake Slack's addresses that are not methods: response URLs, uploads and downloads."""

from typing import Any

import aiohttp
import pytest
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from core.clock import MINUTE
from tests.fakes.bolt import bolt_app, over_socket, quiet, refusal
from tests.fakes.slack import Channel, NotPossible, SlackFake
from tests.support import ManualClock

BUTTON = {"type": "actions", "elements": [
    {"type": "button", "action_id": "again", "value": "job-1", "text": {"type": "plain_text", "text": "Again"}},
]}  # fmt: skip


async def test_a_response_url_is_good_for_five_uses_in_half_an_hour(fake: SlackFake, clock: ManualClock) -> None:
    app = bolt_app(fake)
    urls: list[str] = []

    @app.command("/imagine")
    async def imagine(ack: Any, command: dict[str, Any]) -> None:
        urls.append(command["response_url"])
        await ack()

    async with over_socket(fake, app):
        await fake.command("/imagine", channel="random")
        await fake.command("/imagine")
    used, old = (AsyncWebhookClient(url, logger=quiet()) for url in urls)

    assert [(await used.send(text=str(number))).status_code for number in range(6)] == [200] * 5 + [404]
    assert "used_url" in (await used.send(text="7")).body
    assert [message.only_for for message in fake.messages] == [fake.team.user("alice").id] * 5
    clock.move(30 * MINUTE)
    assert (await old.send(text="in time", response_type="in_channel")).status_code == 200
    assert not fake.messages[-1].ephemeral
    clock.move(1)
    assert "expired_url" in (await old.send(text="late")).body


async def test_a_pressed_message_can_be_replaced_by_its_response_url(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    app = bolt_app(fake)
    pressed: list[dict[str, Any]] = []

    @app.action("again")
    async def again(ack: Any, body: dict[str, Any], respond: Any) -> None:
        await ack()
        pressed.append(body)
        await respond(text="Again it is", replace_original=True)

    await client.chat_postMessage(channel=general.id, text="Done", blocks=[BUTTON])
    [message] = fake.messages
    async with over_socket(fake, app):
        assert (await fake.press("again", message, "bob")).acked
        with pytest.raises(NotPossible):
            await fake.press("never", message, "bob")

    [body] = pressed
    assert body["actions"][0]["value"] == "job-1"
    assert body["container"] == {
        "type": "message", "message_ts": message.ts, "channel_id": general.id, "is_ephemeral": False,
    }  # fmt: skip
    assert (body["user"]["id"], body["team"]["id"]) == (fake.team.user("bob").id, fake.team.id)
    assert [version["text"] for version in message.versions] == ["Done", "Again it is"]


async def test_an_upload_must_be_as_long_as_announced_and_carry_no_token(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    async with aiohttp.ClientSession() as session:
        for data, headers, status in (
            (b"12345", {}, 400),
            (b"1234", {"Authorization": f"Bearer {fake.team.bot_token}"}, 403),
            (b"1234", {}, 200),
            (b"1234", {}, 409),
        ):
            if status != 409:
                place = await client.files_getUploadURLExternal(filename="a.png", length=4)
            async with session.post(str(place["upload_url"]), data=data, headers=headers) as response:
                assert response.status == status
    early = await client.files_getUploadURLExternal(filename="b.png", length=4)
    unfinished = client.files_completeUploadExternal(files=[{"id": early["file_id"]}], channel_id=general.id)
    assert (await refusal(unfinished))["error"] == "file_not_found"
    image = {"type": "image", "alt_text": "b", "slack_file": {"id": early["file_id"]}}
    answer = await refusal(client.chat_postMessage(channel=general.id, text="b", blocks=[image]))
    assert answer["errors"] == ["invalid slack file [json-pointer:/blocks/0/slack_file]"]


async def test_a_file_can_get_lost_between_upload_and_channel(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    fake.troubles.lose_answer("share")
    done = await client.files_upload_v2(channel=general.id, content=b"1234", filename="a.png")
    assert done["ok"]
    assert (await client.files_info(file=done["file"]["id"]))["file"]["shares"] == {}
    assert fake.messages == []


async def test_a_file_is_shared_where_the_bot_is_and_read_with_its_token(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    elsewhere = client.files_upload_v2(channel=fake.team.channel("random").id, content=b"1234", filename="a.png")
    assert (await refusal(elsewhere))["error"] == "not_in_channel"
    person = client.files_upload_v2(channel=fake.team.user("bob").id, content=b"1234", filename="a.png")
    assert (await refusal(person))["error"] == "channel_not_found", "a person's id is no conversation"

    done = await client.files_upload_v2(channel=general.id, content=b"1234", filename="a.png")
    assert done["file"]["shares"] == {}, "shares come later"
    shown = (await client.files_info(file=done["file"]["id"]))["file"]
    assert shown["shares"]["public"][general.id][0]["ts"] == fake.messages[-1].ts
    async with aiohttp.ClientSession() as session:
        async with session.get(shown["url_private"]) as response:
            assert response.content_type == "text/html"
        headers = {"Authorization": f"Bearer {fake.team.bot_token}"}
        async with session.get(shown["url_private"], headers=headers) as response:
            assert (response.content_type, await response.read()) == ("image/png", b"1234")
    image = {"type": "image", "alt_text": "a", "slack_file": {"id": shown["id"]}}
    await client.chat_postMessage(channel=general.id, text="a", blocks=[image])
