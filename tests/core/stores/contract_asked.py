"""What every database must do when questions are looked for again, and with small settings."""

import asyncio

from core.jobs.model import JobState
from core.jobs.results import Result
from core.jobs.specs import ChatSpec
from core.stores.ports import Stores
from tests.core.stores.contract_jobs import finish, new_job, queued, running
from tests.support import NOON

KEY = "k"
SPOKEN = ChatSpec(prompt="hi", model="c", conversation="here")


async def answered(
    stores: Stores, number: int, *, fallback: bool = False, cached: bool = False, **changes: object
) -> None:
    """A chat that ended `number` seconds after noon."""
    job = await running(stores, number, **({"spec": SPOKEN, "reply_key": KEY} | changes))
    result = Result(provider="demo", model="c", text=f"answer {number}", fallback_used=fallback, cached=cached)
    await finish(stores, job, JobState.DONE, result=result, now=NOON + number * 1_000)


class AskedContract:
    async def test_a_conversation_is_its_latest_finished_chats_in_order(self, stores: Stores) -> None:
        for number in (1, 2, 3):
            await answered(stores, number)
        await answered(stores, 4, spec=SPOKEN.model_copy(update={"conversation": "elsewhere"}))
        await queued(stores, 5, spec=SPOKEN)
        found = await stores.jobs.conversation("here", NOON, 2)
        assert [job.id for job in found] == ["j2", "j3"]
        assert await stores.jobs.conversation("here", found[1].created_at + 1, 9) == []

    async def test_the_latest_answer_to_a_question_is_found_for_its_account_only(self, stores: Stores) -> None:
        for number in (1, 2):
            await answered(stores, number)
        await answered(stores, 3, account="b")
        found = await stores.jobs.answered("a", KEY, NOON)
        assert found is not None
        assert found.id == "j2"
        assert await stores.jobs.answered("a", KEY, NOON + 2_001) is None
        assert await stores.jobs.answered("a", "other", NOON) is None

    async def test_what_a_fallback_said_and_what_is_deleted_is_not_found(self, stores: Stores) -> None:
        await answered(stores, 1, fallback=True)
        assert await stores.jobs.answered("a", KEY, NOON) is None
        await answered(stores, 2)
        await stores.jobs.settled("j2", 1, NOON)
        assert await stores.jobs.blank("j2", NOON)
        assert await stores.jobs.answered("a", KEY, NOON) is None
        assert await stores.jobs.conversation("here", 0, 9) == [job for job in [await stores.jobs.get("j1")] if job]

    async def test_an_answer_that_was_itself_found_is_not_found_again_so_that_none_outlives_its_day(
        self, stores: Stores
    ) -> None:
        await answered(stores, 1)
        await answered(stores, 2, cached=True)
        found = await stores.jobs.answered("a", KEY, NOON)
        assert found is not None
        assert found.id == "j1"
        assert await stores.jobs.answered("a", KEY, NOON + 1_001) is None

    async def test_the_oldest_open_question_is_found(self, stores: Stores) -> None:
        assert await stores.jobs.asking("a", KEY) is None
        await answered(stores, 1)
        await stores.jobs.create(new_job(2, spec=SPOKEN, reply_key=KEY))
        await queued(stores, 3, spec=SPOKEN, reply_key=KEY)
        found = await stores.jobs.asking("a", KEY)
        assert found is not None
        assert found.id == "j2"
        assert await stores.jobs.asking("b", KEY) is None


class SettingContract:
    async def test_a_document_is_kept_by_scope(self, stores: Stores) -> None:
        assert await stores.settings.get("s") is None
        assert await stores.settings.put("s", "one", 0)
        kept = await stores.settings.get("s")
        assert kept is not None
        assert (kept.version, kept.doc) == (1, "one")
        assert await stores.settings.get("t") is None

    async def test_only_who_knows_the_latest_version_changes_it(self, stores: Stores) -> None:
        assert await stores.settings.put("s", "one", 0)
        assert not await stores.settings.put("s", "other", 0)
        assert await stores.settings.put("s", "two", 1)
        assert not await stores.settings.put("s", "other", 1)
        assert not await stores.settings.put("t", "other", 3)
        kept = await stores.settings.get("s")
        assert kept is not None
        assert (kept.version, kept.doc) == (2, "two")

    async def test_a_document_that_is_dropped_is_gone_and_can_be_made_anew(self, stores: Stores) -> None:
        for scope in ("s", "t"):
            assert await stores.settings.put(scope, "one", 0)
        for _ in range(2):
            await stores.settings.drop("s")
        assert await stores.settings.get("s") is None
        assert await stores.settings.get("t") is not None
        assert not await stores.settings.put("s", "two", 1)
        assert await stores.settings.put("s", "two", 0)

    async def test_of_many_who_change_it_at_once_one_succeeds(self, handles: tuple[Stores, Stores]) -> None:
        for version in (0, 1):
            saved = await asyncio.gather(*(handles[n % 2].settings.put("s", str(n), version) for n in range(10)))
            assert sorted(saved) == [False] * 9 + [True]
