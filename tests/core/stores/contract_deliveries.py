"""What every database must do with jobs that end, are paid, delivered, listed and erased."""

import asyncio

from core.clock import HOUR
from core.jobs.model import ABANDONED, Job, JobState
from core.jobs.results import Failure
from core.stores.ports import Stores
from tests.core.stores.contract import Handles
from tests.core.stores.contract_jobs import LEASE, LOST, finish, found, new_job, queued, running
from tests.support import NOON

NEVER_ACCEPTED = Failure(code=ABANDONED, message="It was never accepted.")
LATER = NOON + HOUR


async def done(stores: Stores, number: int = 1, **changes: object) -> Job:
    job = await running(stores, number, **changes)
    await finish(stores, job, now=NOON + 100 * number)
    return await found(stores, job)


async def paid(stores: Stores, number: int = 1) -> Job:
    job = await done(stores, number)
    assert await stores.jobs.settled(job.id, 5, NOON)
    return await found(stores, job)


class EndContract:
    async def test_a_queued_job_is_cancelled_at_once(self, stores: Stores) -> None:
        await queued(stores)
        job = await stores.jobs.request_cancel("j1", NOON + 9)
        assert job is not None
        assert (job.state, job.finished_at, job.next_delivery_at) == (JobState.CANCELLED, NOON + 9, NOON + 9)
        assert await stores.jobs.claim("w1", NOON, LEASE) is None
        assert await found(stores, job) == job

    async def test_a_running_job_is_asked_to_stop(self, stores: Stores) -> None:
        job = await running(stores)
        asked = await stores.jobs.request_cancel("j1", NOON)
        assert asked == job.model_copy(update={"cancel_requested": True})

    async def test_a_job_that_has_ended_or_not_begun_is_not_cancelled(self, stores: Stores) -> None:
        ended, accepting = await done(stores, 1), await stores.jobs.create(new_job(2))
        assert await stores.jobs.request_cancel("j1", NOON) == ended
        assert await stores.jobs.request_cancel("j2", NOON) == accepting
        assert await stores.jobs.request_cancel("unknown", NOON) is None

    async def test_an_open_job_fails_once(self, stores: Stores, other: Stores) -> None:
        await stores.jobs.create(new_job(1))
        await running(stores, 2)
        await queued(stores, 3)
        for name in ("j1", "j2", "j3"):
            assert await stores.jobs.fail_open(name, LOST, NOON)
            assert not await other.jobs.fail_open(name, NEVER_ACCEPTED, NOON)
            job = await stores.jobs.get(name)
            assert job is not None
            assert (job.state, job.failure, job.next_delivery_at) == (JobState.FAILED, LOST, NOON)
        assert not await stores.jobs.fail_open("unknown", LOST, NOON)

    async def test_nobody_is_told_of_a_job_that_was_never_accepted(self, stores: Stores) -> None:
        await stores.jobs.create(new_job())
        await stores.jobs.fail_open("j1", NEVER_ACCEPTED, NOON)
        await stores.jobs.settled("j1", 0, NOON)
        assert await stores.jobs.claim_delivery(None, LATER, LATER) is None

    async def test_jobs_left_while_being_accepted_are_found(self, stores: Stores) -> None:
        for number in (1, 2):
            await stores.jobs.create(new_job(number))
        await queued(stores, 0)
        assert [job.id for job in await stores.jobs.accepting_since(NOON + 1)] == ["j1"]

    async def test_open_jobs_whose_hold_has_expired_are_overdue(self, stores: Stores) -> None:
        await done(stores, 4)
        await running(stores, 3)
        await queued(stores, 2)
        await stores.jobs.create(new_job(1))
        await queued(stores, 5, hold_expires_at=LATER + 1)
        assert sorted(job.id for job in await stores.jobs.overdue(LATER)) == ["j1", "j2", "j3"]
        assert await stores.jobs.overdue(LATER - 1) == []


