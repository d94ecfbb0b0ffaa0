"""What every database must do with jobs, from being accepted to their end."""

import asyncio

from core.clock import HOUR, MINUTE
from core.jobs.attempts import Attempt
from core.jobs.ending import Ending
from core.jobs.model import ABANDONED, Beat, Job, JobState, ReplyTo
from core.jobs.results import Failure, Picture, Result
from core.jobs.specs import ImageSpec, Quote
from core.stores.ports import Stores
from tests.core.stores.contract import Handles
from tests.support import ALICE, NOON

IMAGE = ImageSpec(prompt="a red fox \U0001f98a", model="m", aspect="1:1", width=64, height=64, count=2, seed=7)
PICTURE = Picture(name="p.png", mime="image/png", width=64, height=64, size=9, seed=7)
RESULT = Result(provider="demo", model="m", pictures=(PICTURE,))
LOST = Failure(code="lost", message="It got lost.")
CALL = Attempt(provider="demo", model="m", started_at=NOON)
LEASE = NOON + MINUTE


def new_job(number: int = 1, **changes: object) -> Job:
    job = Job(
        id=f"j{number}", request_id=f"r{number}", account="a", identity=ALICE, spec=IMAGE, quote=Quote(each=5, count=2),
        reply_to=ReplyTo(platform="slack", channel="C1", extra={"thread": "9"}), media=("t1", "t2"),
        created_at=NOON + number, hold_expires_at=NOON + HOUR,
    )  # fmt: skip
    return job.model_copy(update={"turn_at": changes.get("created_at", job.created_at)} | changes)


async def queued(stores: Stores, number: int = 1, **changes: object) -> Job:
    job = await stores.jobs.create(new_job(number, **changes))
    assert await stores.jobs.enqueue(job.id, {})
    return await found(stores, job)


async def running(stores: Stores, number: int = 1, **changes: object) -> Job:
    """Queue one job and claim it; there must be no other in the queue."""
    await queued(stores, number, **changes)
    job = await stores.jobs.claim("w1", NOON, LEASE)
    assert job is not None
    return job


async def finish(
    stores: Stores, job: Job, state: JobState = JobState.DONE, now: int = NOON + 500, result: Result | None = RESULT
) -> Job | None:
    ending = Ending(state, result, None, (CALL,))
    return await stores.jobs.finish(job, ending, timings={"ai_ms": 2.5}, now=now, next_delivery_at=now)


async def found(stores: Stores, job: Job) -> Job:
    stored = await stores.jobs.get(job.id)
    assert stored is not None
    return stored


