"""Results get where they belong, whatever happened to the place, the message, or the connection."""

import asyncio
import io
import os
from collections.abc import AsyncIterator
from functools import partial

import pytest
from PIL import Image
from telegram.error import NetworkError

from bots.telegram.pacer import NoRoom
from core.app import App
from core.jobs.model import Job, ReplyTo
from core.jobs.results import Picture
from core.jobs.specs import ImageSpec
from tests.bots.telegram.bots import Bot, bot_on, data_of, identity, photo, saying
from tests.fakes import job_of, settled, until, working
from tests.fakes.telegram import Chat, Record, TelegramFake, User
from tests.fakes.telegram.errors import bad


@pytest.fixture
async def idle(app: App) -> AsyncIterator[Bot]:
    """A bot whose worker is on holiday."""
    async with bot_on(app, works=False) as bot:
        yield bot


async def asked(
    fake: TelegramFake, bot: Bot, user: User, text: str = "/imagine a red fox", where: Chat | None = None,
    thread: int | None = None,
) -> Job:  # fmt: skip
    """An accepted request."""
    fake.send(text, user, where, thread=thread)

    async def accepted() -> Job | None:
        account = await bot.app.accounts.for_identity(identity(user))
        jobs = await bot.app.stores.jobs.history([account.id], 1)
        return jobs[0] if jobs else None

    found = await until(accepted)
    assert isinstance(found, Job)
    return found


async def made(bot: Bot, job: Job) -> Job:
    """The job with its result, which was posted."""
    async with working(bot.app):
        return await settled(bot.app, job.id)


def shown(fake: TelegramFake, where: User | Chat) -> list[Record]:
    return [record for record in fake.messages(where) if "photo" in record.json]


