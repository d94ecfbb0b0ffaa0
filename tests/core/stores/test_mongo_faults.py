"""MongoDB only: crashes between two writes, starts at the same time, and servers that cannot be used."""

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from functools import partial, reduce
from typing import TypeVar

import pytest

from core.accounts.model import Account
from core.clock import MINUTE
from core.credits.model import State
from core.errors import ConfigError, StoreCorrupt, StoreError, StoreRefused, StoreTooNew, StoreUnreachable
from core.observe.model import Rollup, Usage
from core.observe.rows import rows_of
from core.stores.mongo import open_mongo
from core.stores.mongo.database import MongoDatabase, explain
from core.stores.mongo.ledger import _gapless
from core.stores.mongo.schema import SCHEMA_VERSION
from core.stores.mongo.usage import MongoUsage
from core.stores.ports import Stores
from tests.core.stores.contract import grant
from tests.core.stores.contract_jobs import LEASE, new_job, queued
from tests.core.stores.contract_reports import fallen_back, usage
from tests.servers import Secantus, free_port
from tests.support import ALICE, NOON

T = TypeVar("T")
TODAY = "2026-11-23"


@pytest.fixture
def url(mongo: Secantus) -> str:
    return mongo.url(f"easel_test_{secrets.token_hex(6)}")


@pytest.fixture
async def opened(url: str) -> AsyncIterator[tuple[MongoDatabase, Stores]]:
    database, stores = await open_mongo(url)
    yield database, stores
    await database.drop()
    await database.close()


async def test_an_account_whose_binding_was_all_that_was_saved_is_completed_at_the_next_look(
    opened: tuple[MongoDatabase, Stores],
) -> None:
    database, stores = opened
    await stores.accounts.create(ALICE, Account("a1", NOON, free_from=7))
    await database.run(database.collection("accounts").delete_one({"_id": "a1"}))
    assert await stores.accounts.find(ALICE) == Account("a1", NOON, free_from=7)
    assert await stores.accounts.create(ALICE, Account("a2", NOON)) == Account("a1", NOON, free_from=7)
    assert await stores.accounts.get("a1") is not None


class Killed(Exception):
    """The process ends here."""


async def killed() -> None:
    raise Killed


class Disturbed(MongoDatabase):
    """The connection of another process, to which something happens after its command number `at`, from 1."""

    at = 0
    deed: Callable[[], Awaitable[object]] = staticmethod(killed)

    async def run(self, command: Awaitable[T]) -> T:
        answer = await super().run(command)
        self.at -= 1
        if self.at == 0:
            await self.deed()
        return answer


@pytest.fixture
async def disturbed(opened: tuple[MongoDatabase, Stores], url: str) -> AsyncIterator[Disturbed]:
    """A second process on the database that is open already."""
    database = await Disturbed.open(url)
    yield database
    await database.close()


def added(rollups: list[Rollup]) -> dict[str, int]:
    return dict(sum((Counter(row.counters) for row in rollups), Counter[str]()))


def times(number: int, record: Usage) -> list[Rollup]:
    """The sums of so many records like this one."""
    rows = rows_of(record)
    return [reduce(Rollup.plus, [row] * number) for row in rows]


COMMANDS = 25
"""Of a record with three rows, which are in four sums: insert; seven times read the row, read the record, write the
row; the event; mark; leave."""


async def test_a_process_may_be_killed_after_any_write_of_a_record(
    opened: tuple[MongoDatabase, Stores], disturbed: Disturbed
) -> None:
    stores, usages = opened[1], MongoUsage(disturbed)
    for at in range(1, COMMANDS + 1):
        disturbed.at = at
        with pytest.raises(Killed):
            await usages.record(fallen_back(f"r{at}"))
        assert not await stores.usage.record(fallen_back(f"r{at}"))
        assert await stores.usage.recount(NOON) == 0
        assert await stores.usage.recount(NOON + MINUTE) == int(at < COMMANDS - 1)  # marked, unless it came later
        assert await stores.usage.rollups(TODAY, TODAY) == times(at, fallen_back())
        assert added(await stores.usage.totals(TODAY, TODAY)) == added(times(at, fallen_back()))
        assert added(await stores.usage.dearest(TODAY[:7], 9)) == added(times(at, fallen_back()))
        assert await stores.events.of_kinds(["usage"], 0, NOON + 1) != []
    assert await usages.record(fallen_back("whole"))
    assert disturbed.at == -COMMANDS


