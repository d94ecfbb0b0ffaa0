"""What every database must do for running the place: audit, events, keys, sums of days, and lists page by page."""

import asyncio
from dataclasses import replace
from typing import Any

from core.accounts.model import Account, Identity, Role
from core.admin.figures import Queue
from core.admin.model import Audited, Event, Key, KeyKind, Scope
from core.clock import DAY
from core.credits.apply import apply
from core.credits.decide import decide
from core.credits.model import Kind, Origin, State
from core.credits.operations import Adjust, Grant, Operation
from core.jobs.model import JobState
from core.stores.ports import Stores, Sum
from tests.core.stores.contract_jobs import finish, new_job, queued, running
from tests.core.stores.contract_reports import call, usage
from tests.support import NOON


def line(number: int, **changes: Any) -> Audited:
    made = Audited(f"r{number}", NOON + number // 2, "a1", "discord:1", "grant", "a2", "a bug", {"n": 1}, {"n": [2]})
    return replace(made, **changes)


def event(number: int, kind: str = "purchase", account: str | None = "a") -> Event:
    return Event(f"e{number}", NOON + number // 2, kind, account, {"amount": 5, "why": "ünï"})


def key(name: str, kind: KeyKind = "token", expires_at: int = NOON + DAY) -> Key:
    return Key(f"digest-{name}", kind, name, f"actor:{name}", name, (Scope.READ, Scope.EVENTS), NOON, expires_at)


class AuditContract:
    async def test_a_line_is_read_back_as_it_was_and_written_once(self, stores: Stores, other: Stores) -> None:
        assert await stores.audit.append(line(1))
        assert not await other.audit.append(line(1, why="rewritten"))
        assert await other.audit.get("r1") == line(1)
        assert await other.audit.get("r2") is None

    async def test_pages_have_the_newest_first_and_miss_nothing_of_one_instant(self, stores: Stores) -> None:
        for number in range(5):
            await stores.audit.append(line(number))
        first = await stores.audit.page(None, 2)
        second = await stores.audit.page((first[-1].at, first[-1].id), 2)
        third = await stores.audit.page((second[-1].at, second[-1].id), 2)
        assert [each.id for each in (*first, *second, *third)] == ["r4", "r3", "r2", "r1", "r0"]

    async def test_lines_are_found_by_actor_action_and_target(self, stores: Stores) -> None:
        for each in (line(1), line(2, actor="b"), line(3, action="revoke"), line(4, target="x")):
            await stores.audit.append(each)
        assert [each.id for each in await stores.audit.page(None, 9, actor="b")] == ["r2"]
        assert [each.id for each in await stores.audit.page(None, 9, action="revoke")] == ["r3"]
        assert [each.id for each in await stores.audit.page(None, 9, target="x")] == ["r4"]
        assert [each.id for each in await stores.audit.page(None, 9, actor="a1", action="grant")] == ["r4", "r1"]


class EventContract:
    async def test_an_event_is_read_back_as_it_was_and_kept_once(self, stores: Stores, other: Stores) -> None:
        assert await stores.events.append(event(1))
        assert not await other.events.append(replace(event(1), data={}))
        assert await other.events.page(None, 5) == [event(1)]
        assert (await other.events.get("e1"), await other.events.get("e2")) == (event(1), None)

    async def test_events_are_paged_and_found_by_kind_and_account(self, stores: Stores) -> None:
        for each in (event(0), event(1, "refund"), event(2, account="b"), event(3, account=None)):
            await stores.events.append(each)
        first = await stores.events.page(None, 3)
        assert [each.id for each in first] == ["e3", "e2", "e1"]
        assert await stores.events.page((first[-1].at, first[-1].id), 3) == [event(0)]
        assert await stores.events.page(None, 9, kind="refund") == [event(1, "refund")]
        assert await stores.events.page(None, 9, account="b") == [event(2, account="b")]

    async def test_who_follows_them_reads_the_oldest_first_from_a_place_on(self, stores: Stores) -> None:
        for number in range(4):
            await stores.events.append(event(number))
        first = await stores.events.after(None, NOON + 9, 2)
        rest = await stores.events.after((first[-1].at, first[-1].id), NOON + 9, 9)
        assert [each.id for each in (*first, *rest)] == ["e0", "e1", "e2", "e3"]
        assert [each.id for each in await stores.events.after(None, NOON + 1, 9)] == ["e0", "e1"]

    async def test_kinds_of_a_time_are_found_and_old_ones_forgotten(self, stores: Stores) -> None:
        for each in (event(0), event(1, "refund"), event(2), event(4), event(5, "role")):
            await stores.events.append(each)
        found = await stores.events.of_kinds(["purchase", "refund"], NOON, NOON + 2)
        assert [each.id for each in found] == ["e0", "e1", "e2"]
        await stores.events.purge(NOON + 1)
        assert [each.id for each in await stores.events.page(None, 9)] == ["e5", "e4", "e2"]

    async def test_a_picture_that_was_recorded_is_an_event_and_a_command_is_none(self, stores: Stores) -> None:
        await stores.usage.record(usage("r1", credits=5, calls=(call("p", "m", "done", 7),)))
        await stores.usage.record(usage("r1"))
        await stores.usage.record(usage("r2", operation="balance"))
        (found,) = await stores.events.page(None, 9)
        assert (found.id, found.kind, found.account, found.at) == ("usage:r1", "usage", "a", NOON)
        assert (found.data["credits"], found.data["costNano"], found.data["status"]) == (5, 7, "done")


class KeyContract:
    async def test_a_key_is_found_until_it_expires_or_is_removed(self, stores: Stores, other: Stores) -> None:
        assert await stores.keys.add(key("ci"))
        assert await other.keys.find("digest-ci", NOON) == key("ci")
        assert await other.keys.find("digest-ci", NOON + DAY) is None
        await other.keys.remove("digest-ci")
        assert await stores.keys.find("digest-ci", NOON) is None

    async def test_tokens_have_a_name_each_and_sessions_may_share_one(self, stores: Stores) -> None:
        assert await stores.keys.add(key("ci"))
        assert not await stores.keys.add(replace(key("ci"), digest="another"))
        assert await stores.keys.add(replace(key("s", "session"), digest="one"))
        assert await stores.keys.add(replace(key("s", "session"), digest="two"))
        assert [each.digest for each in await stores.keys.listed("session")] == ["one", "two"]
        assert await stores.keys.revoke("session", "s") == 2
        assert [each.name for each in await stores.keys.listed("token")] == ["ci"]

    async def test_a_link_lets_in_once_whoever_is_first(self, stores: Stores, other: Stores) -> None:
        await stores.keys.add(key("l", "link"))
        taken = await asyncio.gather(*(one.keys.take("digest-l", NOON) for one in (stores, other, stores, other)))
        assert [each for each in taken if each] == [key("l", "link")]

    async def test_what_is_no_link_or_is_over_cannot_be_taken(self, stores: Stores) -> None:
        await stores.keys.add(key("ci"))
        await stores.keys.add(key("old", "link", NOON))
        assert await stores.keys.take("digest-ci", NOON) is None
        assert await stores.keys.take("digest-old", NOON) is None
        assert await stores.keys.find("digest-ci", NOON) is not None

    async def test_keys_are_forgotten_when_over(self, stores: Stores) -> None:
        await stores.keys.add(key("a"))
        await stores.keys.add(key("b", "session", NOON + 1))
        assert await stores.keys.listed("session") == [key("b", "session", NOON + 1)]
        await stores.keys.purge(NOON + 1)
        assert await stores.keys.listed("session") == []
        assert await stores.keys.listed("token") == [key("a")]


class BookContract:
    async def test_a_day_is_changed_by_who_has_read_it_last(self, stores: Stores, other: Stores) -> None:
        books = stores.books
        assert await books.put("2026-11-23", "{}", 0)
        assert not await other.books.put("2026-11-23", "no", 0)
        assert await other.books.put("2026-11-23", '{"a": 1}', 1)
        assert not await books.put("2026-11-23", "no", 1)
        await books.put("2026-11-25", "{}", 0)
        assert await books.days("2026-11-22", "2026-11-24") == {"2026-11-23": (2, '{"a": 1}')}


class SumContract:
    async def test_entries_of_a_time_are_added_up_by_kind_and_origin(self, stores: Stores) -> None:
        for account in ("a", "b"):
            state = State(account)
            asked: list[Operation] = [
                    Grant(account, "g1", 10, Origin.PAID), Grant(account, "g2", 5, Origin.FREE),
                    Adjust(account, "x", -3, "why"), Grant(account, "g3", 100, Origin.PAID),
            ]  # fmt: skip
            for number, operation in enumerate(asked):
                entry = decide(state, operation, NOON + number)
                state = apply(state, entry)
                await stores.ledger.append(entry, state)
        sums = await stores.ledger.sums(NOON, NOON + 3)
        assert set(sums) == {
            Sum(Kind.GRANT, Origin.PAID, 20), Sum(Kind.GRANT, Origin.FREE, 10), Sum(Kind.ADJUST, None, -6)
        }  # fmt: skip
        assert await stores.ledger.sums(NOON + 4, NOON + 9) == []
        latest = await stores.ledger.latest("a", None, 2)
        assert [entry.op for entry in latest] == ["g3", "x"]
        assert [entry.op for entry in await stores.ledger.latest("a", latest[-1].seq, 9)] == ["g2", "g1"]


class SummaryContract:
    async def test_totals_are_the_sum_of_all_accounts_by_day(self, stores: Stores) -> None:
        for number, account in enumerate("abb"):
            await stores.usage.record(usage(f"r{number}", account, credits=2, calls=(call("p", "m", "done", 7),)))
        await stores.usage.record(usage("r9", "a", at=NOON + DAY))
        totals = await stores.usage.totals("2026-11-23", "2026-11-23")
        assert {(row.day, row.account, row.provider) for row in totals} == {
            ("2026-11-23", "*", "demo"), ("2026-11-23", "*", "p")
        }  # fmt: skip
        assert sum(row.counters.get("requests", 0) for row in totals) == 3
        assert sum(row.counters.get("cost_nano", 0) for row in totals) == 21
        assert sum(sum(row.histograms.get("totalMs", [])) for row in totals) == 3
        assert {row.account for row in await stores.usage.rollups("2026-01-01", "2026-12-31")} == {"a", "b"}

    async def test_who_costs_most_in_a_month_comes_first(self, stores: Stores) -> None:
        for number, (account, cost) in enumerate([("a", 5), ("b", 9), ("c", 7), ("a", 1)]):
            calls = (call("p", "m", "done", cost), call("q", "n", "done", cost))
            await stores.usage.record(usage(f"r{number}", account, at=NOON + number * DAY, calls=calls))
        found = await stores.usage.dearest("2026-11", 2)
        assert [(row.day, row.account, row.counters["cost_nano"]) for row in found] == [
            ("2026-11", "b", 18), ("2026-11", "c", 14)
        ]  # fmt: skip
        assert await stores.usage.dearest("2026-12", 2) == []

    async def test_an_account_has_its_own_days_and_is_counted_once_as_active(self, stores: Stores) -> None:
        for number, account in enumerate("aab"):
            await stores.usage.record(usage(f"r{number}", account, at=NOON + number * DAY))
        mine = await stores.usage.of_days(["a"], "2026-11-24", "2026-11-30")
        assert [(row.day, row.account) for row in mine] == [("2026-11-24", "a")]
        assert await stores.usage.active("2026-11-23", "2026-11-25") == 2
        assert await stores.usage.active("2026-11-26", "2026-11-30") == 0

    async def test_who_was_active_is_counted_once_over_months_and_what_is_left_of_them(self, stores: Stores) -> None:
        for number, (account, days) in enumerate([("a", 0), ("a", 8), ("b", 9), ("c", 38), ("a", 39)]):
            await stores.usage.record(usage(f"r{number}", account, at=NOON + days * DAY))
        count = stores.usage.active
        assert await count("2026-11-23", "2026-12-31") == 3
        assert await count("2026-11-23", "2026-12-30") == 2
        assert await count("2026-11-24", "2026-12-31") == 3
        assert await count("2026-12-02", "2026-12-31") == 2
        assert await count("2026-12-01", "2027-01-01") == 3
        assert await count("2026-12-03", "2027-01-01") == 2

    async def test_what_became_known_later_is_in_the_sums_of_its_day(self, stores: Stores) -> None:
        record = usage("r1", "a", calls=(call("p", "m", "unknown", None),))
        await stores.usage.record(record)
        await stores.usage.record(record.addition(0, call("p", "m", "done", 7)))
        totals = await stores.usage.totals("2026-11-23", "2026-11-23")
        assert sum(row.counters.get("cost_nano", 0) for row in totals) == 7
        assert sum(row.counters.get("cost_unknown", 0) for row in totals) == 0
        assert sum(row.counters.get("requests", 0) for row in totals) == 1


class PageContract:
    async def test_accounts_are_paged_and_found_by_role_and_suspension(self, stores: Stores) -> None:
        for number in range(5):
            await stores.accounts.create(Identity("discord", str(number)), Account(f"a{number}", NOON + number))
        await stores.accounts.set_role("a1", Role.ADMIN)
        await stores.accounts.set_role("a2", Role.ADMIN)
        await stores.accounts.set_role("a2", Role.USER)
        await stores.accounts.suspend("a3", "spam")
        await stores.accounts.merge("a0", "a4")
        accounts = stores.accounts
        assert [each.id for each in await accounts.page(None, 3)] == ["a4", "a3", "a2"]
        assert [each.id for each in await accounts.page("a2", 3)] == ["a1"]
        assert [each.id for each in await accounts.page(None, 3, role=Role.ADMIN)] == ["a1"]
        assert [each.id for each in await accounts.page(None, 3, suspended=True)] == ["a3"]
        assert [each.id for each in await accounts.page(None, 9, suspended=False)] == ["a4", "a2", "a1"]
        await accounts.suspend("a3", None)
        assert await accounts.page(None, 3, suspended=True) == []
        assert await accounts.created(NOON + 1, NOON + 3) == 2

    async def test_strikes_are_counted(self, stores: Stores) -> None:
        await stores.accounts.strike("a", "r1")
        await stores.accounts.strike("a", "r1")
        await stores.accounts.strike("a", "r2")
        assert (await stores.accounts.strikes("a"), await stores.accounts.strikes("b")) == (2, 0)
        await stores.accounts.forgive("a")
        assert (await stores.accounts.strikes("a"), await stores.accounts.strike("a", "r1")) == (0, 1)

    async def test_jobs_are_paged_without_those_never_accepted(self, stores: Stores) -> None:
        for number in range(4):
            await queued(stores, number, account="ab"[number % 2], created_at=NOON + number // 2)
        await stores.jobs.create(new_job(8))
        await stores.jobs.create(new_job(9))
        await stores.jobs.abandon("j9", "no credits", NOON)
        jobs = stores.jobs
        first = await jobs.page(None, 3)
        assert [job.id for job in first] == ["j3", "j2", "j1"]
        assert [job.id for job in await jobs.page((first[-1].created_at, first[-1].id), 3)] == ["j0"]
        assert [job.id for job in await jobs.page(None, 9, account="b")] == ["j3", "j1"]
        assert await jobs.page(None, 9, state=JobState.DONE) == []

    async def test_what_is_in_the_works_is_counted(self, stores: Stores) -> None:
        assert await stores.jobs.queue() == Queue()
        ended = await running(stores, 1)
        await finish(stores, ended)
        await running(stores, 2)
        await queued(stores, 3)
        await queued(stores, 4)
        assert await stores.jobs.queue() == Queue(2, 1, 1, 1, new_job(3).created_at)
