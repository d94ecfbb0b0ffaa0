"""The books say what the ledger says, day by day, whoever adds them up and whenever."""

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from core.accounts.model import Identity
from core.admin.books import Bookkeeper
from core.app import App
from core.clock import DAY, HOUR, MINUTE, utc_date
from core.credits.model import Origin
from core.credits.operations import Adjust, Grant
from core.payments.orders import credits_back
from core.payments.ports import Payment
from tests.core.test_requests import done
from tests.support import ALICE, BOB, NOON, ManualClock, imagine, opened, settings_in

TODAY = utc_date(NOON)
PAYMENT = Payment("paypal:cap", "c1", ALICE, 500, "USD", 499)


async def outstanding(app: App) -> int:
    total = 0
    for account in await app.stores.ledger.accounts():
        have = await app.ledger.balance(account)
        total += have.available + have.held - have.debt
    return total


async def test_a_day_has_what_was_given_spent_bought_and_taken_back(app: App, clock: ManualClock) -> None:
    alice = await app.accounts.for_identity(ALICE)
    await app.fulfilment.credited(PAYMENT)
    await app.fulfilment.reversed(PAYMENT, 100)
    await app.ledger.execute(Grant(alice.id, "promo", 20, Origin.PROMO))
    await app.ledger.execute(Adjust(alice.id, "fix", -5, "a mistake"))
    await done(app, imagine())
    books = (await app.books.days(TODAY, TODAY))[TODAY]
    assert books.granted == {"free": app.settings.signup_credits, "paid": 500, "promo": 20}
    assert (books.spent, books.taken_back, books.sold) == (10, 105, 500)
    assert books.revenue == {"USD": 499 - 99}  # who is paid 99 cents back is taken 100 credits
    assert (books.users, books.newcomers, books.active) == (1, 1, 1)
    assert books.outstanding == await outstanding(app)


async def test_numbers_of_today_are_of_this_moment_and_days_that_are_over_stay(app: App, clock: ManualClock) -> None:
    await app.accounts.for_identity(ALICE)
    first = (await app.books.days(TODAY, TODAY))[TODAY]
    clock.move(HOUR)
    await app.fulfilment.credited(PAYMENT)
    assert (await app.books.days(TODAY, TODAY))[TODAY].outstanding == first.outstanding + 500
    clock.move(DAY)
    await app.fulfilment.credited(replace(PAYMENT, payment_id="c2"))
    tomorrow = utc_date(clock.now())
    days = await app.books.days(TODAY, tomorrow)
    assert [days[day].revenue for day in (TODAY, tomorrow)] == [{"USD": 499}, {"USD": 499}]
    assert days[tomorrow].outstanding == first.outstanding + 1_000
    assert TODAY in await app.stores.books.days(TODAY, tomorrow)
    assert tomorrow not in await app.stores.books.days(TODAY, tomorrow)


