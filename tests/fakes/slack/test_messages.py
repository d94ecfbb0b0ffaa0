"""The fake Slack's messages, streams, threads and people, asked with the official client."""

from typing import Any

import pytest
from slack_sdk.models.messages.chunk import TaskUpdateChunk
from slack_sdk.web.async_client import AsyncWebClient

from tests.fakes import until
from tests.fakes.bolt import bolt_app, over_socket, refusal
from tests.fakes.slack import Channel, NotPossible, SlackFake
from tests.support import ManualClock

BUTTON = {"type": "actions", "elements": [
    {"type": "button", "action_id": "again", "value": "job-1", "text": {"type": "plain_text", "text": "Again"}},
]}  # fmt: skip


async def test_a_message_remembers_what_it_was(fake: SlackFake, client: AsyncWebClient, general: Channel) -> None:
    posted = await client.chat_postMessage(channel=general.id, text="Working", blocks=[BUTTON])
    await client.chat_update(channel=general.id, ts=str(posted["ts"]), text="Done")
    await client.chat_delete(channel=general.id, ts=str(posted["ts"]))

    [message] = fake.messages
    assert [version["text"] for version in message.versions] == ["Working", "Done"]
    assert "blocks" in message.versions[0]
    assert not message.blocks, "a text without blocks replaces them"
    assert message.deleted
    late = client.chat_update(channel=general.id, ts=message.ts, text="?")
    assert (await refusal(late))["error"] == "message_not_found"


async def test_where_the_bot_may_not_post(fake: SlackFake, client: AsyncWebClient) -> None:
    fake.team.add_channel("old", archived=True)
    fake.team.add_channel("secret", private=True, with_bot=False)
    for channel, error in {
        "random": "not_in_channel", "old": "is_archived", "secret": "channel_not_found", "C404": "channel_not_found",
    }.items():  # fmt: skip
        assert (await refusal(client.chat_postMessage(channel=channel, text="hello")))["error"] == error
    with pytest.raises(NotPossible, match="not in random"):
        await fake.mention("hello", channel="random")
    await fake.invite("random")
    await client.chat_postMessage(channel="random", text="hello")


async def test_a_message_to_a_person_opens_the_direct_message(fake: SlackFake, client: AsyncWebClient) -> None:
    alice = fake.team.user("alice")
    posted = await client.chat_postMessage(channel=alice.id, text="hello")
    opened = await client.conversations_open(users=alice.id)
    assert posted["channel"] == opened["channel"]["id"]
    assert opened["already_open"]