class QueueContract:
    async def test_a_job_is_read_back_as_it_was(self, stores: Stores, other: Stores) -> None:
        job = new_job(result=RESULT, failure=LOST, attempts=(CALL,), timings={"db_ms": 0.125}, locale="vi")
        assert await stores.jobs.create(job) == job
        assert await other.jobs.get("j1") == job
        assert await other.jobs.get("j2") is None

    async def test_a_job_is_created_once(self, stores: Stores, other: Stores) -> None:
        first = await stores.jobs.create(new_job())
        assert await other.jobs.create(new_job(locale="de")) == first
        assert await stores.jobs.get("j1") == first

    async def test_a_job_waits_unseen_until_it_is_enqueued(self, stores: Stores) -> None:
        await stores.jobs.create(new_job())
        assert await stores.jobs.claim("w1", NOON, LEASE) is None
        queued = await stores.jobs.enqueue("j1", {"db_ms": 1.5})
        assert queued == await stores.jobs.get("j1")
        job = await stores.jobs.get("j1")
        assert job == new_job(state=JobState.QUEUED, timings={"db_ms": 1.5})

    async def test_a_job_is_enqueued_once(self, stores: Stores, other: Stores) -> None:
        job = await running(stores)
        assert not await other.jobs.enqueue("j1", {"db_ms": 9.0})
        assert await found(stores, job) == job
        assert not await stores.jobs.enqueue("unknown", {})

    async def test_only_a_job_that_is_still_being_accepted_is_abandoned_once(
        self, stores: Stores, other: Stores
    ) -> None:
        job = await stores.jobs.create(new_job(1))
        assert await stores.jobs.abandon("j1", "Too late.", NOON)
        assert not await other.jobs.abandon("j1", "Again.", NOON + 1)
        assert not await stores.jobs.enqueue("j1", {})
        failure = Failure(code=ABANDONED, message="Too late.")
        assert await found(stores, job) == job.model_copy(
            update={"state": JobState.FAILED, "failure": failure, "finished_at": NOON}
        )
        accepted = await queued(stores, 2)
        assert not await stores.jobs.abandon("j2", "Too late.", NOON)
        assert not await stores.jobs.abandon("unknown", "Too late.", NOON)
        assert await found(stores, accepted) == accepted

    async def test_either_a_job_is_queued_or_it_is_abandoned(self, handles: Handles) -> None:
        for number in range(8):
            await handles[0].jobs.create(new_job(number))
        outcomes = await asyncio.gather(
            *(handles[0].jobs.enqueue(f"j{number}", {}) for number in range(8)),
            *(handles[1].jobs.abandon(f"j{number}", "Too late.", NOON) for number in range(8)),
        )
        assert [bool(one) + bool(other) for one, other in zip(outcomes[:8], outcomes[8:], strict=True)] == [1] * 8

    async def test_only_an_abandoned_job_is_discarded(self, stores: Stores) -> None:
        kept = [await stores.jobs.create(new_job(1)), await queued(stores, 2)]
        await stores.jobs.create(new_job(3))
        await stores.jobs.abandon("j3", "Too late.", NOON)
        for name in ("j1", "j2", "j3", "unknown"):
            await stores.jobs.discard(name)
        assert [await found(stores, job) for job in kept] == kept
        assert await stores.jobs.get("j3") is None

    async def test_a_job_that_is_being_accepted_follows_its_account(self, stores: Stores, other: Stores) -> None:
        job = await stores.jobs.create(new_job())
        moved = job.model_copy(update={"account": "b"})
        assert await stores.jobs.readdress(job, "b") == moved
        assert await other.jobs.readdress(job, "c") == moved
        assert [one.id for one in await other.jobs.all_jobs(["b"])] == ["j1"]
        assert await other.jobs.all_jobs(["a"]) == []

    async def test_an_accepted_job_keeps_its_account(self, stores: Stores) -> None:
        job = await queued(stores)
        assert await stores.jobs.readdress(job, "b") == job
        unknown = new_job(2)
        assert await stores.jobs.readdress(unknown, "b") == unknown
        assert await found(stores, job) == job

    async def test_a_claim_leases_the_job_to_its_worker(self, stores: Stores, other: Stores) -> None:
        job = await queued(stores)
        claimed = await other.jobs.claim("w1", NOON + 5, LEASE)
        expected = {
            "state": JobState.RUNNING,
            "worker": "w1",
            "attempt": 1,
            "lease_until": LEASE,
            "started_at": NOON + 5,
        }
        assert claimed == job.model_copy(update=expected)
        assert await found(stores, job) == claimed
        assert await stores.jobs.claim("w2", NOON, LEASE) is None

    async def test_jobs_are_claimed_in_the_order_they_came(self, stores: Stores) -> None:
        for number in (3, 1, 2):
            await queued(stores, number)
        await queued(stores, 0, created_at=NOON + 2)
        claimed = [await stores.jobs.claim("w1", NOON, LEASE) for _ in range(4)]
        assert [job.id for job in claimed if job] == ["j1", "j0", "j2", "j3"]

    async def test_no_job_is_claimed_twice(self, handles: Handles) -> None:
        for number in range(12):
            await queued(handles[0], number)
        claims = await asyncio.gather(*(handles[i % 2].jobs.claim(f"w{i}", NOON, LEASE) for i in range(20)))
        assert sorted(job.id for job in claims if job) == sorted(f"j{number}" for number in range(12))

    async def test_a_job_knows_how_many_come_first(self, stores: Stores) -> None:
        await running(stores, 1)
        jobs = [await queued(stores, number) for number in (2, 3, 4)]
        assert [await stores.jobs.ahead(job) for job in jobs] == [0, 1, 2]


