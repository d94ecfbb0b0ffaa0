"""Delivery: each result is one message with its pictures, whatever breaks on the way."""

import asyncio
import itertools
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import ClientError
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bots.slack import placeholders
from bots.slack.live import Live, Pace
from bots.slack.messenger import MOST_REFUSALS
from bots.slack.places import Place, Posted
from core.generation.wishes import Chat, Imagine, Wish
from core.ids import job_id
from core.jobs.model import Job
from core.requests import Accepted, Request
from tests.bots.slack.running import Easel, actions_of, everything, texts_of
from tests.fakes import job_of, settled, until, working
from tests.fakes.slack import Message
from tests.fakes.slack.refusals import bad_blocks
from tests.fakes.slack.troubles import Trouble

NUMBERS = itertools.count(1)


def place_in(easel: Easel, channel: str = "general") -> Place:
    team = easel.fake.team
    where = team.dm("alice") if channel == "im" else team.channel(channel)
    return Place(team.id, where.id, team.user("alice").id)


async def asked(easel: Easel, place: Place, wish: Wish | None = None, *, placeholder: bool = True) -> Job:
    """A queued job, and the message that waits for its result."""
    name = f"slack:test:{next(NUMBERS)}"
    if placeholder:
        client = AsyncWebClient(easel.fake.team.bot_token, easel.fake.api_url, retry_handlers=[])
        sort: Any = "chat" if isinstance(wish, Chat) else "picture"
        place = (await placeholders.opened(client, place, job_id(name), "a red fox", sort)).place
    request = Request(name, easel.identity(), wish or Imagine("a red fox"), place.reply_to)
    accepted = await easel.app.requests.submit(request)
    assert isinstance(accepted, Accepted)
    return accepted.job


async def delivered(easel: Easel, job: Job) -> Job:
    async with working(easel.app):
        return await settled(easel.app, job.id)


def pictures_in(message: Message) -> list[str]:
    return [block["slack_file"]["id"] for block in message.blocks if block["type"] == "image"]


async def again(easel: Easel, job: Job) -> str:
    """As the sweeper delivers it, after a crash before anybody noted that it was delivered."""
    lost = (await job_of(easel.app, job.id)).model_copy(
        update={"deliveries": 2, "delivered_at": None, "message_id": None}
    )  # fmt: skip
    from bots.slack.messenger import SlackMessenger
    from bots.slack.workspaces import Workspaces

    return await SlackMessenger(easel.app, Workspaces(easel.app)).deliver(lost)


async def test_a_result_that_is_delivered_again_by_another_process_is_one_message_and_one_file(core: Easel) -> None:
    job = await delivered(core, await asked(core, place_in(core)))
    assert await again(core, job) == job.message_id
    [message] = core.fake.replies_of_app
    [file] = core.fake.files
    assert pictures_in(message) == [file.id]


async def test_an_update_whose_answer_got_lost_is_made_again(core: Easel) -> None:
    job = await asked(core, place_in(core))
    core.fake.troubles.lose_answer("chat.update")
    await delivered(core, job)
    [message] = core.fake.replies_of_app
    assert len(core.fake.files) == 1
    assert "easel.delete" in actions_of(message)


async def test_a_placeholder_whose_answer_got_lost_is_found_by_its_metadata(core: Easel) -> None:
    core.fake.troubles.lose_answer("chat.postMessage")
    job = await delivered(core, await asked(core, place_in(core)))
    [message] = core.fake.replies_of_app
    assert job.message_id == f"{message.channel}/{message.ts}/{core.fake.files[0].id}"


async def test_a_new_message_whose_answer_got_lost_is_not_posted_twice(core: Easel) -> None:
    job = await asked(core, place_in(core), placeholder=False)
    core.fake.troubles.lose_answer("chat.postMessage")
    async with working(core.app):

        async def failed() -> bool:
            now = await job_of(core.app, job.id)
            return now.deliveries == 1 and now.posting_until is None and now.settled_at is not None

        await until(failed)
    [message] = core.fake.replies_of_app
    assert (await again(core, job)).startswith(f"{message.channel}/{message.ts}")
    assert len(core.fake.replies_of_app) == 1


