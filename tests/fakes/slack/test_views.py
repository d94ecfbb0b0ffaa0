"""The fake Slack's modals, home tabs, shortcuts and assistant threads, with the real Bolt app."""

from functools import partial
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from core.clock import SECOND
from tests.fakes import until
from tests.fakes.bolt import bolt_app, over_http, over_socket, refusal
from tests.fakes.slack import Channel, Json, NotPossible, SlackFake
from tests.support import ManualClock


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


STYLES = [{"text": plain(name), "value": name} for name in ("photo", "sketch")]
MODAL: Json = {
    "type": "modal", "callback_id": "imagine", "title": plain("Imagine"), "submit": plain("Draw"),
    "private_metadata": "channel-7",
    "blocks": [
        {"type": "input", "block_id": "what", "label": plain("What?"),
         "element": {"type": "plain_text_input", "action_id": "prompt", "max_length": 20}},
        {"type": "input", "block_id": "how", "label": plain("How?"), "optional": True,
         "element": {"type": "static_select", "action_id": "style", "options": STYLES, "initial_option": STYLES[0]}},
    ],
}  # fmt: skip
HOME: Json = {"type": "home", "blocks": [{"type": "section", "text": plain("12 credits")}]}


def with_modal(fake: SlackFake, seen: list[Json]) -> AsyncApp:
    """An app that opens the modal on a command and takes anything but an elephant."""
    app = bolt_app(fake)

    @app.command("/imagine")
    async def imagine(ack: Any, body: Json, client: AsyncWebClient) -> None:
        await client.views_open(trigger_id=body["trigger_id"], view=MODAL)
        await ack()

    @app.view("imagine")
    async def submitted(ack: Any, view: Json) -> None:
        seen.append(view)
        prompt = view["state"]["values"]["what"]["prompt"]["value"]
        if prompt == "elephant":
            await ack(response_action="errors", errors={"what": "Too big."})
        elif prompt == "more":
            await ack(response_action="push", view=MODAL | {"title": plain("More")})
        elif prompt == "thanks":
            await ack(response_action="update", view=HOME | {"type": "modal", "title": plain("Thanks")})
        else:
            await ack()

    return app


@pytest.mark.parametrize("mode", [over_socket, over_http])
async def test_a_modal_is_opened_filled_in_and_closed(fake: SlackFake, mode: Any) -> None:
    seen: list[Json] = []
    async with mode(fake, with_modal(fake, seen)):
        await fake.command("/imagine", user="bob")
        [view] = fake.views
        refused = await fake.submit_view(view, {"prompt": "elephant"})
        assert refused.errors == {"what": "Too big."}
        assert view.is_open
        await fake.submit_view(view, {"prompt": "a fox", "style": "sketch"})

    assert fake.views == []
    assert view.user == fake.team.user("bob").id
    assert seen[1]["private_metadata"] == "channel-7"
    assert seen[0]["state"]["values"]["how"]["style"]["selected_option"]["value"] == "photo"
    assert seen[1]["state"]["values"]["how"]["style"]["selected_option"]["value"] == "sketch"
    assert not fake.problems


async def test_a_choice_in_a_modal_is_told_with_what_the_modal_holds(fake: SlackFake) -> None:
    seen: list[Json] = []
    app = with_modal(fake, [])

    @app.action("style")
    async def chosen(ack: Any, body: Json) -> None:
        seen.append(body)
        await ack()

    async with over_socket(fake, app):
        await fake.command("/imagine")
        assert (await fake.press("style", fake.views[0], "alice", value="sketch")).acked

    [body] = seen
    assert body["actions"][0]["selected_option"]["value"] == "sketch"
    assert body["view"]["state"]["values"]["how"]["style"]["selected_option"]["value"] == "photo"
    assert (body["container"], "message" in body) == ({"type": "view", "view_id": body["view"]["id"]}, False)


async def test_a_person_cannot_enter_what_the_modal_does_not_take(fake: SlackFake) -> None:
    async with over_socket(fake, with_modal(fake, [])):
        await fake.command("/imagine")
        [view] = fake.views
        for values in ({}, {"prompt": "x" * 21}, {"prompt": "x", "style": "oil"}, {"prompt": "x", "size": "1"}):
            with pytest.raises(NotPossible):
                await fake.submit_view(view, values)


async def test_a_submission_can_push_and_change_views(fake: SlackFake) -> None:
    async with over_socket(fake, with_modal(fake, [])):
        await fake.command("/imagine")
        [view] = fake.views
        handle = await fake.submit_view(view, {"prompt": "more"})
        assert handle.view is not view
        assert [each.definition["title"]["text"] for each in fake.views] == ["Imagine", "More"]
        assert handle.view is not None
        await fake.submit_view(handle.view, {"prompt": "more"})
        await fake.submit_view(fake.views[-1], {"prompt": "more"})
        assert fake.problems == ["response_action push: push_limit_reached"]
        await fake.submit_view(fake.views[-1], {"prompt": "thanks"})
        assert fake.views[-1].definition["title"]["text"] == "Thanks"
        assert not fake.views[-1].definition.get("submit")


