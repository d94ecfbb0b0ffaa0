"""What the desk does when things cross: deliveries to two processes, refusals, answers that are there already."""

import asyncio
from dataclasses import replace

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack.desk import Asking, Desk
from bots.slack.errands import AT_ONCE, Errands
from bots.slack.listeners.reading import commanded
from bots.slack.places import Place
from bots.slack.workspaces import Workspaces
from core.errors import StoreBusy
from tests.bots.slack.running import Easel, actions_of, texts_of
from tests.bots.slack.test_messenger import place_in
from tests.fakes import app_on, meddled, working


def desk_of(easel: Easel, errands: Errands | None = None) -> Desk:
    return Desk(easel.app, easel.service, Workspaces(easel.app), errands or Errands())


def asking(easel: Easel, text: str, *, event: str = "Ev1", place: Place | None = None) -> Asking:
    client = AsyncWebClient(easel.fake.team.bot_token, easel.fake.api_url, retry_handlers=[])
    return Asking(f"slack:T1:{event}", client, easel.identity(), place or place_in(easel), text)


async def test_one_event_in_two_processes_at_once_is_one_job_and_one_message(core: Easel) -> None:
    one, two = desk_of(core), desk_of(core)
    await asyncio.gather(*(desk.say(asking(core, "/imagine a red fox")) for desk in (one, two)))
    async with working(core.app):
        job = await core.finished()
    [message] = core.fake.replies_of_app
    assert job.reply_to.extra["ts"] == message.ts
    assert len(await core.jobs()) == 1
    assert len([each for each in core.fake.messages if each.deleted]) == 1


async def test_an_answer_from_the_cache_takes_the_message_at_once(core: Easel) -> None:
    desk = desk_of(core)
    async with working(core.app):
        await desk.say(asking(core, "hello", event="Ev1"))
        await core.finished()
        for event, thread in (("Ev2", ""), ("Ev3", core.fake.replies_of_app[0].ts)):
            place = place_in(core)
            where = Place(place.team, place.channel, place.user, thread=thread)
            await desk.say(asking(core, "hello", event=event, place=where))
    assert [job.charged for job in await core.jobs()].count(1) == 1
    assert "asked: hello" in str(core.fake.replies_of_app[1].blocks[0])
    assert "asked:" not in str(core.fake.replies_of_app[2].blocks)
    for message in core.fake.replies_of_app[1:]:
        assert "you asked this before" in texts_of(message)[-1]
        assert message.stream is None or message.stream.state == "done"


async def test_a_store_that_fails_is_said_in_private_and_leaves_no_placeholder(core: Easel) -> None:
    async def fails(verb: str) -> None:
        if verb in {"create", "find"}:
            raise StoreBusy

    broken = Easel(core.fake, app_on(core.app, meddled(core.app.stores, before=fails)), core.service)
    broken.service = type(core.service)(broken.app)
    await desk_of(broken).say(asking(core, "/imagine a red fox"))
    [message] = core.fake.replies_of_app
    assert "busy" in texts_of(message)[0]
    assert message.ephemeral


async def test_rules_that_cannot_be_read_let_nothing_be_posted_for_all(core: Easel) -> None:
    async def fails(verb: str) -> None:
        if verb == "get":
            raise StoreBusy

    broken = app_on(core.app, replace(core.app.stores, settings=meddled(core.app.stores, before=fails).settings))
    await desk_of(Easel(core.fake, broken, type(core.service)(broken))).say(asking(core, "/imagine a red fox"))
    [message] = core.fake.replies_of_app
    assert message.ephemeral
    assert "busy" in texts_of(message)[0]


async def test_slack_that_is_down_costs_no_request(core: Easel) -> None:
    core.fake.troubles.break_down("*", times=50)
    await desk_of(core).say(asking(core, "/imagine a red fox"))
    core.fake.troubles._waiting.clear()
    async with working(core.app):
        job = await core.finished()
    [message] = core.fake.replies_of_app
    assert job.message_id is not None
    assert job.message_id.startswith(f"{message.channel}/{message.ts}/")