async def test_a_process_may_be_killed_while_it_counts_what_another_left(
    opened: tuple[MongoDatabase, Stores], disturbed: Disturbed
) -> None:
    stores, usages, kills = opened[1], MongoUsage(disturbed), 0
    for left in range(1, COMMANDS - 1):
        disturbed.at = left
        with pytest.raises(Killed):
            await usages.record(fallen_back(f"r{left}"))
        for at in range(1, COMMANDS + 1):
            disturbed.at = at
            with suppress(Killed):
                await usages.recount(NOON + MINUTE)
            kills += disturbed.at == 0
        assert await stores.usage.recount(NOON + MINUTE) == 0
        assert await stores.usage.rollups(TODAY, TODAY) == times(left, fallen_back())
    assert kills > COMMANDS


async def test_another_may_do_all_of_the_counting_between_any_two_steps_of_it(
    opened: tuple[MongoDatabase, Stores], disturbed: Disturbed
) -> None:
    stores, usages = opened[1], MongoUsage(disturbed)
    for at in range(1, COMMANDS + 1):
        disturbed.at, disturbed.deed = 1, killed
        with pytest.raises(Killed):
            await usages.record(fallen_back(f"r{at}"))
        disturbed.at, disturbed.deed = at, partial(stores.usage.recount, NOON + MINUTE)
        await usages.recount(NOON + MINUTE)
        assert await stores.usage.rollups(TODAY, TODAY) == times(at, fallen_back())


async def test_who_counts_at_the_same_time_counts_each_row_once(
    opened: tuple[MongoDatabase, Stores], disturbed: Disturbed
) -> None:
    stores, others = opened[1], MongoUsage(disturbed)
    for number in range(5):
        await asyncio.gather(
            stores.usage.record(fallen_back(f"r{number}")),
            *((stores.usage, others)[i % 2].recount(NOON + MINUTE) for i in range(6)),
        )
    assert await stores.usage.rollups(TODAY, TODAY) == times(5, fallen_back())


async def test_what_an_older_easel_did_not_finish_counting_is_counted_where_it_began(
    opened: tuple[MongoDatabase, Stores],
) -> None:
    database, stores = opened
    old = usage("r1").model_dump_json(exclude={"requests", "calls", "earned", "model_used"})
    half = {"_id": "r1", "account": "a", "at": NOON, "counted": False, "doc": old}
    await database.run(database.collection("usage").insert_one(half))
    (row,) = rows_of(usage("r1"))
    sums = {"day": TODAY, "version": 1, "pending": ["r1"], "doc": row.model_dump_json(exclude={"model"})}
    await database.run(database.collection("rollups").insert_one({"_id": f"a|{TODAY}|demo|image", **sums}))
    assert await stores.usage.recount(NOON + MINUTE) == 1
    await stores.usage.record(usage("r2", model_used="art"))
    rows = await stores.usage.rollups(TODAY, TODAY)
    assert [(each.model, each.counters["requests"]) for each in rows] == [("", 1), ("art", 1)]


async def test_an_older_database_is_brought_to_this_version(opened: tuple[MongoDatabase, Stores], url: str) -> None:
    database, stores = opened
    jobs, meta = database.collection("jobs"), database.collection("meta")
    await stores.jobs.create(new_job(1))
    await database.run(meta.update_one({"_id": "schema"}, {"$set": {"version": 1}}))
    for index in ("conversation_1_created_at_1", "account_1_reply_key_1_finished_at_1"):
        await database.run(jobs.drop_index(index))
    rollups = database.collection("rollups")
    await database.run(rollups.create_index([("day", 1), ("cost", -1)]))
    again, others = await open_mongo(url)
    schema = await database.run(meta.find_one({"_id": "schema"}))
    assert schema == {"_id": "schema", "version": SCHEMA_VERSION, "installation": stores.installation}
    assert {"conversation_1_created_at_1", "account_1_reply_key_1_finished_at_1"} <= set(
        await database.run(jobs.index_information())
    )
    indexes = await database.run(rollups.index_information())
    assert {"day_1_cost_-1_account_1"} == {name for name in indexes if name.startswith("day_1")}
    assert await others.jobs.get("j1") == new_job(1)
    await again.close()


async def test_a_job_that_cannot_be_read_is_passed_over(opened: tuple[MongoDatabase, Stores]) -> None:
    database, stores = opened
    for number in (1, 2):
        await queued(stores, number)
    await database.run(database.collection("jobs").update_one({"_id": "j1"}, {"$set": {"doc": "{}"}}))
    job = await stores.jobs.claim("w", NOON, LEASE)
    assert job is not None
    assert job.id == "j2"
    assert await stores.jobs.claim("w", NOON, LEASE) is None


