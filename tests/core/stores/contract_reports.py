"""What every database must do with usage records, their daily sums, and playground conversations."""

import asyncio

from core.clock import DAY
from core.jobs.attempts import Outcome, Tokens
from core.observe.model import NOBODY, CallCost, Indicators, Rollup, Usage
from core.stores.ports import FeedMessage, Stores
from tests.core.stores.contract import Handles
from tests.support import NOON


def usage(request: str = "r1", account: str = "a", at: int = NOON, total: float = 7, **more: object) -> Usage:
    said = Indicators(total_ms=total, status="done", provider_used="demo")
    record = Usage(request_id=request, account=account, platform="discord", operation="image", at=at, indicators=said)
    return record.model_copy(update=more)


def call(provider: str, model: str, outcome: Outcome, cost: int | None) -> CallCost:
    return CallCost(provider=provider, model=model, outcome=outcome, tokens=Tokens(input=5), cost=cost)


def fallen_back(request: str = "r1", account: str = "a") -> Usage:
    """Three calls of three models: rows of three keys, that of whom served before the others."""
    calls = call("p", "small", "retryable", 0), call("p", "big", "unknown", None), call("demo", "art", "done", 30)
    return usage(request, account, credits=10, model_used="art", calls=calls, earned=100)


def sums(rollups: list[Rollup], counter: str) -> dict[tuple[str, str], int]:
    """One counter by provider and model."""
    return {(row.provider, row.model): row.counters.get(counter, 0) for row in rollups}


class UsageContract:
    async def test_a_record_is_read_back_as_it_was(self, stores: Stores, other: Stores) -> None:
        record = fallen_back().model_copy(update={"pictures": 2, "model": "demo-art"})
        assert await stores.usage.record(record)
        assert await other.usage.get("r1") == record
        assert await other.usage.get("r2") is None

    async def test_a_request_is_recorded_and_added_up_once(self, stores: Stores, other: Stores) -> None:
        await stores.usage.record(usage(credits=10))
        assert not await other.usage.record(usage(credits=99))
        (rollup,) = await stores.usage.rollups("2026-11-23", "2026-11-23")
        assert (rollup.counters["requests"], rollup.counters["credits"]) == (1, 10)
        assert await stores.usage.get("r1") == usage(credits=10)

    async def test_days_accounts_and_operations_are_added_up_apart_in_order(self, stores: Stores) -> None:
        records = [
            usage("r1", "b"), usage("r2"), usage("r3"), usage("r4", at=NOON + DAY), usage("r5", operation="chat"),
            usage("r6", indicators=Indicators(total_ms=1, status="refused"), model_used=NOBODY),
            usage("r7", model_used="b"), usage("r8", model_used="a"),
        ]  # fmt: skip
        for record in records:
            await stores.usage.record(record)
        days = await stores.usage.rollups("2026-11-23", "2026-11-24")
        assert [(r.day[-2:], *r.key[1:], r.counters["requests"]) for r in days] == [
            ("23", "a", "demo", "", "chat", 1), ("23", "a", "demo", "", "image", 2),
            ("23", "a", "demo", "a", "image", 1), ("23", "a", "demo", "b", "image", 1),
            ("23", "a", "none", "none", "image", 1), ("23", "b", "demo", "", "image", 1),
            ("24", "a", "demo", "", "image", 1),
        ]  # fmt: skip
        assert [r.day for r in await stores.usage.rollups("2026-11-24", "2026-11-30")] == ["2026-11-24"]

    async def test_records_of_accounts_come_in_the_order_of_time(self, stores: Stores) -> None:
        for record in (usage("r2", at=NOON + 2), usage("r1", "b"), usage("r3", "c")):
            await stores.usage.record(record)
        assert [record.request_id for record in await stores.usage.of_accounts(["a", "b"])] == ["r1", "r2"]
        assert await stores.usage.of_accounts([]) == []

    async def test_records_at_once_are_all_added_up(self, handles: Handles) -> None:
        await asyncio.gather(*(handles[i % 2].usage.record(usage(f"r{i // 2}", total=i)) for i in range(40)))
        (rollup,) = await handles[0].usage.rollups("2026-11-23", "2026-11-23")
        assert rollup.counters["requests"] == 20
        assert sum(rollup.histograms["totalMs"]) == 20

    async def test_calls_are_added_up_at_whom_they_were_made_to(self, stores: Stores, other: Stores) -> None:
        for each, name in ((stores, "r1"), (other, "r2")):
            assert await each.usage.record(fallen_back(name))
        assert not await stores.usage.record(fallen_back("r2", "b"))
        rows = await other.usage.rollups("2026-11-23", "2026-11-23")
        assert sums(rows, "requests") == {("demo", "art"): 2, ("p", "big"): 0, ("p", "small"): 0}
        assert sums(rows, "calls") == {("demo", "art"): 2, ("p", "big"): 2, ("p", "small"): 2}
        assert sums(rows, "tokens_input") == {("demo", "art"): 10, ("p", "big"): 10, ("p", "small"): 10}
        assert sums(rows, "cost_nano") == {("demo", "art"): 60, ("p", "big"): 0, ("p", "small"): 0}
        assert sums(rows, "cost_unknown") == {("demo", "art"): 0, ("p", "big"): 2, ("p", "small"): 0}
        assert sums(rows, "earned_nano") == {("demo", "art"): 200, ("p", "big"): 0, ("p", "small"): 0}

    async def test_what_becomes_known_later_is_added_once_and_is_no_request(
        self, stores: Stores, other: Stores
    ) -> None:
        await stores.usage.record(fallen_back())
        addition = fallen_back().addition(1, call("p", "big", "done", 7))
        added = await asyncio.gather(*(each.usage.record(addition) for each in (stores, other, stores)))
        assert sorted(added) == [False, False, True]
        rows = await stores.usage.rollups("2026-11-23", "2026-11-23")
        assert sums(rows, "requests") == {("demo", "art"): 1, ("p", "big"): 0, ("p", "small"): 0}
        assert sums(rows, "calls") == {("demo", "art"): 1, ("p", "big"): 1, ("p", "small"): 1}
        assert sums(rows, "calls_done") == {("demo", "art"): 1, ("p", "big"): 1, ("p", "small"): 0}
        assert sums(rows, "cost_nano") == {("demo", "art"): 30, ("p", "big"): 7, ("p", "small"): 0}
        assert sum(sums(rows, "cost_unknown").values()) == sum(sums(rows, "calls_unknown").values()) == 0
        assert await other.usage.get("r1") == fallen_back()
        assert await other.usage.get("r1:call:1") == addition

    async def test_of_many_at_once_each_is_in_each_of_its_rows_once(self, handles: Handles) -> None:
        await asyncio.gather(*(handles[i % 2].usage.record(fallen_back(f"r{i // 3}")) for i in range(30)))
        rows = await handles[0].usage.rollups("2026-11-23", "2026-11-23")
        assert set(sums(rows, "calls").values()) == {10}
        assert sums(rows, "requests")["demo", "art"] == 10


