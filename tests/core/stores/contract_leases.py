"""What every database must do with jobs whose worker is gone."""

import asyncio

from core.jobs.model import JobState
from core.stores.ports import Stores
from tests.core.stores.contract import Handles
from tests.core.stores.contract_jobs import LEASE, found, running
from tests.support import NOON


class LeaseContract:
    async def test_a_lease_that_has_not_expired_is_left_alone(self, stores: Stores) -> None:
        job = await running(stores)
        assert await stores.jobs.expire_leases(LEASE - 1, 1) == 0
        assert await found(stores, job) == job

    async def test_an_expired_job_is_queued_again_with_its_attempt_counted(self, stores: Stores) -> None:
        job = await running(stores)
        await stores.jobs.beat(job, 0.5, LEASE)
        assert await stores.jobs.expire_leases(LEASE, 2) == 1
        stored = await found(stores, job)
        assert (stored.state, stored.attempt, stored.worker, stored.lease_until, stored.progress) == (
            JobState.QUEUED, 1, None, None, 0.0,
        )  # fmt: skip

    async def test_a_job_whose_workers_were_lost_too_often_fails(self, stores: Stores) -> None:
        job = await running(stores)
        assert await stores.jobs.expire_leases(LEASE, 1) == 1
        stored = await found(stores, job)
        assert stored.failure is not None
        assert (stored.state, stored.failure.code, stored.finished_at) == (JobState.FAILED, "worker_lost", LEASE)
        assert stored.next_delivery_at == LEASE

    async def test_an_expired_job_that_was_to_stop_is_cancelled(self, stores: Stores) -> None:
        job = await running(stores)
        await stores.jobs.request_cancel("j1", NOON)
        assert await stores.jobs.expire_leases(LEASE, 3) == 1
        assert (await found(stores, job)).state is JobState.CANCELLED

    async def test_every_lease_is_expired_once(self, handles: Handles) -> None:
        for number in range(6):
            await running(handles[0], number)
        counts = await asyncio.gather(*(handles[i % 2].jobs.expire_leases(LEASE, 3) for i in range(6)))
        assert sum(counts) == 6
