"""`easel ledger verify`: each invariant, broken on purpose in a copy of right books, is named."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from core.accounts.model import Identity
from core.clock import HOUR
from core.credits.apply import fold
from core.credits.ledger import Ledger
from core.credits.model import Bucket, Entry, Kind, LotTerms, Origin, Part, State
from core.credits.operations import EndHold, Grant, PlaceHold, Reverse
from core.credits.problems import Problem
from core.credits.verify import check_entries, check_jobs, check_snapshot, verify_ledger
from core.jobs.model import Job, JobState, ReplyTo
from core.jobs.specs import ChatSpec, Quote
from core.stores.ports import Stores
from core.stores.sqlite import open_sqlite
from tests.support import NOON, ManualClock

Tampering = Callable[[list[Entry]], None]


@pytest.fixture
async def entries(stores: Stores, clock: ManualClock) -> list[Entry]:
    """A grant, a hold settled in part, and a reversal."""
    ledger = Ledger(stores.ledger, clock)
    await ledger.execute(Grant("a1", "pay", 100, Origin.PAID))
    await ledger.execute(PlaceHold("a1", "j", 40, NOON + HOUR, 9))
    await ledger.execute(EndHold("a1", "j", Kind.SETTLE, 30))
    await ledger.execute(Reverse("a1", "refund", "pay", 20))
    return await stores.ledger.entries("a1")


def broken(problems: Sequence[Problem]) -> set[str]:
    return {problem.invariant for problem in problems}


def test_right_books_have_no_problem(entries: list[Entry]) -> None:
    assert list(check_entries("a1", entries)) == []


def change(number: int, **changes: object) -> Tampering:
    def tamper(entries: list[Entry]) -> None:
        entries[number - 1] = replace(entries[number - 1], **changes)  # type: ignore[arg-type]  # any field

    return tamper


def remove(number: int) -> Tampering:
    def tamper(entries: list[Entry]) -> None:
        del entries[number - 1]

    return tamper


def add(**changes: object) -> Tampering:
    def tamper(entries: list[Entry]) -> None:
        entries.append(replace(entries[-1], seq=len(entries) + 1, **changes))  # type: ignore[arg-type]  # any field

    return tamper


def moving(source: Bucket, target: Bucket, amount: int) -> tuple[Part, ...]:
    return (Part("pay", source, target, amount),)


@pytest.mark.parametrize(
    ("invariant", "tamper"),
    [
        ("I1", change(2, parts=moving(Bucket.REMAINING, Bucket.HELD, 101))),
        ("I1", change(4, debt=-5)),
        ("I2", change(3, amount=-29)),
        ("I2", change(1, amount=1_000)),
        ("I3", add(op="pay", parts=(), amount=0, clawed=())),
        ("I4", add(op="again", kind=Kind.RELEASE, hold="j", parts=(), amount=0, clawed=())),
        ("I4", add(op="other", kind=Kind.RELEASE, hold="k", parts=(), amount=0, clawed=())),
        ("I4", change(3, amount=-41)),
        ("I5", remove(2)),
        ("I5", change(1, seq=2)),
        ("I7", change(1, lots=(LotTerms("pay", Origin.PAID, None, granted=99),))),
        ("I7", change(3, parts=moving(Bucket.HELD, Bucket.SPENT, 0))),
        ("I7", change(2, parts=moving(Bucket.REMAINING, Bucket.GRANTED, 40))),
        ("I8", change(4, clawed=(("pay", 101),))),
    ],
)
def test_a_broken_invariant_is_named(entries: list[Entry], invariant: str, tamper: Tampering) -> None:
    tamper(entries)
    problems = list(check_entries("a1", entries))
    assert invariant in broken(problems)
    assert str(problems[0]).startswith("a1: I")


def test_a_snapshot_that_differs_from_a_replay_is_I9(entries: list[Entry]) -> None:  # the invariant's name
    right = fold(State("a1"), entries)
    assert list(check_snapshot("a1", entries, right)) == []
    assert list(check_snapshot("a1", entries, None)) == []
    richer = replace(right, lots=(replace(right.lots[0], remaining=10**6),))
    assert broken(list(check_snapshot("a1", entries, richer))) == {"I9"}


def test_entries_that_cannot_be_replayed_are_I9(entries: list[Entry]) -> None:  # the invariant's name
    right = fold(State("a1"), entries)
    entries[1] = replace(entries[1], parts=(Part("nothing", Bucket.REMAINING, Bucket.HELD, 40),))
    assert broken(list(check_snapshot("a1", entries, right))) == {"I9"}


def test_a_snapshot_that_knows_more_than_is_there_is_I6(entries: list[Entry]) -> None:  # the invariant's name
    right = fold(State("a1"), entries)
    assert broken(list(check_snapshot("a1", entries[:-1], right))) == {"I6"}


def job(**changes: object) -> Job:
    values: dict[str, object] = {
        "id": "j", "request_id": "r", "account": "a1", "identity": Identity("playground", "alice"),
        "reply_to": ReplyTo(platform="playground", channel="c"), "spec": ChatSpec(prompt="hi", model="m"),
        "quote": Quote(each=40, count=1), "created_at": NOON, "hold_expires_at": NOON + HOUR,
        "state": JobState.DONE, "charged": 30, "settled_at": NOON,
    }  # fmt: skip
    return Job.model_validate(values | changes)


def test_a_job_and_the_ledger_agree_on_what_was_charged(entries: list[Entry]) -> None:
    assert list(check_jobs("a1", entries, [job()])) == []
    assert list(check_jobs("a1", entries, [job(settled_at=None, charged=None)])) == []
    assert broken(list(check_jobs("a1", entries, [job(charged=40)]))) == {"I6"}


def test_a_settled_job_whose_hold_never_ended_is_named(entries: list[Entry]) -> None:
    problems = list(check_jobs("a1", entries[:2], [job(charged=0)]))
    assert broken(problems) == {"I4"}


def test_an_open_hold_without_a_job_is_named(entries: list[Entry]) -> None:
    assert broken(list(check_jobs("a1", entries[:2], []))) == {"I4"}
    assert list(check_jobs("a1", entries[:2], [job(state=JobState.QUEUED, settled_at=None)])) == []


async def test_one_payment_credited_to_two_accounts_is_named(stores: Stores, clock: ManualClock) -> None:
    ledger = Ledger(stores.ledger, clock)
    await ledger.execute(Grant("a1", "paypal:cap:1", 100, Origin.PAID))
    await ledger.execute(Grant("a2", "paypal:cap:1", 100, Origin.PAID))
    report = await verify_ledger(stores)
    assert (report.accounts, report.entries) == (2, 2)
    assert [problem.invariant for problem in report.problems] == ["I8"]
    assert "a1, a2" in report.problems[0].detail


async def test_a_merged_account_is_right_on_both_sides(stores: Stores, clock: ManualClock) -> None:
    ledger = Ledger(stores.ledger, clock)
    await ledger.execute(Grant("a2", "pay", 100, Origin.PAID))
    await ledger.execute(Reverse("a2", "refund", "pay", 20))
    await ledger.drain("a2", "a1")
    await ledger.follow(Reverse("a2", "refund-2", "pay", 100, 2))
    assert (await verify_ledger(stores)).problems == ()


async def test_books_that_cannot_be_read_are_named_and_the_others_still_checked(
    tmp_path: Path, clock: ManualClock
) -> None:
    database, stores = await open_sqlite(tmp_path / "easel.db")
    ledger = Ledger(stores.ledger, clock)
    await ledger.execute(Grant("a1", "one", 5, Origin.PAID))
    await ledger.execute(Grant("a2", "two", 5, Origin.PAID))
    await database.write(lambda connection: connection.execute("UPDATE entries SET doc = '{' WHERE account = 'a1'"))
    report = await verify_ledger(stores)
    assert [(problem.account, problem.invariant) for problem in report.problems] == [("a1", "I9")]
    assert report.entries == 1
    await database.close()
