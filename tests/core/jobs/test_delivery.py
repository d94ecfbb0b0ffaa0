"""Results reach the place where they were asked for: retried until it worked, and then not again."""

import asyncio

from core.app import App
from core.clock import SECOND
from core.errors import StoreBusy
from core.generation.wishes import Imagine
from core.jobs.delivery import RETRY_AFTER
from core.jobs.model import Job, JobState, ReplyTo
from core.requests import Request
from tests.core.test_requests import accepted
from tests.fakes import Once, app_on, job_of, meddled, skip, until, with_provider, working
from tests.fakes.providers import Provider
from tests.support import ALICE, ManualClock, Silent, imagine


class Post(Silent):
    """A messenger that fails at first, and notes what it has posted."""

    def __init__(self, failures: int = 0) -> None:
        self.failures = failures
        self.tries = 0
        self.posted: list[str] = []

    async def deliver(self, job: Job) -> str:
        self.tries += 1
        if self.tries <= self.failures:
            raise ConnectionError("The platform is away.")
        self.posted.append(job.id)
        return f"m{len(self.posted)}"


async def made(app: App, messenger: object | None) -> Job:
    """A settled job whose first delivery was tried with this messenger."""
    app.messengers.clear()
    if messenger is not None:
        app.messengers["playground"] = messenger  # type: ignore[assignment]  # a test knows what it gives
    job = await accepted(app, imagine())

    async def tried() -> bool:
        now = await job_of(app, job.id)
        return now.deliveries > 0 and (now.delivered_at is not None or not app.signals.progress)

    async with working(with_provider(app, Provider())):
        await until(tried)
        await asyncio.sleep(0.02)
    return await job_of(app, job.id)


async def test_a_result_is_posted_once_and_its_message_noted(app: App, clock: ManualClock) -> None:
    post = Post()
    job = await made(app, post)
    assert (job.message_id, job.delivered_at, job.next_delivery_at) == ("m1", clock.now(), None)
    clock.move(10 * RETRY_AFTER)
    await app.sweeper.sweep()
    assert post.posted == [job.id]


async def test_a_delivery_that_fails_is_tried_again_later_until_it_works(app: App, clock: ManualClock) -> None:
    post = Post(failures=2)
    job = await made(app, post)
    assert (post.tries, job.delivered_at, job.state) == (1, None, JobState.DONE)
    clock.move(RETRY_AFTER - 1)
    await app.sweeper.sweep()
    assert post.tries == 1
    for wait in (1, RETRY_AFTER, RETRY_AFTER):
        clock.move(wait)
        await app.sweeper.sweep()
    assert (post.tries, post.posted) == (3, [job.id])
    assert (await job_of(app, job.id)).deliveries == 3


async def test_a_result_waits_for_a_platform_that_is_not_wired_here(app: App, clock: ManualClock) -> None:
    job = await made(app, None)
    assert (job.state, job.delivered_at) == (JobState.DONE, None)
    assert job.result is not None
    post = Post()
    app.messengers["playground"] = post
    clock.move(RETRY_AFTER)
    await app.sweeper.sweep()
    assert post.posted == [job.id]


async def test_a_platform_that_fails_does_not_hold_up_the_others(app: App, clock: ManualClock) -> None:
    broken = Post(failures=99)
    await made(app, broken)
    elsewhere = Request("r2", ALICE, Imagine("a red fox"), ReplyTo(platform="slack", channel="C1"))
    second = await accepted(app, elsewhere)
    post = Post()
    app.messengers["slack"] = post
    clock.move(RETRY_AFTER)
    async with working(with_provider(app, Provider())):
        await until(lambda: _posted(post))
    await app.sweeper.sweep()
    assert (post.posted, broken.tries) == ([second.id], 2)


async def _posted(post: Post) -> bool:
    return bool(post.posted)


async def test_nothing_is_posted_before_it_is_settled(app: App) -> None:
    post = Post()
    app.messengers["playground"] = post
    job = await accepted(app, imagine())
    await app.stores.jobs.request_cancel(job.id, app.clock.now())
    assert not await app.deliveries.deliver(job.id)
    await app.sweeper.sweep()
    assert post.posted == [job.id]


async def test_whoever_watches_the_channel_is_rung_when_something_is_shown(app: App) -> None:
    async with app.signals.listening("playground:alice") as bell:
        await made(app, Post())
        async with asyncio.timeout(1):
            await bell.wait(60)


async def test_two_processes_post_a_result_once(app: App, clock: ManualClock) -> None:
    job = await made(app, Post(failures=1))
    post = Post()
    app.messengers["playground"] = post
    other = app_on(app, app.stores)
    clock.move(RETRY_AFTER)
    tries = await asyncio.gather(*(each.deliveries.deliver() for each in (app, other) * 4))
    assert (sum(tries), post.posted) == (1, [job.id])


async def test_with_nothing_to_deliver_nothing_is_delivered(app: App) -> None:
    assert not await app.deliveries.deliver()
    assert not await app.deliveries.deliver("nosuchjob")


async def test_the_playground_shows_a_result_once_even_if_that_was_not_noted(app: App, clock: ManualClock) -> None:
    job = await accepted(app, imagine())
    await app.stores.jobs.request_cancel(job.id, app.clock.now())

    async def fail() -> None:
        raise StoreBusy

    await app_on(app, meddled(app.stores, before=Once("delivered", fail))).sweeper.sweep()
    assert (await job_of(app, job.id)).delivered_at is None
    clock.move(RETRY_AFTER)
    await app.sweeper.sweep()
    assert (await job_of(app, job.id)).delivered_at is not None
    assert len(await app.stores.feed.since(job.reply_to.channel, 0, 10)) == 1


async def test_a_messenger_that_hangs_is_given_up(app: App) -> None:
    """Else it would keep a worker for ever, and the sweeper; and another process would post it as well."""

    class Hanging(Silent):
        def __init__(self) -> None:
            self.started = asyncio.Event()

        async def deliver(self, job: Job) -> str:
            self.started.set()
            await asyncio.Event().wait()
            return "never"

    messenger = Hanging()
    app.messengers["playground"] = messenger
    job = await accepted(app, imagine())
    await app.stores.jobs.request_cancel(job.id, app.clock.now())
    sweeping = asyncio.create_task(app.sweeper.sweep())
    await messenger.started.wait()
    skip(2 * RETRY_AFTER / SECOND)
    done, _ = await asyncio.wait({sweeping}, timeout=0.3)
    sweeping.cancel()
    assert done