async def test_a_second_delivery_changes_nothing(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await made(idle, await asked(fake, idle, alice))
    [before] = fake.messages(alice)
    assert job.message_id is not None
    assert job.message_id.startswith(f"{alice.id}/{before.id}/AgAC")
    await idle.telegram.messenger.deliver(job)
    assert len(fake.messages(alice)) == 1


async def test_a_second_delivery_of_a_text_is_told_to_be_no_change_and_sends_nothing(
    fake: TelegramFake, alice: User, idle: Bot
) -> None:
    group = fake.group("Friends", alice)
    job = await made(idle, await asked(fake, idle, alice, "/chat what is a fox?", group))
    assert await idle.telegram.messenger.deliver(job) == job.message_id
    assert "message is not modified" in fake.called("editMessageText")[-1].answer["description"]
    assert len(fake.messages(group)) == 1


async def test_a_second_delivery_of_an_album_by_this_process_sends_none_again(
    fake: TelegramFake, alice: User, idle: Bot
) -> None:
    job = await made(idle, await asked(fake, idle, alice, "/imagine a red fox --count 2"))
    await idle.telegram.messenger.deliver(job)
    assert len(fake.albums(alice)) == 1
    assert len(fake.messages(alice)) == 3


async def test_an_album_that_is_given_up_while_it_is_sent_is_not_sent_again(
    fake: TelegramFake, alice: User, idle: Bot
) -> None:
    job = await asked(fake, idle, alice, "/imagine a red fox --count 2")
    messenger = idle.app.messengers.pop("telegram")
    async with working(idle.app):
        await until(partial(ended, idle.app, job.id))
    gate = fake.faults.hold("sendMediaGroup")
    job = await job_of(idle.app, job.id)
    for _ in range(2):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await messenger.deliver(job)
    gate.set()
    await messenger.deliver(job)
    assert len(fake.albums(alice)) == len(fake.called("sendMediaGroup")) == 1


async def test_a_long_prompt_is_told_before_its_album_which_comes_last(
    fake: TelegramFake, alice: User, idle: Bot
) -> None:
    await made(idle, await asked(fake, idle, alice, f"/imagine {'a fox ' * 250} --count 2"))
    kinds = ["photo" if "photo" in record.json else "text" for record in fake.messages(alice)]
    assert kinds == ["text", "text", "photo", "photo"]


async def test_without_its_placeholder_a_result_is_a_new_message(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await asked(fake, idle, alice)
    fake.messages(alice)[0].deleted = True
    await made(idle, job)
    assert len(shown(fake, alice)) == 1


async def test_without_its_placeholder_a_text_is_a_new_message(fake: TelegramFake, alice: User, idle: Bot) -> None:
    group = fake.group("Friends", alice)
    job = await asked(fake, idle, alice, "/chat what is a fox?", group)
    fake.messages(group)[0].deleted = True
    await made(idle, job)
    assert saying(fake, group, "what is a fox?")


async def test_a_group_that_put_the_bot_out_leaves_the_result_to_the_private_chat(
    fake: TelegramFake, alice: User, idle: Bot
) -> None:
    group = fake.group("Friends", alice)
    fake.world.private(alice)
    job = await asked(fake, idle, alice, where=group)
    fake.kick(group, alice)
    await made(idle, job)
    assert len(shown(fake, alice)) == 1


@pytest.mark.parametrize("private", [True, False])
async def test_who_blocked_the_bot_finds_the_result_later(
    fake: TelegramFake, alice: User, idle: Bot, private: bool
) -> None:
    group = None if private else fake.group("Friends", alice)
    job = await asked(fake, idle, alice, where=group)
    if group is not None:
        fake.kick(group, alice)
    fake.block(alice)
    job = await made(idle, job)
    assert job.delivered_at is not None
    assert str(job.message_id).startswith("undeliverable:")
    fake.unblock(alice)
    fake.send("/recover", alice)
    assert await fake.until(lambda: photo(fake, alice))


async def test_a_chat_that_never_was_is_not_tried_for_ever(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await made(idle, await asked(fake, idle, alice))
    nowhere = ReplyTo(platform="telegram", channel="-100987", extra={"user": "12345"})
    lost = job.model_copy(update={"reply_to": nowhere, "id": "a" * 16})
    assert await idle.telegram.messenger.deliver(lost) == "undeliverable:chat_not_found"


async def test_a_group_that_moved_gets_its_result_where_it_is_now(fake: TelegramFake, alice: User, idle: Bot) -> None:
    group = fake.group("Friends", alice, kind="group")
    job = await asked(fake, idle, alice, where=group)
    new = fake.migrate(group, alice)
    await made(idle, job)
    assert len(shown(fake, new)) == 1


async def test_a_topic_that_is_gone_is_no_reason_to_lose_a_result(fake: TelegramFake, alice: User, idle: Bot) -> None:
    forum = fake.group("Forum", alice, forum=True)
    thread = fake.topic(forum, "Foxes", alice)
    job = await asked(fake, idle, alice, where=forum, thread=thread)
    fake.messages(forum)[0].deleted = True
    forum.threads.clear()
    await made(idle, job)
    assert len(shown(fake, forum)) == 1


async def test_a_short_flood_wait_delays_a_result_and_doubles_none(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await asked(fake, idle, alice)
    fake.flood.punish(1, method="editMessageMedia")
    await made(idle, job)
    assert [call.status for call in fake.called("editMessageMedia")] == [429, 200]
    assert len(fake.messages(alice)) == 1


async def test_a_long_flood_wait_is_not_waited_for_but_left_to_a_later_try(
    fake: TelegramFake, alice: User, bob: User, idle: Bot
) -> None:
    job = await asked(fake, idle, alice)
    fake.flood.punish(60, method="editMessageMedia", chat=alice.id)
    async with working(idle.app):
        await fake.until(lambda: fake.called("editMessageMedia"))

        async def given_up() -> bool:
            now = await job_of(idle.app, job.id)
            return now.deliveries == 1 and now.posting_until is None

        await until(given_up)
    with pytest.raises(NoRoom):
        await idle.telegram.messenger.deliver(await job_of(idle.app, job.id))
    await made(idle, await asked(fake, idle, bob))
    assert len(shown(fake, bob)) == 1
    assert len(fake.called("editMessageMedia")) == 2


async def test_an_answer_that_was_lost_after_the_deed_is_no_second_message(
    fake: TelegramFake, alice: User, idle: Bot
) -> None:
    job = await asked(fake, idle, alice)
    fake.faults.drop("editMessageMedia", after=True)
    async with working(idle.app):
        await fake.until(lambda: shown(fake, alice))
    job = await job_of(idle.app, job.id)
    await idle.telegram.messenger.deliver(job)
    assert len(fake.messages(alice)) == 1
    assert len(shown(fake, alice)) == 1


async def test_an_outage_is_told_so_that_it_is_tried_again(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await made(idle, await asked(fake, idle, alice))
    fake.faults.outage = True
    with pytest.raises(NetworkError):
        await idle.telegram.messenger.deliver(job)


SIZES = [(64, 64, "photo"), (5200, 5200, "document"), (2100, 100, "document")]


@pytest.mark.parametrize(("width", "height", "kind"), SIZES)
@pytest.mark.parametrize("count", [1, 2])
async def test_pictures_over_the_limits_of_photos_are_files(
    fake: TelegramFake, alice: User, idle: Bot, width: int, height: int, kind: str, count: int
) -> None:
    job = await made(idle, await asked(fake, idle, alice))
    file = io.BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    await idle.telegram.messenger.deliver(await with_pictures(idle.app, job, file.getvalue(), width, height, count))
    assert len([one for one in fake.messages(alice) if kind in one.json]) >= count


async def test_a_photo_of_over_10_mb_is_a_file(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await made(idle, await asked(fake, idle, alice))
    file = io.BytesIO()
    Image.frombytes("RGB", (1900, 1900), os.urandom(1900 * 1900 * 3)).save(file, "PNG", compress_level=0)
    await idle.telegram.messenger.deliver(await with_pictures(idle.app, job, file.getvalue(), 1900, 1900, 1))
    [record] = [one for one in fake.messages(alice) if "document" in one.json]
    assert fake.content(record) == file.getvalue()


async def test_a_photo_that_telegram_cannot_read_is_a_file(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await made(idle, await asked(fake, idle, alice))
    await idle.telegram.messenger.deliver(await with_pictures(idle.app, job, b"no picture", 64, 64, 1))
    assert [one for one in fake.messages(alice) if "document" in one.json]


async def test_pictures_that_are_gone_are_told(fake: TelegramFake, alice: User, idle: Bot) -> None:
    job = await made(idle, await asked(fake, idle, alice))
    gone = Picture(name=f"{'b' * 32}.png", mime="image/png", width=64, height=64, size=1)
    assert job.result is not None
    lost = {
        "id": "b" * 16,
        "result": job.result.model_copy(update={"pictures": (gone,)}),
        "reply_to": new_message(alice),
    }
    await idle.telegram.messenger.deliver(job.model_copy(update=lost))
    assert saying(fake, alice, "not stored any more")


async def test_a_status_that_comes_after_the_result_does_not_stay(fake: TelegramFake, alice: User, app: App) -> None:
    """Another process posts the result of several pictures, while ours is just writing how far they are."""
    group = fake.group("Friends", alice)
    async with bot_on(app, works=False) as bot:
        gate = fake.faults.hold("editMessageText")
        job = await asked(fake, bot, alice, "/chat what is a fox?", group)
        await fake.until(lambda: fake.called("editMessageText"))
        await made(bot, job)
        [message] = fake.messages(group)
        assert "demo-chat" in message.text
        gate.set()
        await fake.until(lambda: len(message.history) >= 3 and "demo-chat" in message.text)
        assert data_of(message.json) == []


async def test_a_status_whose_answer_was_lost_does_not_stay_either(fake: TelegramFake, alice: User, app: App) -> None:
    group = fake.group("Friends", alice)
    async with bot_on(app, works=False) as bot:
        gate = fake.faults.hold("editMessageText", lost=True)
        job = await asked(fake, bot, alice, "/chat what is a fox?", group)
        await fake.until(lambda: fake.called("editMessageText"))
        await made(bot, job)
        [message] = fake.messages(group)
        gate.set()
        await fake.until(lambda: len(message.history) >= 3 and "demo-chat" in message.text)


async def test_who_cannot_be_written_to_learns_so_where_the_picture_was_generated(
    fake: TelegramFake, alice: User, bob: User, bot: Bot
) -> None:
    group = fake.group("Elsewhere", alice, bob, joined=False)
    question = fake.inline("a red fox", alice)
    await fake.until(lambda: question.answer)
    record = fake.choose_inline(question, "generate", alice, group)
    await fake.until(lambda: "I may not write to you" in record.text)
    fake.send("/recover", alice)
    assert await fake.until(lambda: photo(fake, alice))


async def test_a_group_that_takes_no_pictures_says_that_they_are_in_the_private_chat(
    fake: TelegramFake, alice: User, idle: Bot
) -> None:
    group = fake.group("Friends", alice)
    fake.world.private(alice)
    job = await asked(fake, idle, alice, where=group)
    fake.faults.refuse("editMessageMedia", bad("not enough rights to send photos to the chat"))
    await made(idle, job)
    assert len(shown(fake, alice)) == 1
    [left] = fake.messages(group)
    assert "in your private chat" in left.text
    assert data_of(left.json) == []


async def ended(app: App, job: str) -> bool:
    return not (await job_of(app, job)).is_open


def new_message(user: User) -> ReplyTo:
    return ReplyTo(platform="telegram", channel=str(user.id), extra={"user": str(user.id)})


async def with_pictures(app: App, job: Job, data: bytes, width: int, height: int, count: int) -> Job:
    """A like job, in a new message, whose pictures are these."""
    assert job.result is not None
    assert isinstance(job.spec, ImageSpec)
    stored = [await app.media.save(f"{letter * 32}", "image/png", data, None) for letter in "cd"[:count]]
    pictures = tuple(
        Picture(name=one.name, mime="image/png", width=width, height=height, size=len(data)) for one in stored
    )
    spec = job.spec.model_copy(update={"count": count})
    result = job.result.model_copy(update={"pictures": pictures})
    return job.model_copy(
        update={"id": "b" * 16, "spec": spec, "result": result, "reply_to": new_message(job_user(job))}
    )


def job_user(job: Job) -> User:
    return User(int(job.identity.user), "Alice")