async def test_a_trigger_is_good_once_for_three_seconds(
    fake: SlackFake, client: AsyncWebClient, clock: ManualClock
) -> None:
    app = bolt_app(fake)
    triggers: list[str] = []

    @app.shortcut("draw")
    async def draw(ack: Any, body: Json) -> None:
        triggers.append(body["trigger_id"])
        await ack()

    async with over_socket(fake, app):
        await fake.shortcut("draw", "alice")
        await fake.shortcut("draw", "alice")

    await client.views_open(trigger_id=triggers[0], view=MODAL)
    assert (await refusal(client.views_open(trigger_id=triggers[0], view=MODAL)))["error"] == "exchanged_trigger_id"
    clock.move(3 * SECOND + 1)
    assert (await refusal(client.views_open(trigger_id=triggers[1], view=MODAL)))["error"] == "expired_trigger_id"
    assert (await refusal(client.views_open(trigger_id="1.2.abc", view=MODAL)))["error"] == "invalid_trigger_id"


async def test_a_broken_view_is_refused_with_its_place(fake: SlackFake, client: AsyncWebClient) -> None:
    broken = client.views_open(trigger_id="1.2.abc", view=MODAL | {"title": plain("x" * 25)})
    answer = await refusal(broken)
    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 25 characters [json-pointer:/view/title/text]"
    ]


async def published(fake: SlackFake, times: int) -> bool:
    return len(fake.calls_of("views.publish")) == times


async def test_a_home_tab_is_published_and_opened(fake: SlackFake, client: AsyncWebClient) -> None:
    app = bolt_app(fake)
    seen: list[Json] = []

    @app.event("app_home_opened")
    async def opened(event: Json, client: AsyncWebClient) -> None:
        seen.append(event)
        await client.views_publish(user_id=event["user"], view=HOME)

    async with over_socket(fake, app):
        for times in (1, 2):
            await fake.open_home("bob")
            await until(partial(published, fake, times))

    assert "view" not in seen[0]
    home = fake.home("bob")
    assert seen[1]["view"]["id"] == home.id
    assert len(home.versions) == 2
    stale = client.views_publish(user_id=home.user, view=HOME, hash=str(home.versions[0]["hash"]))
    assert (await refusal(stale))["error"] == "hash_conflict"
    await client.views_publish(user_id=home.user, view=HOME, hash=home.hash)


async def test_a_shortcut_on_a_message_shows_the_message(
    fake: SlackFake, client: AsyncWebClient, general: Channel
) -> None:
    app = bolt_app(fake)
    seen: list[Json] = []

    @app.shortcut("redraw")
    async def redraw(ack: Any, body: Json, respond: Any) -> None:
        seen.append(body)
        await ack()
        await respond("Drawing again")

    await client.chat_postMessage(channel=general.id, text="a fox")
    async with over_socket(fake, app):
        assert (await fake.shortcut("redraw", "bob", fake.messages[0])).acked

    assert (seen[0]["type"], seen[0]["message"]["text"], seen[0]["channel"]["id"]) == (
        "message_action", "a fox", general.id,
    )  # fmt: skip
    assert fake.messages[-1].only_for == fake.team.user("bob").id


async def test_an_assistant_thread_takes_status_prompts_and_title(fake: SlackFake, client: AsyncWebClient) -> None:
    app = bolt_app(fake)
    seen: list[Json] = []

    @app.event("assistant_thread_started")
    async def started(event: Json) -> None:
        seen.append(event["assistant_thread"])

    async with over_socket(fake, app):
        handle = await fake.assistant_thread_started("bob", viewing="random")

    [thread] = seen
    assert handle.message is not None
    where: Json = {"channel_id": thread["channel_id"], "thread_ts": thread["thread_ts"]}
    assert where == {"channel_id": fake.team.dm("bob").id, "thread_ts": handle.message.ts}
    assert thread["context"]["channel_id"] == fake.team.channel("random").id
    await client.assistant_threads_setStatus(status="is drawing", **where)
    await client.assistant_threads_setSuggestedPrompts(prompts=[{"title": "Fox", "message": "/imagine fox"}], **where)
    await client.assistant_threads_setTitle(title="Foxes", **where)
    known = fake.thread(thread["channel_id"], thread["thread_ts"])
    assert (known["status"], known["title"], len(known["prompts"])) == ("is drawing", "Foxes", 1)
    nowhere = client.assistant_threads_setTitle(title="x", channel_id=thread["channel_id"], thread_ts="1.000000")
    assert (await refusal(nowhere))["error"] == "invalid_thread_ts"