async def test_many_processes_may_start_on_an_empty_database_at_once(url: str) -> None:
    started = await asyncio.gather(*(open_mongo(url) for _ in range(6)))
    assert len({stores.installation for _, stores in started}) == 1
    await started[0][0].drop()
    for database, _ in started:
        await database.close()


async def test_a_database_of_a_newer_easel_is_left_alone(opened: tuple[MongoDatabase, Stores], url: str) -> None:
    database, _ = opened
    await database.run(database.collection("meta").update_one({"_id": "schema"}, {"$set": {"version": 99}}))
    with pytest.raises(StoreTooNew, match="has schema version 99"):
        await open_mongo(url)


async def test_a_database_of_another_program_is_left_alone(opened: tuple[MongoDatabase, Stores], url: str) -> None:
    database, _ = opened
    await database.drop()
    await database.run(database.collection("theirs").insert_one({"_id": 1}))
    with pytest.raises(StoreCorrupt, match="belongs to another program"):
        await open_mongo(url)
    assert await database.run(database.collection("meta").find_one({})) is None


async def test_the_servers_clock_is_read_right_in_every_time_zone(
    opened: tuple[MongoDatabase, Stores], monkeypatch: pytest.MonkeyPatch
) -> None:
    for zone in ("Europe/Berlin", "America/New_York", "UTC"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        assert abs(await opened[0].now() - time.time() * 1_000) < MINUTE
    monkeypatch.undo()
    time.tzset()


async def test_a_tail_that_does_not_follow_its_snapshot_is_not_believed() -> None:
    entries, state = [], State("a")
    for number in range(4):
        entry, state = grant(state, f"g{number}")
        entries.append(entry)
    assert _gapless(entries, 0) == entries
    assert _gapless(entries[1:], 0) == []
    assert _gapless([entries[2], entries[3]], 2) == entries[2:]
    assert _gapless([entries[0], entries[2]], 0) == entries[:1]


async def test_a_server_that_does_not_speak_tls_is_said(mongo: Secantus) -> None:
    with pytest.raises(StoreUnreachable):
        await open_mongo(mongo.url("easel") + "&tls=true&serverSelectionTimeoutMS=300")


async def test_every_write_waits_for_a_majority_and_its_journal_whatever_the_address_says(mongo: Secantus) -> None:
    database = await MongoDatabase.open(mongo.url(f"easel_{secrets.token_hex(4)}") + "&w=1&journal=false")
    assert database.collection("entries").write_concern.document == {"w": "majority", "j": True}
    assert database.collection("entries").read_concern.level == "majority"
    await database.drop()
    await database.close()


async def test_a_server_that_is_not_there_is_said_without_the_password() -> None:
    with pytest.raises(StoreUnreachable) as caught:
        await open_mongo(f"mongodb://easel:s3cr3t@127.0.0.1:{free_port()}/easel?serverSelectionTimeoutMS=100")
    assert "s3cr3t" not in caught.value.detail
    assert "Topology" not in caught.value.detail


@pytest.mark.parametrize("url", ["mongodb://", "mongodb://h:port/x", "mongodb://u:p@w@h/x"])
async def test_an_address_that_cannot_be_used_is_a_setting_to_correct(url: str) -> None:
    with pytest.raises(ConfigError, match="DATABASE_URL: is not a MongoDB address"):
        await open_mongo(url)


async def test_a_wrong_password_is_said(mongo: Secantus) -> None:
    with pytest.raises(StoreRefused):
        await open_mongo(mongo.url("easel").replace("//", "//easel:s3cr3t@"))


async def test_a_closed_database_raises_our_error(url: str) -> None:
    database, stores = await open_mongo(url)
    await database.drop()
    await database.close()
    with pytest.raises(StoreError):
        await stores.jobs.get("j1")


def test_an_unknown_error_is_explained_without_a_story() -> None:
    error = explain(ValueError("odd, full error: {...}"))
    assert error.detail == "Easel's database failed (odd)."


async def test_numbers_beyond_64_bits_are_refused_and_not_cut(opened: tuple[MongoDatabase, Stores]) -> None:
    with pytest.raises(StoreError):
        await opened[1].limits.take("k", "r", 1, 2**70)


async def test_names_that_look_like_operators_stay_names(opened: tuple[MongoDatabase, Stores]) -> None:
    _, stores = opened
    for name in ("$where", "a.b", "$", "{}", "a\x00b"):
        assert await stores.limits.take(f"k{name}", name, 1, NOON) == 1
        assert await stores.limits.taken(f"k{name}") == [name]
        assert await stores.slots.take("$p.q", name, 9, NOON, NOON + 1)
        await stores.feed.post(name, name, "{}", NOON)
        assert len(await stores.feed.since(name, 0, 9)) == 1
