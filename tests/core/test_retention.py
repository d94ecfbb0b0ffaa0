"""What people wrote and got is forgotten after so many days; the books stay."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from bots.incoming import Incoming
from bots.service import Service
from core.app import App
from core.clock import DAY, utc_date
from core.credits.verify import verify_ledger
from core.errors import MediaError, StoreBusy
from core.jobs.model import Job, JobState
from core.retention import BATCH, Retention
from tests.core.accounts.test_privacy import files, made
from tests.core.jobs.test_settlement import a_job
from tests.fakes import Once, app_on, job_of, meddled
from tests.support import ALICE, NOON, ManualClock, chat, imagine, to_feed

DAYS = 30


async def enforce(app: App, media: object = None) -> None:
    await Retention(app.stores, media or app.media, app.clock, DAYS).enforce()  # type: ignore[arg-type]  # a stand-in with what retention calls


class Stuck:
    """A media store that cannot delete what one token names."""

    def __init__(self, app: App, token: str) -> None:
        self._media = app.media
        self._token = token

    async def delete(self, token: str, folder: str) -> None:
        if token == self._token:
            raise MediaError("The disk is read-only.")
        await self._media.delete(token, folder)


async def test_old_words_and_files_are_forgotten_and_new_ones_kept(app: App, clock: ManualClock) -> None:
    [old] = await made(app, imagine("old", prompt="a secret fox"))
    clock.move(DAYS * DAY)
    [new] = await made(app, imagine("new"))
    assert len(files(app)) == 2
    clock.move(1)
    await enforce(app)
    forgotten = await job_of(app, old.id)
    assert (forgotten.spec.prompt, forgotten.result, forgotten.identity.user) == ("", None, "deleted")
    assert await job_of(app, new.id) == new
    assert [file.stem for file in files(app)] == list(new.media)


async def test_conversations_and_usage_records_go_and_the_books_stay(app: App, clock: ManualClock) -> None:
    [job] = await made(app, chat("c1"))
    entries = await app.stores.ledger.entries(job.account)
    today = await app.stores.usage.rollups(utc_date(NOON), utc_date(NOON))
    assert sum(rollup.counters["requests"] for rollup in today) == 1
    assert await app.stores.feed.since(str(ALICE), 0, 10)
    clock.move(DAYS * DAY + 1)
    await enforce(app)
    assert await app.stores.feed.since(str(ALICE), 0, 10) == []
    assert await app.stores.usage.of_accounts([job.account]) == []
    assert await app.stores.usage.rollups(utc_date(NOON), utc_date(NOON)) == today
    assert await app.stores.ledger.entries(job.account) == entries
    assert (await job_of(app, job.id)).charged == 1
    assert (await verify_ledger(app.stores)).problems == ()


async def test_doing_it_again_and_in_two_processes_changes_nothing(app: App, clock: ManualClock) -> None:
    jobs = [*await made(app, imagine("r1"), imagine("r2")), *await made(app, chat("c1"))]
    clock.move(DAYS * DAY + 1)
    await asyncio.gather(*(enforce(one) for one in (app, app_on(app, app.stores)) * 2))
    once = [await job_of(app, job.id) for job in jobs]
    await enforce(app)
    assert [await job_of(app, job.id) for job in jobs] == once
    assert all(job.blanked for job in once)
    assert files(app) == []


async def test_a_crash_between_files_and_words_leaves_no_file_behind(app: App, clock: ManualClock) -> None:
    await made(app, imagine("r1"))
    clock.move(DAYS * DAY + 1)

    async def crash() -> None:
        raise StoreBusy

    with pytest.raises(StoreBusy):
        await enforce(app_on(app, meddled(app.stores, before=Once("blank", crash))))
    assert files(app) == []
    await enforce(app)
    [job] = await app.stores.jobs.all_jobs([(await app.accounts.for_identity(ALICE)).id])
    assert job.blanked


async def test_files_that_cannot_be_deleted_keep_their_job_until_they_can(app: App, clock: ManualClock) -> None:
    bad, good = await made(app, imagine("r1"), imagine("r2"))
    clock.move(DAYS * DAY + 1)
    await enforce(app, Stuck(app, bad.media[0]))
    assert (await job_of(app, bad.id)).blanked is False
    assert (await job_of(app, good.id)).blanked is True
    assert [file.stem for file in files(app)] == list(bad.media)
    await enforce(app)
    assert files(app) == []


@pytest.mark.parametrize("state", ["queued", "running"])
async def test_what_is_still_open_or_unsettled_is_kept(app: App, clock: ManualClock, state: str) -> None:
    started = await app.requests.submit(imagine("r1"))
    job: Job = started.job  # type: ignore[union-attr]  # never None here: it was just made
    if state == "running":
        claimed = await app.stores.jobs.claim("w", NOON, NOON + 1)
        assert claimed is not None
    clock.move(DAYS * DAY * 2)
    await enforce(app)
    kept = await job_of(app, job.id)
    assert (kept.spec.prompt, kept.state) == ("a red fox", JobState(state))


async def test_a_result_that_is_just_being_posted_is_kept_for_the_next_round(app: App, clock: ManualClock) -> None:
    [job] = await made(app, imagine("r1"))
    clock.move(DAYS * DAY + 1)
    stores = app.stores
    posting = job.model_copy(update={"posting_until": clock.now() + 1})
    listed = Listing(stores.jobs.stale, posting)
    await Retention(replace(stores, jobs=listed), app.media, clock, DAYS).enforce()  # type: ignore[arg-type]  # a stand-in with what retention calls
    assert not (await job_of(app, job.id)).blanked
    assert len(files(app)) == 1


class Listing:
    """Job documents of which one looks different."""

    def __init__(self, stale: Callable[[int, int], Awaitable[list[Job]]], changed: Job) -> None:
        self._stale = stale
        self._changed = changed

    async def stale(self, before: int, limit: int) -> list[Job]:
        return [self._changed if job.id == self._changed.id else job for job in await self._stale(before, limit)]


async def test_a_backlog_is_worked_off_in_batches_while_others_go_on(app: App, clock: ManualClock) -> None:
    many = 2 * BATCH + 7
    for number in range(many):
        job = a_job(id=f"j{number}", account="a", media=(), state="cancelled", finished_at=NOON, settled_at=NOON)
        await app.stores.jobs.create(job)
    clock.move(DAYS * DAY + 1)
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            await asyncio.sleep(0)
            turns += 1

    beside = asyncio.create_task(others())
    await enforce(app)
    beside.cancel()
    assert turns > many
    assert all(job.blanked for job in await app.stores.jobs.all_jobs(["a"]))


async def test_many_that_cannot_be_forgotten_end_the_round(app: App, clock: ManualClock) -> None:
    class ReadOnly:
        async def delete(self, token: str, folder: str) -> None:
            raise MediaError("The disk is read-only.")

    for number in range(BATCH + 7):
        job = a_job(id=f"j{number}", account="a", media=("t",), state="cancelled", finished_at=NOON, settled_at=NOON)
        await app.stores.jobs.create(job)
    clock.move(DAYS * DAY + 1)
    async with asyncio.timeout(20):
        await enforce(app, ReadOnly())
    assert not any(job.blanked for job in await app.stores.jobs.all_jobs(["a"]))


async def test_a_person_sees_that_it_was_deleted_and_can_go_on(app: App, clock: ManualClock) -> None:
    [job] = await made(app, imagine("r1"))
    clock.move(DAYS * DAY + 1)
    await enforce(app)
    service = Service(app)
    said = {
        text: await service.say(Incoming(f"m{n}", ALICE, text, to_feed()))
        for n, text in enumerate(["/history", "/recover", f"/recover {job.id}", "/imagine a fox"])
    }
    assert "(deleted)" in said["/history"].text
    assert [said[text].kind for text in ("/recover", f"/recover {job.id}")] == ["error", "error"]
    assert said["/imagine a fox"].kind == "job"
    pressed = await service.press(Incoming("p1", ALICE, "", to_feed()), "reroll", job.id, None)
    assert pressed.kind == "error"