async def test_an_ephemeral_message_is_for_one_member_only(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    alice = fake.team.user("alice")
    await client.chat_postEphemeral(channel=general.id, user=alice.id, text="psst")
    assert fake.messages[0].only_for == alice.id
    assert (await client.conversations_history(channel=general.id))["messages"] == []
    stranger = client.chat_postEphemeral(channel=general.id, user="U404", text="psst")
    assert (await refusal(stranger))["error"] == "user_not_in_channel"


async def test_a_stream_is_put_together(fake: SlackFake, client: AsyncWebClient, general: Channel) -> None:
    asked = fake.team.user("alice")
    root = await client.chat_postMessage(channel=general.id, text="question")
    stream = await client.chat_stream(
        channel=general.id, thread_ts=str(root["ts"]), recipient_team_id=fake.team.id, recipient_user_id=asked.id,
        buffer_size=1,
    )  # fmt: skip
    await stream.append(markdown_text="**Hello** ")
    await stream.append(chunks=[TaskUpdateChunk(id="1", title="Thinking", status="in_progress")])
    growing = fake.messages[-1]
    assert (await refusal(client.chat_update(channel=general.id, ts=growing.ts, text="x")))["error"] == (
        "streaming_state_conflict"
    )
    await stream.append(chunks=[TaskUpdateChunk(id="1", title="Thinking", status="complete")])
    await stream.append(markdown_text="world")
    await stream.stop(blocks=[BUTTON])

    assert growing.text == "**Hello** world"
    assert growing.stream is not None
    assert growing.stream.tasks["1"]["status"] == "complete"
    assert [block["type"] for block in growing.blocks] == ["actions"]
    assert [version["text"] for version in growing.versions][::5] == ["", "**Hello** world"]
    late = client.chat_appendStream(channel=general.id, ts=growing.ts, markdown_text="!")
    assert (await refusal(late))["error"] == "message_not_in_streaming_state"
    assert not [problem for problem in fake.problems if "chunks" in problem]


async def test_a_stream_needs_a_reader_and_can_be_stopped_by_them(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    root = str((await client.chat_postMessage(channel=general.id, text="question"))["ts"])
    nobody = client.chat_startStream(channel=general.id, thread_ts=root, markdown_text="a")
    assert (await refusal(nobody))["error"] == "missing_recipient_team_id"
    bad = client.chat_startStream(
        channel=general.id, thread_ts=root, chunks=[{"type": "speech"}], recipient_team_id=fake.team.id,
        recipient_user_id=fake.team.user("bob").id,
    )  # fmt: skip
    assert (await refusal(bad))["error"] == "invalid_chunks"
    started = await client.chat_startStream(
        channel=general.id, thread_ts=root, markdown_text="a", recipient_team_id=fake.team.id,
        recipient_user_id=fake.team.user("bob").id,
    )  # fmt: skip
    fake.stop_stream(fake.messages[-1])
    late = client.chat_appendStream(channel=general.id, ts=str(started["ts"]), markdown_text="b")
    assert (await refusal(late))["error"] == "stopped_by_user"


async def test_history_and_threads_come_in_pages(fake: SlackFake, client: AsyncWebClient, general: Channel) -> None:
    root = str((await client.chat_postMessage(channel=general.id, text="root"))["ts"])
    for text in "abc":
        await client.chat_postMessage(channel=general.id, text=text, thread_ts=root)
    texts = [
        message["text"]
        async for page in await client.conversations_replies(channel=general.id, ts=root, limit=2)
        for message in page["messages"]
    ]
    assert texts == ["root", "a", "b", "c"]
    history = await client.conversations_history(channel=general.id)
    assert [message["text"] for message in history["messages"]] == ["root"]
    lost = client.chat_postMessage(channel=general.id, text="x", thread_ts="1.000000")
    assert (await refusal(lost))["error"] == "thread_not_found"


async def test_people_have_a_role_a_zone_and_a_language(fake: SlackFake, client: AsyncWebClient) -> None:
    carla = fake.team.add_user("carla", tz="America/Lima", tz_offset=-18_000, locale="es-ES")
    shown = (await client.users_info(user=carla.id, include_locale=True))["user"]
    assert (shown["is_admin"], shown["tz"], shown["locale"]) == (False, "America/Lima", "es-ES")
    plain = (await client.users_info(user=fake.team.user("alice").id))["user"]
    assert plain["is_admin"]
    assert "locale" not in plain
    assert (await refusal(client.users_info(user="U404")))["error"] == "user_not_found"


async def test_the_app_hears_its_own_messages_where_it_listens(clock: ManualClock) -> None:
    async with SlackFake(clock=clock, ack_seconds=5) as fake:
        app = bolt_app(fake)
        heard: list[str] = []

        @app.event("message")
        async def message(event: dict[str, Any], client: AsyncWebClient) -> None:
            heard.append(event["user"])
            posted = await client.chat_postMessage(channel=event["channel"], text="1")
            await client.chat_update(channel=event["channel"], ts=str(posted["ts"]), text="2")
            await client.chat_delete(channel=event["channel"], ts=str(posted["ts"]))

        async def all_acked() -> bool:
            return len(fake.deliveries) == 4 and all(handle.acked for handle in fake.deliveries)

        async with over_socket(fake, app):
            await fake.message("hello")
            await until(all_acked)

    events = [handle.payload["event"] for handle in fake.deliveries]
    assert [event.get("subtype") for event in events] == [None, None, "message_changed", "message_deleted"]
    assert [event.get("bot_id") for event in events] == [None, fake.team.bot_id, None, None]
    assert heard == [fake.team.user("alice").id], "Bolt keeps all of it from its listeners"
