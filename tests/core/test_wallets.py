"""A server's wallet pays for its members, each up to a cap, whatever happens at once or is cut short."""

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import replace

import pytest

from core.accounts.model import Identity
from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.credits.model import Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.errors import Refusal, ServerWalletEmpty, StoreBusy, TooManyInFlight
from core.jobs.model import Job
from core.requests import Accepted, Request
from core.stores.ports import Kept
from core.wallets import Share, Sponsor, Wallets, wallet_of
from tests.core.accounts.test_linking import link
from tests.fakes import Fault, Once, app_on, meddled, settled, with_provider, working
from tests.fakes.providers import Provider, fails
from tests.support import ALICE, BOB, ManualClock, chat, imagine

SERVER = "discord:1"
WALLET = wallet_of(SERVER)
PRICE = 10
MEMBERS = [Identity("discord", str(number)) for number in range(5)]


async def funded(app: App, credits: int = 100) -> None:
    await app.ledger.execute(Grant(WALLET, f"fund{credits}", credits, Origin.PROMO))


def asked(name: str = "r1", identity: Identity = ALICE, cap: int = 50, count: int = 1) -> Request:
    return replace(imagine(name, identity, count=count), sponsor=Sponsor(SERVER, cap))


async def accepted(app: App, request: Request) -> Job:
    outcome = await app.requests.submit(request)
    assert isinstance(outcome, Accepted)
    return outcome.job


async def made(app: App, request: Request) -> Job:
    job = await accepted(app, request)
    async with working(app):
        return await settled(app, job.id)


async def has(app: App, account: str = WALLET) -> tuple[int, int]:
    balance = await app.ledger.balance(account)
    return balance.available, balance.held


async def had(app: App, identity: Identity = ALICE) -> int:
    return await app.wallets.had(SERVER, (await app.accounts.for_identity(identity)).id)


@pytest.fixture
def able(app: App) -> App:
    return with_provider(app, Provider())


async def test_the_server_pays_and_the_person_does_not(able: App) -> None:
    await funded(able)
    job = await made(able, asked())
    account = await able.accounts.for_identity(ALICE)
    price = job.charged
    assert price
    assert job.payer == WALLET
    assert await has(able) == (100 - price, 0)
    assert await has(able, account.id) == (able.settings.signup_credits, 0)
    assert await had(able) == price
    usage = await able.stores.usage.get("r1")
    assert usage is not None
    assert (usage.account, usage.credits) == (account.id, price)
    assert (await verify_ledger(able.stores)).problems == ()


async def test_a_failure_gives_the_server_its_credits_back_and_the_member_their_part(app: App) -> None:
    broken = with_provider(app, fails())
    await funded(app)
    job = await made(broken, asked())
    assert job.state == "failed"
    assert await has(app) == (100, 0)
    assert await had(app) == 0


@pytest.mark.parametrize(("credits", "cap"), [(1, 50), (100, 1), (100, 0)])
async def test_beyond_the_cap_or_the_wallet_people_pay_themselves(able: App, credits: int, cap: int) -> None:
    await funded(able, credits)
    job = await made(able, asked(cap=cap))
    assert job.payer is None
    assert await has(able) == (credits, 0)
    assert await had(able) == 0


async def test_a_cap_is_for_a_month(able: App, clock: ManualClock) -> None:
    await funded(able)
    first = await made(able, asked("r1", cap=PRICE))
    assert (first.payer, (await made(able, asked("r2", cap=PRICE))).payer) == (WALLET, None)
    clock.move(31 * DAY)
    assert await had(able) == 0
    assert (await made(able, asked("r3", cap=PRICE))).payer == WALLET


async def test_each_member_has_so_many_at_a_time_and_others_are_not_in_the_way(able: App) -> None:
    await funded(able)
    most = able.settings.max_jobs_in_flight
    for number in range(most):
        await accepted(able, asked(f"a{number}"))
    with pytest.raises(TooManyInFlight):
        await accepted(able, asked("one more"))
    await accepted(able, asked("b", BOB))