class FeedContract:
    async def test_messages_are_numbered_over_all_channels(self, stores: Stores, other: Stores) -> None:
        posted = [
            await stores.feed.post("c", "m1", "{}", NOON),
            await other.feed.post("d", "m1", "{}", NOON),
            await other.feed.post("c", "m2", "{}", NOON),
        ]
        assert [message.seq for message in posted] == [1, 2, 3]
        assert await stores.feed.since("c", 0, 9) == [posted[0], posted[2]]

    async def test_a_message_is_posted_once_and_stays_as_it_was(self, stores: Stores, other: Stores) -> None:
        first = await stores.feed.post("c", "m1", '"first"', NOON)
        assert await other.feed.post("c", "m1", '"second"', NOON + 1) == first
        assert await stores.feed.since("c", 0, 9) == [first]

    async def test_a_page_reads_on_from_where_it_was(self, stores: Stores) -> None:
        posted = [await stores.feed.post("c", f"m{number}", "{}", NOON) for number in range(5)]
        assert await stores.feed.since("c", 3, 9) == posted[3:]
        assert await stores.feed.since("c", 5, 9) == []

    async def test_of_many_messages_the_latest_are_read_in_order(self, stores: Stores) -> None:
        posted = [await stores.feed.post("c", f"m{number}", "{}", NOON) for number in range(5)]
        assert await stores.feed.since("c", 0, 2) == posted[3:]

    async def test_what_was_said_is_forgotten_and_its_numbers_are_never_given_again(self, stores: Stores) -> None:
        kept = await stores.feed.post("d", "m", "{}", NOON)
        for number in range(3):
            await stores.feed.post("c", f"m{number}", '"private"', NOON)
        for _ in range(2):
            await stores.feed.forget("c")
        assert await stores.feed.since("c", 0, 9) == []
        assert await stores.feed.since("d", 0, 9) == [kept]
        again = await stores.feed.post("c", "m0", '"new"', NOON)
        assert (again.seq, again.body) == (5, '"new"')

    async def test_whoever_reads_on_while_many_post_misses_nothing(self, handles: Handles) -> None:
        seen: list[FeedMessage] = []

        async def reads_on() -> None:
            while len(seen) < 30:
                seen.extend(await handles[0].feed.since("c", seen[-1].seq if seen else 0, 99))

        reading = asyncio.create_task(reads_on())
        posted = await asyncio.gather(*(handles[i % 2].feed.post("c", f"m{i}", "{}", NOON) for i in range(30)))
        async with asyncio.timeout(5):
            await reading
        assert sorted(seen, key=lambda message: message.seq) == seen
        assert sorted(message.id for message in seen) == sorted(message.id for message in posted)
