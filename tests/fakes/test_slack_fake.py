"""The fake Slack, proved with the real Bolt app in both of Slack's modes."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from tests.fakes import until
from tests.fakes.bolt import bolt_app, over_http, over_socket
from tests.fakes.slack import EVENTS, SCOPES, NotPossible, SlackFake

Mode = Callable[[SlackFake, AsyncApp], AbstractAsyncContextManager[Any]]
Ack = Callable[..., Awaitable[None]]

PICTURE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20


@pytest.fixture
async def fake() -> AsyncIterator[SlackFake]:
    async with SlackFake(ack_seconds=5, retry_delays=(0.0, 0.0, 0.0)) as fake:
        yield fake


@pytest.fixture(params=[over_socket, over_http], ids=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> Mode:
    chosen: Mode = request.param
    return chosen


async def seen(condition: Callable[[], object]) -> None:
    async def now() -> object:
        return condition()

    await until(now)


async def test_a_command_is_acknowledged_and_its_picture_arrives_byte_by_byte(fake: SlackFake, mode: Mode) -> None:
    app = bolt_app(fake)
    heard: list[dict[str, Any]] = []

    @app.command("/imagine")
    async def imagine(ack: Ack, command: dict[str, Any], client: Any) -> None:
        await ack("On it.")
        heard.append(command)
        await client.files_upload_v2(
            channel=command["channel_id"], file=PICTURE, filename="fox.png", title="A red fox", alt_txt="a red fox",
            initial_comment="Here you are.",
        )  # fmt: skip

    async with mode(fake, app):
        handle = await fake.command("/imagine a red fox", user="bob")
        await seen(lambda: any(message.files for message in fake.messages))

    assert handle.acked
    assert handle.took is not None
    assert (heard[0]["command"], heard[0]["text"]) == ("/imagine", "a red fox")
    assert (heard[0]["team_id"], heard[0]["api_app_id"]) == (fake.team.id, fake.app.app_id)
    picture, answer = sorted(fake.replies_of_app, key=lambda message: message.ephemeral)
    assert (answer.text, answer.only_for) == ("On it.", fake.team.user("bob").id)
    assert (picture.text, picture.channel) == ("Here you are.", fake.team.channel("general").id)
    assert picture.files[0].data == PICTURE
    assert (picture.files[0].title, picture.files[0].alt_txt) == ("A red fox", "a red fox")
    assert not fake.problems


async def test_a_command_nobody_handles_is_not_acknowledged(fake: SlackFake) -> None:
    async with over_http(fake, bolt_app(fake)):
        handle = await fake.command("/nothing at all")

    assert not handle.acked
    assert (handle.status, handle.failure) == (404, "http_error")
    assert len(handle.attempts) == 1


async def test_the_app_reconnects_when_slack_asks_it_to(fake: SlackFake) -> None:
    app = bolt_app(fake)

    @app.command("/imagine")
    async def imagine(ack: Ack) -> None:
        await ack()

    async with over_socket(fake, app):
        for opened, reason in enumerate(("refresh_requested", "warning"), 2):
            await fake.socket.disconnect(reason)  # type: ignore[arg-type]  # both are reasons
            await fake.connected(opened)
            assert (await fake.command("/imagine")).acked

    assert fake.socket.opened == 3
    assert len(fake.calls_of("apps.connections.open")) == 3


async def test_a_broken_connection_is_no_place_to_deliver_to(fake: SlackFake) -> None:
    async with over_socket(fake, bolt_app(fake)):
        fake.socket.drop()
        handle = await fake.command("/imagine")

    assert handle.failure == "connection_failed"


async def test_a_wrong_signature_is_refused(fake: SlackFake) -> None:
    app = bolt_app(fake)

    @app.command("/imagine")
    async def imagine(ack: Ack) -> None:
        await ack()

    async with over_http(fake, app):
        assert (await fake.command("/imagine")).status == 200
        fake.http.secret = "another secret"
        assert (await fake.command("/imagine")).status == 401


@pytest.mark.parametrize(("skew", "status"), [(-290, 200), (-360, 401), (360, 401)])
async def test_a_timestamp_counts_for_five_minutes(fake: SlackFake, skew: int, status: int) -> None:
    app = bolt_app(fake)

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any]) -> None: ...

    fake.http.skew = skew
    async with over_http(fake, app):
        assert (await fake.mention("hello")).status == status


async def test_the_address_of_the_app_is_verified(fake: SlackFake) -> None:
    async with over_http(fake, bolt_app(fake)):
        assert await fake.verify_url()
        fake.http.secret = "another secret"
        assert not await fake.verify_url()


async def test_one_event_delivered_three_times_has_one_id_and_says_that_it_is_repeated(
    fake: SlackFake, mode: Mode
) -> None:
    app = bolt_app(fake)
    heard: list[tuple[str, list[str]]] = []

    @app.event("app_mention")
    async def mentioned(body: dict[str, Any], request: Any) -> None:
        heard.append((body["event_id"], request.headers.get("x-slack-retry-num", [])))

    async with mode(fake, app):
        handle = await fake.mention("draw a fox")
        await fake.redeliver(handle, times=2)
        await seen(lambda: len(heard) == 3)

    assert [number for _, number in heard][1:] == [["1"], ["2"]]
    assert {event for event, _ in heard} == {handle.event_id}


async def test_an_event_that_fails_is_sent_again_until_it_is_taken(fake: SlackFake, mode: Mode) -> None:
    app = bolt_app(fake)
    heard: list[str] = []

    @app.middleware
    async def fails_twice(body: dict[str, Any], next: Any) -> None:
        heard.append(body["event_id"])
        if len(heard) == 1:
            raise ZeroDivisionError
        if len(heard) == 2:
            fake.ack_within(5)
            raise ZeroDivisionError
        await next()

    @app.event("app_mention")
    async def mentioned(event: dict[str, Any]) -> None: ...

    fake.ack_within(0.2)
    async with mode(fake, app):
        handle = await fake.mention("draw a fox")
        await handle.done.wait()

    assert handle.acked
    assert not handle.attempts[0].acked
    assert handle.attempts[-1].acked
    assert len(heard) >= 3
    assert set(heard) == {handle.event_id}


async def test_a_late_acknowledgement_does_not_count(fake: SlackFake, mode: Mode) -> None:
    app = bolt_app(fake)
    late: list[bool] = []

    @app.command("/imagine")
    async def imagine(ack: Ack) -> None:
        await seen(lambda: fake.deliveries[0].failure)
        late.append(True)
        await ack()

    fake.ack_within(0.05)
    async with mode(fake, app):
        handle = await fake.command("/imagine")
        await seen(lambda: late)

    assert not handle.acked
    assert handle.failure in {"timeout", "http_timeout"}
    assert len(handle.attempts) == 1


async def test_an_event_the_app_may_not_see_is_not_delivered() -> None:
    scopes = tuple(scope for scope in SCOPES if scope != "app_mentions:read")
    async with SlackFake(scopes=scopes) as fake:
        with pytest.raises(NotPossible, match="app_mentions:read"):
            await fake.mention("hello")
        with pytest.raises(NotPossible, match=r"message\.channels"):
            await fake.message("hello", channel="general")


async def test_a_mention_comes_twice_to_an_app_that_hears_the_whole_channel() -> None:
    async with SlackFake(ack_seconds=5, events=EVENTS | {"message.channels"}) as fake:
        app = bolt_app(fake)
        heard: list[tuple[str, str]] = []

        @app.event("app_mention")
        async def mentioned(event: dict[str, Any]) -> None:
            heard.append(("app_mention", event["ts"]))

        @app.event("message")
        async def said(event: dict[str, Any]) -> None:
            heard.append(("message", event["ts"]))

        async with over_socket(fake, app):
            handle = await fake.mention("hello")
            await seen(lambda: len(heard) == 2)

    assert handle.message is not None
    assert sorted(heard) == [("app_mention", handle.message.ts), ("message", handle.message.ts)]
    assert len({each.event_id for each in fake.deliveries}) == 2


async def test_a_removed_app_hears_so_and_its_token_is_void(fake: SlackFake, mode: Mode) -> None:
    app = bolt_app(fake)
    heard: list[str] = []

    @app.event("app_uninstalled")
    async def removed(event: dict[str, Any]) -> None:
        heard.append(event["type"])

    @app.event("tokens_revoked")
    async def revoked(event: dict[str, Any]) -> None:
        heard.append(event["type"])

    async with mode(fake, app):
        await app.client.auth_test()
        fake.uninstall()
        await seen(lambda: len(heard) == 2)
        with pytest.raises(SlackApiError, match="account_inactive"):
            await app.client.auth_test()
        with pytest.raises(NotPossible):
            await fake.mention("are you there?")

    assert sorted(heard) == ["app_uninstalled", "tokens_revoked"]