async def test_many_at_once_from_two_processes_exceed_neither_cap_nor_wallet(able: App) -> None:
    await funded(able, 60)
    other = app_on(able, able.stores)
    requests = [asked(f"{who}-{n}", who, cap=2 * PRICE + 1) for who in MEMBERS for n in range(10)]

    async def submit(number: int, request: Request) -> None:
        with suppress(Refusal):
            await (able, other)[number % 2].requests.submit(request)

    await asyncio.gather(*(submit(number, request) for number, request in enumerate(requests)))
    available, held = await has(able)
    assert available + held == 60
    assert available >= 0
    shares = [await had(able, who) for who in MEMBERS]
    assert max(shares) <= 2 * PRICE
    accounts = [(await able.accounts.for_identity(who)).id for who in MEMBERS]
    paid = [job for job in await able.stores.jobs.all_jobs(accounts) if job.payer and not job.is_abandoned]
    by_member = Counter(dict.fromkeys(accounts, 0))
    for job in paid:
        by_member[job.account] += job.quote.total
    assert sorted(by_member.values()) == sorted(shares)
    assert sum(shares) == held
    assert held > 0
    assert (await verify_ledger(able.stores)).problems == ()


async def test_a_wallet_that_others_empty_meanwhile_is_said_and_nothing_is_left_held(able: App) -> None:
    await funded(able, PRICE)
    await able.accounts.for_identity(ALICE)
    between = Once("create", lambda: accepted(able, asked("r1", BOB, cap=PRICE)))
    again = app_on(able, meddled(able.stores, before=between))
    with pytest.raises(ServerWalletEmpty):
        await again.requests.submit(asked("r2"))
    assert between.done
    assert (await has(able))[1] == PRICE


async def test_a_crash_at_any_write_leaves_no_credit_and_no_part_of_a_cap_behind(able: App, clock: ManualClock) -> None:
    await funded(able, 1_000)
    for at in range(1, 9):
        for after in (False, True):
            who = Identity("discord", f"{at}{after}")
            fault = Fault(at)
            stores = meddled(able.stores, after=fault) if after else meddled(able.stores, before=fault)
            with suppress(StoreBusy):
                await app_on(able, stores).requests.submit(asked(f"crash-{at}-{after}", who))
    clock.move(MINUTE)
    async with working(able):
        await able.sweeper.sweep()
        clock.move(2 * HOUR)
        for _ in range(50):
            await able.sweeper.sweep()
            if (await has(able))[1] == 0:
                break
            await asyncio.sleep(0.05)
    available, held = await has(able)
    assert held == 0
    counted = sum([await had(able, Identity("discord", f"{at}{after}")) for at in range(1, 9) for after in (0, 1)])
    assert counted <= 1_000 - available
    assert (await verify_ledger(able.stores)).problems == ()


async def test_a_reservation_that_never_led_to_a_job_is_dropped_when_it_is_in_the_way(
    able: App, clock: ManualClock
) -> None:
    await funded(able)
    fault = Fault(1, reads=False)
    account = await able.accounts.for_identity(ALICE)
    lost = (await accepted(able, imagine("own"))).model_copy(update={"id": "lost", "account": account.id})
    assert await able.wallets.payer(lost, Sponsor(SERVER, PRICE)) == Share(WALLET, 0)
    assert fault.calls == 0
    assert await had(able) == lost.quote.total
    clock.move(6 * MINUTE)
    assert (await accepted(able, asked("r2", cap=PRICE))).payer == WALLET


async def test_an_answer_from_the_cache_takes_nothing_from_the_wallet(able: App) -> None:
    await funded(able)
    first = replace(chat("c1"), sponsor=Sponsor(SERVER, 50))
    job = await made(able, first)
    before = await had(able)
    await able.requests.submit(replace(first, id="c2"))
    assert (await had(able), (await has(able))[1]) == (before, 0)
    assert job.payer == WALLET


async def test_a_link_and_a_deletion_leave_the_wallet_alone(able: App, clock: ManualClock) -> None:
    await funded(able)
    await able.accounts.for_identity(BOB)
    clock.move(1)
    job = await made(able, asked())
    left = await has(able)
    await link(able, BOB, ALICE)
    assert await has(able) == left
    await able.privacy.delete(await able.accounts.for_identity(ALICE))
    assert await has(able) == left
    assert job.payer == WALLET
    assert (await verify_ledger(able.stores)).problems == ()