async def test_a_growing_message_whose_answer_got_lost_does_not_stay_empty(core: Easel) -> None:
    team = core.fake.team
    root = core.fake._say(team, team.user("alice"), team.channel("general"), "hello", None, ())
    place = replace(place_in(core), thread=root.ts)
    core.fake.troubles.lose_answer("chat.startStream")
    job = await delivered(core, await asked(core, place, Chat("hello")))
    [message] = core.fake.replies_of_app
    assert job.message_id == f"{message.channel}/{message.ts}"
    assert [each.stream.state for each in core.fake.messages if each.stream and each.deleted] == ["done"]


async def test_a_result_whose_placeholder_somebody_deleted_gets_a_new_message(core: Easel) -> None:
    job = await asked(core, place_in(core))
    core.fake.messages[0].deleted = True
    job = await delivered(core, job)
    [message] = core.fake.replies_of_app
    assert job.message_id == f"{message.channel}/{message.ts}/{core.fake.files[0].id}"


@pytest.mark.parametrize("refusal", ["is_inactive", "not_in_channel", "channel_not_found"])
async def test_a_channel_that_is_closed_to_us_is_left_for_the_direct_message(core: Easel, refusal: str) -> None:
    job = await asked(core, place_in(core))
    core.fake.troubles.refuse("chat.update", refusal)
    job = await delivered(core, job)
    posted = Posted.parse(job.message_id)
    assert posted is not None
    assert posted.channel == core.fake.team.dm("alice").id
    assert pictures_in(core.fake.replies_of_app[-1]) == list(posted.files)
    assert len(core.fake.files) == 1


async def test_an_archived_channel_sends_the_whole_request_to_the_direct_message(core: Easel) -> None:
    core.fake.team.channel("general").is_archived = True
    await delivered(core, await asked(core, place_in(core)))
    [message] = core.fake.replies_of_app
    assert message.channel == core.fake.team.dm("alice").id


async def test_a_result_for_a_workspace_that_removed_us_is_not_tried_for_ever(core: Easel) -> None:
    job = await asked(core, place_in(core))
    core.fake.uninstall()
    job = await delivered(core, job)
    assert job.message_id == "undeliverable:account_inactive"


async def test_a_result_for_somebody_who_left_is_not_tried_for_ever(core: Easel) -> None:
    job = await asked(core, place_in(core))
    core.fake.troubles.refuse("chat.update", "channel_not_found")
    core.fake.team.user("alice").deleted = True
    assert (await delivered(core, job)).message_id == "undeliverable:user_disabled"


async def test_a_refusal_that_nobody_foresaw_is_not_tried_for_ever(core: Easel) -> None:
    job = await delivered(core, await asked(core, place_in(core)))
    core.fake.troubles.refuse("chat.update", "ekm_access_denied", times=3)
    messenger = core.app.messengers["slack"]
    for deliveries in (1, MOST_REFUSALS - 1):
        with pytest.raises(SlackApiError):
            await messenger.deliver(job.model_copy(update={"deliveries": deliveries}))
    last = job.model_copy(update={"deliveries": MOST_REFUSALS})
    assert await messenger.deliver(last) == "undeliverable:ekm_access_denied"


async def test_slacks_own_troubles_are_waited_for_however_long_they_take(core: Easel) -> None:
    job = await delivered(core, await asked(core, place_in(core)))
    core.fake.troubles.refuse("chat.update", "service_unavailable")
    with pytest.raises(SlackApiError):
        await core.app.messengers["slack"].deliver(job.model_copy(update={"deliveries": MOST_REFUSALS + 1}))


@pytest.mark.parametrize("break_it", ["break_down", "lose_answer"])
async def test_an_upload_that_fails_half_way_is_begun_anew(core: Easel, break_it: str) -> None:
    job = await asked(core, place_in(core))
    getattr(core.fake.troubles, break_it)("upload")
    await delivered(core, job)
    [message] = core.fake.replies_of_app
    [shown] = pictures_in(message)
    assert [file.id for file in core.fake.files if file.completed] == [shown]


async def test_a_picture_that_never_gets_through_is_shown_as_a_link_in_the_end(core: Easel) -> None:
    job = await asked(core, place_in(core))
    core.fake.troubles.break_down("upload", times=20)
    async with working(core.app):

        async def tried() -> Job | None:
            now = await job_of(core.app, job.id)
            return now if now.deliveries == 1 and now.posting_until is None and now.settled_at else None

        await until(tried)
    third = (await job_of(core.app, job.id)).model_copy(update={"deliveries": 3})
    await core.app.messengers["slack"].deliver(third)
    [message] = core.fake.replies_of_app
    assert not pictures_in(message)
    assert third.result is not None
    assert f"/media/{third.result.pictures[0].name}|Demo picture: a red fox>" in texts_of(message)[1]
    core.fake.problems.clear()