async def test_a_command_that_crashes_is_logged_and_stops_nothing(core: Easel) -> None:
    desk = desk_of(core)

    async def crashes() -> None:
        raise ZeroDivisionError

    desk.soon(crashes())
    desk.soon(desk.say(asking(core, "/balance")))
    await core.reply("100 credits")


async def test_a_recovery_that_slack_does_not_take_says_so(core: Easel) -> None:
    desk = desk_of(core)
    async with working(core.app):
        await desk.say(asking(core, "/imagine a red fox"))
        await core.finished()
    core.fake.troubles.refuse("chat.postMessage", "service_unavailable")
    await desk.say(asking(core, "/recover", event="Ev2"))
    told = await core.reply("type /recover again")
    assert told.only_for == core.fake.team.user("alice").id


def told(easel: Easel) -> list[str]:
    return [texts_of(message)[0] for message in easel.fake.replies_of_app]


async def test_what_was_acknowledged_is_seen_through_when_easel_stops(core: Easel) -> None:
    errands = Errands()
    desk, asks = desk_of(core, errands), asking(core, "/imagine a red fox")
    desk.take(asks, desk.say(asks))
    await errands.finished()
    async with working(core.app):
        job = await core.finished()
    [message] = core.fake.replies_of_app
    assert job.message_id is not None
    assert job.message_id.startswith(f"{message.channel}/{message.ts}/")


@pytest.mark.parametrize(("last", "is_made"), [("create", False), ("append", True), ("enqueue", True)])
async def test_a_request_that_is_broken_off_says_so_unless_it_will_be_seen_through(
    core: Easel, last: str, is_made: bool
) -> None:
    """`last` is what the stores did before: save the job, hold its price, queue it."""
    begun = asyncio.Event()
    await core.app.accounts.for_identity(core.identity())

    async def hangs(verb: str) -> None:
        if verb == last and not begun.is_set():
            begun.set()
            await asyncio.Event().wait()

    broken = Easel(core.fake, app_on(core.app, meddled(core.app.stores, after=hangs)), core.service)
    broken.service = type(core.service)(broken.app)
    errands = Errands(finish_seconds=0)
    desk, asks = desk_of(broken, errands), asking(core, "/imagine a red fox")
    desk.take(asks, desk.say(asks))
    await begun.wait()
    await errands.finished()
    [message] = core.fake.replies_of_app
    assert ("being restarted" in texts_of(message)[0]) is not is_made
    assert (actions_of(message) == ["easel.cancel"]) is is_made


async def test_who_still_waits_for_a_turn_when_easel_stops_is_told_so_in_private(core: Easel) -> None:
    errands = Errands(finish_seconds=0, excuse_seconds=30)
    desk = desk_of(core, errands)
    for number in range(AT_ONCE + 1):
        asks = asking(core, "/imagine a red fox", event=f"Ev{number}")
        desk.take(asks, asyncio.Event().wait() if number < AT_ONCE else desk.say(asks))
    await errands.finished()
    assert len(told(core)) == AT_ONCE + 1
    assert all("Please ask again" in words for words in told(core))
    assert all(message.ephemeral for message in core.fake.replies_of_app)


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("imagine a fox", "/imagine a fox"),
        ("Imagine a fox", "/Imagine a fox"),
        ("balance", "/balance"),
        ("help me write a poem", "help me write a poem"),
        ("history of Rome", "history of Rome"),
        ("/help imagine", "/help imagine"),
        ("/ imagine a fox", "/imagine a fox"),
        ("what is this?", "what is this?"),
    ],
)
async def test_words_said_to_the_bot_are_a_command_only_if_they_can_mean_nothing_else(
    core: Easel, words: str, text: str
) -> None:
    assert commanded(words, core.service.commands) == text