class SettlementContract:
    async def test_ended_jobs_are_unsettled_until_their_charge_is_recorded(self, stores: Stores, other: Stores) -> None:
        for number in (2, 1):
            await done(stores, number)
        await running(stores, 3)
        assert [job.id for job in await other.jobs.unsettled(LATER, 9)] == ["j1", "j2"]
        assert [job.id for job in await other.jobs.unsettled(LATER, 1)] == ["j1"]
        assert await stores.jobs.settled("j1", 5, NOON + 7)
        assert [job.id for job in await other.jobs.unsettled(LATER, 9)] == ["j2"]
        job = await stores.jobs.get("j1")
        assert job is not None
        assert (job.charged, job.settled_at) == (5, NOON + 7)

    async def test_an_abandoned_request_is_looked_at_when_its_hold_would_have_expired(self, stores: Stores) -> None:
        await stores.jobs.create(new_job())
        await stores.jobs.fail_open("j1", NEVER_ACCEPTED, NOON)
        assert await stores.jobs.unsettled(LATER - 1, 9) == []
        assert [job.id for job in await stores.jobs.unsettled(LATER, 9)] == ["j1"]

    async def test_a_charge_is_recorded_once(self, handles: Handles) -> None:
        await done(handles[0])
        recorded = await asyncio.gather(*(handles[i % 2].jobs.settled("j1", i, NOON) for i in range(10)))
        assert sum(recorded) == 1
        job = await handles[0].jobs.get("j1")
        assert job is not None
        assert job.charged == recorded.index(True)

    async def test_an_open_job_cannot_be_charged(self, stores: Stores) -> None:
        job = await running(stores)
        assert not await stores.jobs.settled("j1", 5, NOON)
        assert not await stores.jobs.settled("unknown", 5, NOON)
        assert await found(stores, job) == job


class DeliveryContract:
    async def test_a_result_is_delivered_only_once_it_is_settled_and_due(self, stores: Stores) -> None:
        await done(stores)
        assert await stores.jobs.claim_delivery("j1", LATER, LATER) is None
        await stores.jobs.settled("j1", 5, NOON)
        assert await stores.jobs.claim_delivery("j1", NOON + 99, LATER) is None
        assert await stores.jobs.claim_delivery("j2", LATER, LATER) is None
        assert await stores.jobs.claim_delivery("j1", NOON + 100, LATER) is not None

    async def test_a_claim_reserves_the_delivery_for_a_while(self, stores: Stores, other: Stores) -> None:
        job = await paid(stores)
        claimed = await stores.jobs.claim_delivery(None, NOON + 100, LATER)
        assert claimed == job.model_copy(update={"next_delivery_at": LATER, "posting_until": LATER, "deliveries": 1})
        assert await other.jobs.claim_delivery(None, LATER - 1, LATER) is None
        again = await other.jobs.claim_delivery("j1", LATER, LATER + 1)
        assert again is not None
        assert again.deliveries == 2

    async def test_what_is_due_for_longest_is_delivered_first(self, stores: Stores) -> None:
        for number in (2, 1, 3):
            await paid(stores, number)
        claimed = [await stores.jobs.claim_delivery(None, NOON + 500, LATER) for _ in range(4)]
        assert [job.id if job else None for job in claimed] == ["j1", "j2", "j3", None]

    async def test_a_delivered_result_is_not_delivered_again(self, stores: Stores, other: Stores) -> None:
        job = await paid(stores)
        await stores.jobs.delivered("j1", "m1", LATER)
        await other.jobs.delivered("j1", "m2", LATER + 1)
        assert await other.jobs.claim_delivery(None, LATER, LATER) is None
        stored = await found(stores, job)
        assert (stored.message_id, stored.delivered_at, stored.next_delivery_at) == ("m1", LATER, None)

    async def test_no_two_processes_deliver_one_result(self, handles: Handles) -> None:
        for number in range(6):
            await paid(handles[0], number)
        claims = await asyncio.gather(*(handles[i % 2].jobs.claim_delivery(None, LATER, LATER + 1) for i in range(12)))
        assert sorted(job.id for job in claims if job) == [f"j{number}" for number in range(6)]