async def test_a_day_is_open_some_minutes_longer_than_it_lasts(app: App, clock: ManualClock) -> None:
    alice = await app.accounts.for_identity(ALICE)
    clock.move(DAY // 2 - 1)  # the day's last moment
    late = clock.now()
    clock.move(5 * MINUTE)
    await app.books.days(TODAY, TODAY)
    now, clock.at = clock.at, late
    await app.ledger.execute(Grant(alice.id, "late", 7, Origin.PROMO))
    clock.at = now
    assert (await app.books.days(TODAY, TODAY))[TODAY].granted.get("promo") is None  # older than two minutes
    clock.move(6 * MINUTE)
    assert (await app.books.days(TODAY, TODAY))[TODAY].granted["promo"] == 7


async def test_a_demo_purchase_is_no_revenue_in_real_money(app: App) -> None:
    await app.fulfilment.credited(replace(PAYMENT, provider="demo:pay"))
    assert (await app.books.days(TODAY, TODAY))[TODAY].revenue == {"USD (demo)": 499}


async def test_parts_of_a_refund_add_up_to_the_whole_price(app: App) -> None:
    odd = replace(PAYMENT, credits=7, amount=1_000)
    await app.fulfilment.credited(odd)
    for word, total in enumerate((1, 3, 7), 1):
        await app.fulfilment.reversed(odd, total, word)
        await app.fulfilment.reversed(odd, total, word)
    assert (await app.books.days(TODAY, TODAY))[TODAY].revenue == {"USD": 0}


async def test_a_part_that_went_back_is_in_the_revenue_to_the_cent(app: App) -> None:
    await app.fulfilment.credited(PAYMENT)
    for word, back in enumerate((100, 101, 250), 1):
        await app.fulfilment.reversed(PAYMENT, credits_back(PAYMENT.credits, PAYMENT.amount, back), word)
        assert (await app.books.days(TODAY, TODAY))[TODAY].revenue == {"USD": PAYMENT.amount - back}


async def test_what_was_there_before_the_first_day_counts(app: App, clock: ManualClock) -> None:
    await app.ledger.execute(Grant("elder", "g", 30, Origin.PAID))
    clock.move(3 * DAY)
    await app.accounts.for_identity(BOB)
    today = utc_date(clock.now())
    assert (await app.books.days(today, today))[today].outstanding == await outstanding(app)


async def test_the_second_day_of_all_does_not_have_the_first_ones_numbers_again(app: App, clock: ManualClock) -> None:
    await app.fulfilment.credited(PAYMENT)
    clock.move(DAY // 2 + 5 * MINUTE)  # the first day is over, and still open for late comers
    today = utc_date(clock.now())
    for _ in range(2):
        days = await app.books.days(TODAY, today)
        assert (days[TODAY].revenue, days[today].revenue) == ({"USD": 499}, {})
        assert (days[today].outstanding, days[today].users) == (await outstanding(app), 1)
        clock.move(HOUR)


async def test_another_process_finds_the_same_days(app: App, clock: ManualClock) -> None:
    await app.fulfilment.credited(PAYMENT)
    clock.move(2 * DAY)
    await app.fulfilment.reversed(PAYMENT)
    ends = TODAY, utc_date(clock.now())
    mine = await app.books.days(*ends)
    assert await Bookkeeper(app.stores, clock).days(*ends) == mine
    assert [mine[day].revenue for day in (ends[0], ends[1])] == [{"USD": 499}, {"USD": -499}]


Step = st.tuples(st.integers(0, 3 * HOUR), st.sampled_from(["grant", "pay", "back", "adjust", "read", "new"]))


@settings(max_examples=15, deadline=None)
@given(steps=st.lists(Step, min_size=5, max_size=40))
async def test_whatever_happens_the_days_add_up_to_what_is_outstanding(steps: list[tuple[int, str]]) -> None:
    import tempfile
    from pathlib import Path

    clock = ManualClock()
    with tempfile.TemporaryDirectory() as folder:
        async with opened(settings_in(Path(folder)), clock) as app:
            await app.accounts.for_identity(ALICE)
            for number, (wait, what) in enumerate(steps):
                clock.move(wait + 3 * MINUTE)
                await _happens(app, number, what)
            today = utc_date(clock.now())
            days = await app.books.days(TODAY, today)
            assert days[today].outstanding == await outstanding(app)
            assert days == await Bookkeeper(app.stores, clock).days(TODAY, today)
            assert days[today].users == sum(each.newcomers for each in days.values())


async def _happens(app: App, number: int, what: str) -> None:
    alice = await app.accounts.for_identity(ALICE)
    match what:
        case "grant":
            await app.ledger.execute(Grant(alice.id, f"g{number}", number + 1, Origin.PROMO))
        case "pay":
            await app.fulfilment.credited(replace(PAYMENT, payment_id=f"c{number}"))
        case "back":
            await app.fulfilment.reversed(replace(PAYMENT, payment_id=f"c{number - 1}"), number)
        case "adjust":
            await app.ledger.execute(Adjust(alice.id, f"a{number}", number + 1, "why"))
        case "new":
            await app.accounts.for_identity(Identity("discord", str(number)))
        case _:
            await app.books.days(TODAY, TODAY)