async def test_a_picture_that_slack_still_processes_is_waited_for(core: Easel) -> None:
    job = await asked(core, place_in(core))
    early = bad_blocks("invalid_blocks", ["invalid slack file [json-pointer:/blocks/1/slack_file]"])
    core.fake.troubles._waiting["chat.update"].append(Trouble("before", early, 1))
    await delivered(core, job)
    [message] = core.fake.replies_of_app
    assert len(pictures_in(message)) == 1
    core.fake.problems.clear()


async def test_a_rate_limit_is_waited_for(core: Easel) -> None:
    job = await asked(core, place_in(core))
    core.fake.troubles.rate_limit("chat.update", seconds=0)
    await delivered(core, job)
    assert len(pictures_in(core.fake.replies_of_app[0])) == 1


async def test_a_long_answer_goes_on_in_the_thread_once(core: Easel) -> None:
    job = await delivered(core, await asked(core, place_in(core), Chat("hello")))
    assert job.result is not None
    text = "\n".join(f"line {number} {'x' * 80}" for number in range(300))
    long = job.model_copy(update={"result": job.result.model_copy(update={"text": text}), "deliveries": 1})
    before = len(core.fake.messages)
    messenger = core.app.messengers["slack"]
    core.fake.troubles.lose_answer("chat.postMessage")
    unsent = long.model_copy(update={"delivered_at": None, "message_id": None})
    with pytest.raises(ClientError):
        await messenger.deliver(unsent)
    for deliveries in (2, 3):
        await messenger.deliver(unsent.model_copy(update={"deliveries": deliveries}))
    first, *further = core.fake.replies_of_app
    assert len(core.fake.messages) == before + len(further)
    assert len(further) == 2
    assert {message.thread_ts for message in further} == {first.ts}
    said = "".join(map(everything, core.fake.replies_of_app))
    assert all(f"line {number} " in said for number in range(300))


class LateClient(AsyncWebClient):
    """Its update arrives after something else has happened."""

    def __init__(self, easel: Easel, meanwhile: Callable[[], Awaitable[Any]]) -> None:
        super().__init__(easel.fake.team.bot_token, easel.fake.api_url, retry_handlers=[])
        self._meanwhile = meanwhile

    async def chat_update(self, **fields: Any) -> Any:
        await self._meanwhile()
        return await super().chat_update(**fields)


async def test_progress_that_comes_after_the_result_does_not_stay(core: Easel) -> None:
    job = await asked(core, place_in(core))

    async def meanwhile() -> None:
        await delivered(core, job)

    async def stop() -> None: ...

    await Live(core.app, Pace(600)).show(LateClient(core, meanwhile), job, Place.of(job.reply_to), stop)
    [message] = core.fake.replies_of_app
    assert any("easel.cancel" in str(version) for version in message.versions[2:]), "it came late"
    assert "easel.delete" in actions_of(message)
    assert len(core.fake.files) == 1


async def test_progress_stops_when_the_message_is_gone(core: Easel) -> None:
    job = await asked(core, place_in(core))
    core.fake.messages[0].deleted = True

    async def stop() -> None: ...

    client = AsyncWebClient(core.fake.team.bot_token, core.fake.api_url, retry_handlers=[])
    async with asyncio.timeout(5):
        await Live(core.app, Pace(600)).show(client, job, Place.of(job.reply_to), stop)


def test_updates_are_paced_by_workspace() -> None:
    pace = Pace(10)
    assert [pace.take("T1") for _ in range(7)] == [True] * 5 + [False] * 2
    assert pace.take("T2")


def test_a_place_survives_being_stored() -> None:
    place = Place("T1", "C1", "U1", "E1", "1.2", "3.4", True, "https://hooks.example")
    assert Place.of(place.reply_to) == replace(place, response_url="")
    assert Posted.parse(str(Posted("C1", "1.2", ("F1", "F2")))) == Posted("C1", "1.2", ("F1", "F2"))
    assert Posted.parse("undeliverable:x") is None