async def test_what_another_process_reserves_between_a_look_and_a_write_counts(able: App) -> None:
    await funded(able)
    job = await accepted(able, imagine("own"))
    first, second = (job.model_copy(update={"id": name}) for name in ("first", "second"))
    sponsor = Sponsor(SERVER, PRICE)

    class Crossed:
        """The other process is faster."""

        def __init__(self) -> None:
            self.real = able.stores.settings
            self.crossings = 0

        async def get(self, scope: str) -> Kept | None:
            return await self.real.get(scope)

        async def put(self, scope: str, doc: str, version: int) -> bool:
            self.crossings += 1
            if self.crossings == 1:
                assert await able.wallets.payer(second, sponsor) == Share(WALLET, 0)
            return await self.real.put(scope, doc, version)

        async def drop(self, scope: str) -> None:
            await self.real.drop(scope)

    settings = Crossed()
    crossed = Wallets(settings, able.ledger, able.stores.jobs, able.stores.accounts, able.clock, 9)
    assert await crossed.payer(first, sponsor) is None
    assert settings.crossings == 1
    assert await had(able) == PRICE


async def test_linked_accounts_share_one_cap(able: App, clock: ManualClock) -> None:
    await funded(able)
    for who in (ALICE, BOB):
        await able.accounts.for_identity(who)
        clock.move(1)
    assert (await made(able, asked("r1", BOB, cap=PRICE))).payer == WALLET
    await link(able, BOB, ALICE)
    assert await had(able, ALICE) == await had(able, BOB) == PRICE
    assert (await made(able, asked("r2", ALICE, cap=PRICE))).payer is None
    assert (await made(able, asked("r3", BOB, cap=2 * PRICE))).payer == WALLET
    assert (await made(able, asked("r4", ALICE, cap=2 * PRICE))).payer is None


async def test_a_job_that_was_paid_for_before_a_link_is_settled_in_the_wallet_and_counted_for_both(
    able: App, clock: ManualClock
) -> None:
    await funded(able)
    for who in (ALICE, BOB):
        await able.accounts.for_identity(who)
        clock.move(1)
    job = await accepted(able, asked("r1", BOB))
    await link(able, BOB, ALICE)
    async with working(able):
        assert (await settled(able, job.id)).charged == PRICE
    assert await has(able) == (100 - PRICE, 0)
    assert await had(able, ALICE) == PRICE
    assert (await verify_ledger(able.stores)).problems == ()


async def test_who_deletes_themselves_gets_no_second_cap_in_the_same_month(able: App, clock: ManualClock) -> None:
    await funded(able)
    await made(able, asked("r1", cap=PRICE))
    account = await able.accounts.for_identity(ALICE)
    clock.move(MINUTE)
    await able.privacy.delete(account)
    assert (await able.accounts.for_identity(ALICE)).id != account.id
    back = await able.accounts.for_identity(ALICE)
    await able.ledger.execute(Grant(back.id, "pay", 100, Origin.PAID))
    assert (await made(able, asked("r2", cap=PRICE))).payer is None
    clock.move(31 * DAY)
    assert (await made(able, asked("r3", cap=PRICE))).payer == WALLET


async def test_a_reservation_by_a_twin_that_came_after_the_settlement_is_dropped_when_it_is_in_the_way(
    able: App, clock: ManualClock
) -> None:
    await funded(able)
    job = await made(able, asked("r1", cap=2 * PRICE))
    assert await able.wallets.payer(job, Sponsor(SERVER, 2 * PRICE)) == Share(WALLET, 0)
    assert await had(able) == 2 * PRICE
    clock.move(6 * MINUTE)
    assert (await accepted(able, asked("r2", cap=2 * PRICE))).payer == WALLET


async def test_a_job_from_before_there_were_wallets_is_paid_by_its_account(able: App) -> None:
    job = await accepted(able, imagine("old"))
    document = job.model_dump(mode="json", exclude={"payer", "sponsored", "cap_left"})
    old = Job.model_validate(document)
    assert (old.payer, old.wallet) == (None, job.account)


def test_a_wallets_name_is_plain_whatever_the_server_is_called() -> None:
    assert wallet_of("slack:T1/E2") == "server:slack:T1/E2"
    assert len(wallet_of("x" * 500)) < 80
    assert wallet_of("a b") != wallet_of("a c")