class WorkerContract:
    async def test_a_beat_renews_the_lease_and_notes_progress(self, stores: Stores) -> None:
        job = await running(stores)
        assert await stores.jobs.beat(job, 0.5, LEASE + 1) == Beat(lost=False, cancelled=False)
        assert await found(stores, job) == job.model_copy(update={"progress": 0.5, "lease_until": LEASE + 1})

    async def test_a_worker_learns_that_its_job_is_to_stop(self, stores: Stores, other: Stores) -> None:
        job = await running(stores)
        await other.jobs.request_cancel("j1", NOON)
        assert await stores.jobs.beat(job, 0.5, LEASE) == Beat(lost=False, cancelled=True)

    async def test_attempts_are_recorded_while_the_job_runs(self, stores: Stores) -> None:
        job = await running(stores)
        assert await stores.jobs.record_attempts(job, [CALL, CALL])
        assert (await found(stores, job)).attempts == (CALL, CALL)

    async def test_a_finished_job_has_its_result_and_waits_for_settlement(self, stores: Stores) -> None:
        job = await running(stores)
        assert await finish(stores, job)
        expected = {
            "state": JobState.DONE, "result": RESULT, "attempts": (CALL,), "timings": {"ai_ms": 2.5},
            "finished_at": NOON + 500, "lease_until": None, "next_delivery_at": NOON + 500,
        }  # fmt: skip
        assert await found(stores, job) == job.model_copy(update=expected)
        assert [one.id for one in await stores.jobs.unsettled(NOON + 500, 9)] == ["j1"]

    async def test_a_job_that_failed_keeps_the_attempts_recorded_before(self, stores: Stores) -> None:
        job = await running(stores)
        await stores.jobs.record_attempts(job, [CALL])
        ending = Ending(JobState.FAILED, failure=LOST)
        assert await stores.jobs.finish(job, ending, timings={}, now=NOON, next_delivery_at=NOON)
        stored = await found(stores, job)
        assert (stored.state, stored.failure, stored.attempts) == (JobState.FAILED, LOST, (CALL,))

    async def test_a_job_ends_once(self, stores: Stores, other: Stores) -> None:
        job = await running(stores)
        await finish(stores, job)
        ended = await found(stores, job)
        assert not await finish(other, job, JobState.FAILED)
        assert await other.jobs.beat(job, 0.1, LEASE) == Beat(lost=True, cancelled=False)
        assert not await other.jobs.record_attempts(job, [])
        await other.jobs.hand_back(job)
        assert await found(stores, job) == ended

    async def test_a_worker_that_lost_its_lease_changes_nothing(self, stores: Stores, other: Stores) -> None:
        late = await running(stores)
        assert await other.jobs.expire_leases(LEASE, 3) == 1
        mine = await other.jobs.claim("w2", NOON, LEASE)
        assert mine is not None
        assert mine.attempt == 2
        assert (await stores.jobs.beat(late, 0.9, LEASE)).lost
        assert not await stores.jobs.record_attempts(late, [CALL])
        assert not await finish(stores, late)
        await stores.jobs.hand_back(late)
        assert await found(stores, mine) == mine

    async def test_a_job_handed_back_is_queued_as_if_never_claimed(self, stores: Stores) -> None:
        job = await running(stores)
        await stores.jobs.beat(job, 0.5, LEASE)
        await stores.jobs.hand_back(job)
        stored = await found(stores, job)
        assert (stored.state, stored.attempt, stored.worker, stored.lease_until, stored.progress) == (
            JobState.QUEUED, 0, None, None, 0.0,
        )  # fmt: skip
        again = await stores.jobs.claim("w2", NOON, LEASE)
        assert again is not None
        assert again.attempt == 1
        assert (await stores.jobs.beat(job, 0.9, LEASE)).lost

    async def test_of_many_who_end_a_job_exactly_one_does(self, handles: Handles) -> None:
        job = await running(handles[0])
        ended = await asyncio.gather(
            *(finish(handles[i % 2], job, now=NOON + i) for i in range(10)),
            *(handles[i % 2].jobs.fail_open("j1", LOST, NOON) for i in range(4)),
        )
        assert sum(bool(one) for one in ended) == 1
