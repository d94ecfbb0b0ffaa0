"""What every database must do with the order of jobs, with those it cannot read, and with what gets old."""

import pytest

from core.accounts.model import Account, LinkCode
from core.clock import MINUTE
from core.stores.ports import Stores
from tests.core.stores.contract_jobs import IMAGE, LEASE, found, new_job, queued
from tests.core.stores.contract_reports import usage
from tests.support import ALICE, BOB, NOON


class TurnContract:
    async def test_jobs_take_turns(self, stores: Stores, other: Stores) -> None:
        for number, delay in ((1, 500), (2, 0), (3, 100)):
            job = await stores.jobs.create(new_job(number))
            assert await stores.jobs.enqueue(job.id, {}, delay)
        last = await found(stores, new_job(1))
        assert last.turn_at == NOON + 1 + 500
        assert await other.jobs.ahead(last) == 2
        order = [await other.jobs.claim("w", NOON, LEASE) for _ in range(4)]
        assert [job.id for job in order if job] == ["j2", "j3", "j1"]

    async def test_open_jobs_of_one_account_are_counted_up_to_this_one(self, stores: Stores) -> None:
        await queued(stores, 1)
        await stores.jobs.create(new_job(2))
        await queued(stores, 3, account="b")
        await queued(stores, 4)
        await stores.jobs.request_cancel("j4", NOON)
        fifth = await stores.jobs.create(new_job(5))
        assert await stores.jobs.open_before(fifth) == 2
        assert await stores.jobs.open_before(new_job(1)) == 0

    async def test_jobs_of_busy_models_are_passed_over(self, stores: Stores) -> None:
        await queued(stores, 1)
        await queued(stores, 2, spec=IMAGE.model_copy(update={"model": "other"}))
        assert await stores.jobs.claim("w", NOON, LEASE, ["m", "other"]) is None
        job = await stores.jobs.claim("w", NOON, LEASE, ["m"])
        assert job is not None
        assert (job.id, job.spec.model) == ("j2", "other")
        assert await stores.jobs.claim("w", NOON, LEASE, ["other", "x"]) is not None


class AgeContract:
    async def test_old_messages_are_forgotten(self, stores: Stores) -> None:
        for number in range(4):
            await stores.feed.post("c", f"m{number}", "{}", NOON + number)
        await stores.feed.purge(NOON + 2)
        assert [message.id for message in await stores.feed.since("c", 0, 9)] == ["m2", "m3"]
        assert (await stores.feed.post("c", "m9", "{}", NOON)).seq == 5

    async def test_old_records_are_forgotten_and_their_rollups_stay(self, stores: Stores) -> None:
        for number in range(3):
            await stores.usage.record(usage(f"r{number}", at=NOON + number))
        before = await stores.usage.rollups("2026-01-01", "2026-12-31")
        await stores.usage.purge(NOON + 2)
        assert [await stores.usage.get(f"r{number}") is None for number in range(3)] == [True, True, False]
        assert await stores.usage.rollups("2026-01-01", "2026-12-31") == before
        assert await stores.usage.recount(NOON + MINUTE) == 0

    async def test_a_big_backlog_goes_in_batches_and_completely(
        self, stores: Stores, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for database in ("sqlite", "mongo"):
            monkeypatch.setattr(f"core.stores.{database}.database.PURGE_BATCH", 2)
        for number in range(7):
            await stores.feed.post(f"c{number % 2}", f"m{number}", "{}", NOON + number)
            await stores.usage.record(usage(f"r{number}", at=NOON + number))
        for _ in range(2):
            await stores.feed.purge(NOON + 5)
            await stores.usage.purge(NOON + 5)
            kept = [message.id for channel in ("c0", "c1") for message in await stores.feed.since(channel, 0, 9)]
            assert sorted(kept) == ["m5", "m6"]
            assert [await stores.usage.get(f"r{number}") is None for number in range(7)] == [True] * 5 + [False] * 2

    async def test_codes_are_forgotten_unless_their_merge_is_unfinished(self, stores: Stores) -> None:
        for name in ("unused", "merged", "claimed", "fresh"):
            await stores.links.add(LinkCode(name, "a", NOON + (5 if name == "fresh" else 1)))
        for name in ("merged", "claimed"):
            await stores.links.claim(name, "b", NOON)
        await stores.links.mark_merged("merged")
        await stores.links.purge(NOON + 1)
        assert [code.digest for code in await stores.links.unmerged()] == ["claimed"]
        assert await stores.links.claim("merged", "b", NOON) is None
        assert await stores.links.claim("fresh", "b", NOON) is not None

    async def test_the_requests_of_a_window_are_known(self, stores: Stores, other: Stores) -> None:
        for request in ("r1", "r2", "r1"):
            await stores.limits.take("k", request, 9, NOON)
        assert sorted(await other.limits.taken("k")) == ["r1", "r2"]
        assert await stores.limits.taken("other") == []


class ClosingContract:
    async def test_independent_accounts_come_page_by_page(self, stores: Stores) -> None:
        await stores.accounts.create(ALICE, Account("a1", NOON))
        await stores.accounts.create(BOB, Account("a2", NOON))
        assert await stores.accounts.independent("", 1) == ["a1"]
        assert await stores.accounts.independent("a1", 9) == ["a2"]
        await stores.accounts.merge("a1", "a2")
        assert await stores.accounts.independent("", 9) == ["a2"]

    async def test_a_closed_account_says_so_until_it_is_opened_again(self, stores: Stores, other: Stores) -> None:
        await stores.accounts.create(ALICE, Account("a1", NOON))
        await stores.accounts.close("a1", NOON)
        closed = await other.accounts.find(ALICE)
        assert closed is not None
        assert closed.closing
        assert await other.accounts.closing(NOON - 1) == []
        assert await other.accounts.closing(NOON) == ["a1"]
        await stores.accounts.reopen("a1", NOON - 1)  # of another deletion
        assert await other.accounts.closing(NOON) == ["a1"]
        await stores.accounts.reopen("a1", NOON)
        assert await other.accounts.find(ALICE) == Account("a1", NOON)
        assert await other.accounts.closing(NOON) == []

    async def test_a_forgotten_account_stays_closed_and_is_not_closing_any_more(self, stores: Stores) -> None:
        await stores.accounts.create(ALICE, Account("a1", NOON))
        await stores.accounts.close("a1", NOON)
        await stores.accounts.forget(["a1"], [])
        await stores.accounts.reopen("a1", NOON)
        left = await stores.accounts.get("a1")
        assert left is not None
        assert left.closing
        assert await stores.accounts.closing(NOON) == []
