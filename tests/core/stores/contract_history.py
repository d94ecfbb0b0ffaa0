"""What every database must do when jobs are listed and erased."""

from core.jobs.model import JobState
from core.jobs.results import Result
from core.jobs.specs import ChatSpec
from core.stores.ports import Stores
from tests.core.stores.contract_deliveries import LATER, NEVER_ACCEPTED, done, paid
from tests.core.stores.contract_jobs import finish, found, new_job, queued, running
from tests.support import NOON


class ListContract:
    async def test_durations_are_those_of_the_latest_finished_jobs_of_a_kind(self, stores: Stores) -> None:
        for number in (1, 3, 2):
            await done(stores, number)
        await done(stores, 9, spec=ChatSpec(prompt="hi", model="c"))
        job = await running(stores, 4)
        await finish(stores, job, JobState.FAILED, now=NOON + 9999)
        assert await stores.jobs.recent_durations("image", 2) == [300, 200]
        assert await stores.jobs.recent_durations("chat", 9) == [900]
        again = await running(stores, 5)
        result = Result(provider="demo", model="m", text="x", cached=True)
        await finish(stores, again, JobState.DONE, result=result, now=NOON + 9_999)
        assert await stores.jobs.recent_durations("image", 2) == [300, 200]

    async def test_jobs_are_listed_by_account(self, stores: Stores) -> None:
        await done(stores, 3)
        await running(stores, 2, account="b")
        await stores.jobs.create(new_job(1))
        await queued(stores, 4, account="c")
        assert [job.id for job in await stores.jobs.open_jobs(["a", "b"])] == ["j1", "j2"]
        assert [job.id for job in await stores.jobs.all_jobs(["a", "b"])] == ["j1", "j2", "j3"]
        assert await stores.jobs.all_jobs([]) == await stores.jobs.open_jobs([]) == []

    async def test_every_account_that_has_a_job_is_known_once(self, stores: Stores) -> None:
        assert await stores.jobs.accounts() == []
        for number, account in enumerate("abab"):
            await stores.jobs.create(new_job(number, account=account))
        assert sorted(await stores.jobs.accounts()) == ["a", "b"]

    async def test_history_has_the_latest_first_and_only_what_was_accepted(self, stores: Stores) -> None:
        for number in (1, 2):
            await done(stores, number)
        await queued(stores, 3, account="b")
        await stores.jobs.create(new_job(4))
        await stores.jobs.create(new_job(5))
        await stores.jobs.fail_open("j5", NEVER_ACCEPTED, NOON)
        assert [job.id for job in await stores.jobs.history(["a", "b"], 9)] == ["j3", "j2", "j1"]
        assert await stores.jobs.history([], 9) == []

    async def test_history_is_as_long_as_asked_for_also_after_requests_that_were_never_accepted(
        self, stores: Stores
    ) -> None:
        for number in (1, 2, 3):
            await done(stores, number)
        for number in (4, 5, 6):
            await stores.jobs.create(new_job(number))
        assert [job.id for job in await stores.jobs.history(["a"], 2)] == ["j3", "j2"]


class BlankContract:
    async def test_a_settled_job_loses_everything_personal(self, stores: Stores) -> None:
        job = await paid(stores)
        await stores.jobs.delivered("j1", "m1", NOON)
        for _ in range(2):
            assert await stores.jobs.blank("j1", NOON)
        stored = await found(stores, job)
        text = stored.model_dump_json()
        assert not [word for word in ("red fox", "alice", "C1", "thread", "p.png", "m1") if word in text]
        assert stored.media == job.media  # by which its files can be found
        assert await stores.jobs.claim_delivery(None, LATER, LATER) is None

    async def test_an_answer_is_removed_too(self, stores: Stores) -> None:
        job = await running(stores, spec=ChatSpec(prompt="my question", model="c"))
        await finish(stores, job, result=Result(provider="demo", model="c", text="private"))
        await stores.jobs.settled("j1", 1, NOON)
        assert await stores.jobs.blank("j1", NOON)
        assert "private" not in (await found(stores, job)).model_dump_json()

    async def test_what_is_open_or_unsettled_or_just_being_posted_is_left_alone(self, stores: Stores) -> None:
        await running(stores, 1)
        await queued(stores, 2)
        await stores.jobs.create(new_job(3))
        for number in (1, 2, 3):
            assert not await stores.jobs.blank(f"j{number}", NOON)
        await stores.jobs.request_cancel("j2", NOON)
        assert not await stores.jobs.blank("j2", NOON)
        await stores.jobs.settled("j2", 0, NOON)
        assert await stores.jobs.claim_delivery("j2", NOON, LATER) is not None
        assert not await stores.jobs.blank("j2", LATER - 1)
        assert (await found(stores, new_job(2))).spec.prompt
        assert await stores.jobs.blank("j2", LATER)

    async def test_after_a_failed_post_nothing_stands_in_the_way(self, stores: Stores) -> None:
        await paid(stores)
        await stores.jobs.claim_delivery("j1", NOON + 100, LATER)
        await stores.jobs.post_failed("j1")
        assert await stores.jobs.claim_delivery("j1", LATER - 1, LATER) is None
        assert await stores.jobs.blank("j1", LATER - 1)

    async def test_a_post_that_ends_late_does_not_undo_the_blanking(self, stores: Stores) -> None:
        job = await paid(stores)
        await stores.jobs.claim_delivery("j1", NOON + 100, LATER)
        await stores.jobs.blank("j1", LATER)
        await stores.jobs.delivered("j1", "m1", LATER)
        assert (await found(stores, job)).message_id is None

    async def test_an_abandoned_job_can_be_blanked(self, stores: Stores) -> None:
        job = await stores.jobs.create(new_job())
        await stores.jobs.abandon("j1", "why", NOON)
        assert await stores.jobs.blank("j1", NOON)
        assert (await found(stores, job)).spec.prompt == ""
        assert await stores.jobs.blank("unknown", NOON)

    async def test_the_books_of_a_blank_job_stay(self, stores: Stores) -> None:
        job = await paid(stores)
        await stores.jobs.blank("j1", NOON)
        stored = await found(stores, job)
        assert (stored.charged, stored.quote, stored.account, stored.state) == (5, job.quote, "a", JobState.DONE)

    async def test_stale_jobs_are_settled_old_and_not_blank(self, stores: Stores) -> None:
        for number in (3, 1, 2):
            await done(stores, number)
        await queued(stores, 4)
        for number in (1, 2):
            await stores.jobs.settled(f"j{number}", 5, NOON)
        assert [job.id for job in await stores.jobs.stale(NOON + 300, 9)] == ["j1", "j2"]
        assert [job.id for job in await stores.jobs.stale(NOON + 300, 1)] == ["j1"]
        assert [job.id for job in await stores.jobs.stale(NOON + 200, 9)] == ["j1"]
        await stores.jobs.blank("j1", NOON)
        assert [job.id for job in await stores.jobs.stale(NOON + 300, 9)] == ["j2"]
