"""Gift codes: who redeems one gets its credits once, and nobody learns one from the database or by guessing."""

import asyncio
from dataclasses import fields

import pytest

from core.accounts.model import Account, Identity
from core.app import App
from core.clock import DAY, HOUR, MINUTE
from core.credits.model import MAX_CREDITS, Entry, Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.errors import AttemptsThrottled, BadOption, CodeRefused, StoreBusy
from core.ids import CODE_ALPHABET, digest
from core.payments.codes import GRACE, LENGTH, Terms, as_csv
from core.payments.orders import Code
from tests.core.accounts.test_linking import link, sight
from tests.fakes import Fault, app_on, meddled
from tests.support import ALICE, BOB, ManualClock

CAROL = Identity("slack", "T1/U1")
FIFTY = Terms(50)
STEPS = ("throttle", "claim", "grant", "finish")


async def gained(app: App, identity: Identity) -> int:
    account = await app.accounts.for_identity(identity)
    return (await app.ledger.balance(account.id)).available - app.settings.signup_credits


@pytest.fixture
async def people(app: App, clock: ManualClock) -> list[Account]:
    return await sight(app, clock, ALICE, BOB, CAROL)


async def test_a_code_gives_its_credits_however_it_is_typed(app: App, people: list[Account]) -> None:
    [code] = await app.codes.make(1, FIFTY)
    await app.codes.redeem(people[0], f" {code.lower().replace('-', ' ')} ", "try")
    assert await gained(app, ALICE) == 50


async def test_the_same_person_again_gets_nothing_more(app: App, people: list[Account]) -> None:
    [code] = await app.codes.make(1, Terms(50, uses=3))
    for number in range(3):
        await app.codes.redeem(people[0], code, f"try{number}")
    assert await gained(app, ALICE) == 50


async def test_a_code_is_good_for_so_many_people_and_no_more(app: App, people: list[Account]) -> None:
    [code] = await app.codes.make(1, Terms(50, uses=2))
    await app.codes.redeem(people[0], code, "a")
    await app.codes.redeem(people[1], code, "b")
    with pytest.raises(CodeRefused):
        await app.codes.redeem(people[2], code, "c")
    assert [await gained(app, who) for who in (ALICE, BOB, CAROL)] == [50, 50, 0]


async def test_an_account_that_was_linked_does_not_get_it_a_second_time(app: App, people: list[Account]) -> None:
    [code] = await app.codes.make(1, Terms(50, uses=3))
    await app.codes.redeem(people[1], code, "b")
    merged = await link(app, ALICE, BOB)
    before = await gained(app, ALICE)
    with pytest.raises(CodeRefused):
        await app.codes.redeem(merged, code, "a")
    assert await gained(app, ALICE) == before


async def test_two_who_had_the_same_code_are_linked_and_the_books_balance(app: App, people: list[Account]) -> None:
    [code] = await app.codes.make(1, Terms(50, uses=2))
    for number, who in enumerate(people[:2]):
        await app.codes.redeem(who, code, f"try{number}")
    await link(app, ALICE, BOB)
    assert await gained(app, ALICE) == 100 + app.settings.signup_credits
    assert (await verify_ledger(app.stores)).problems == ()


async def test_who_deletes_an_account_and_comes_back_does_not_use_up_a_code_for_many(
    app: App, people: list[Account], clock: ManualClock
) -> None:
    [code], [own] = await app.codes.make(1, Terms(50, uses=9)), await app.codes.make(1, FIFTY)
    await app.codes.redeem(people[0], code, "a")
    clock.move(1)
    await app.privacy.delete(people[0])
    back = await app.accounts.for_identity(ALICE)
    with pytest.raises(CodeRefused):
        await app.codes.redeem(back, code, "b")
    clock.move(1)
    [later] = await app.codes.make(1, Terms(50, uses=9))
    for number, good in enumerate((own, later)):
        await app.codes.redeem(back, good, f"c{number}")
    assert (await app.ledger.balance(back.id)).available == 100


async def test_a_code_expires(app: App, people: list[Account], clock: ManualClock) -> None:
    [code] = await app.codes.make(1, Terms(50, days=2))
    clock.move(2 * DAY)
    with pytest.raises(CodeRefused):
        await app.codes.redeem(people[0], code, "late")


async def test_guessing_is_throttled_and_a_right_code_does_not_help_then(
    app: App, people: list[Account], clock: ManualClock
) -> None:
    [code] = await app.codes.make(1, FIFTY)
    tries = app.catalogue.limits.link.tries_per_hour
    for number in range(tries):
        with pytest.raises(CodeRefused):
            await app.codes.redeem(people[0], "A" * LENGTH, f"guess{number}")
    with pytest.raises(AttemptsThrottled):
        await app.codes.redeem(people[0], code, "right")
    clock.move(HOUR)
    await app.codes.redeem(people[0], code, "later")
    assert await gained(app, ALICE) == 50


async def test_guessing_under_one_and_the_same_request_id_is_throttled_as_well(app: App, people: list[Account]) -> None:
    """The playground's page chooses its messages' ids itself."""
    for number in range(app.catalogue.limits.link.tries_per_hour):
        with pytest.raises(CodeRefused):
            await app.codes.redeem(people[0], CODE_ALPHABET[number] * LENGTH, "guess")
    with pytest.raises(AttemptsThrottled):
        await app.codes.redeem(people[0], "Z" * LENGTH, "guess")


async def test_a_code_that_many_try_at_once_is_good_for_as_many_as_it_was_made_for(
    app: App, people: list[Account]
) -> None:
    [code] = await app.codes.make(1, Terms(50, uses=2))
    tries = [app.codes.redeem(who, code, f"try{number}") for who in people for number in range(4)]
    ends = await asyncio.gather(*tries, return_exceptions=True)
    assert {type(end) for end in ends} == {Entry, CodeRefused}
    assert sorted([await gained(app, who) for who in (ALICE, BOB, CAROL)]) == [0, 50, 50]
    assert (await verify_ledger(app.stores)).problems == ()


async def test_what_is_no_code_counts_as_a_guess_too(app: App, people: list[Account]) -> None:
    for number in range(app.catalogue.limits.link.tries_per_hour):
        with pytest.raises(CodeRefused):
            await app.codes.redeem(people[0], "hello", f"guess{number}")
    with pytest.raises(AttemptsThrottled):
        await app.codes.redeem(people[0], "hello", "one more")


async def test_what_is_stored_of_a_code_is_its_digest(app: App, people: list[Account]) -> None:
    [code] = await app.codes.make(1, FIFTY)
    plain = code.replace("-", "")
    claimed = await app.stores.codes.claim(digest(plain), people[0].id, [people[0].id], app.clock.now())
    assert claimed is not None
    stored = [str(getattr(claimed, field.name)) for field in fields(Code)]
    assert digest(plain) in stored
    assert not any(plain in value or code in value for value in stored)


async def test_codes_differ_and_have_more_than_eighty_bits(app: App) -> None:
    codes = await app.codes.make(50, FIFTY)
    assert len(set(codes)) == 50
    assert {len(code.replace("-", "")) for code in codes} == {LENGTH}
    assert len(CODE_ALPHABET) ** LENGTH > 2**80


@pytest.mark.parametrize("step", STEPS)
async def test_a_crash_at_any_write_is_made_good(
    app: App, people: list[Account], clock: ManualClock, step: str
) -> None:
    """After the claim the scheduler goes on; before it the person asks again."""
    [code] = await app.codes.make(1, FIFTY)
    failing = app_on(app, meddled(app.stores, before=Fault(STEPS.index(step) + 1)))
    with pytest.raises(StoreBusy):
        await failing.codes.redeem(people[0], code, "try")
    clock.move(GRACE + MINUTE)
    await app.codes.recover()
    assert await gained(app, ALICE) == (0 if step in ("throttle", "claim") else 50)
    await app.codes.redeem(people[0], code, "again")
    await app.codes.recover()
    assert await gained(app, ALICE) == 50
    assert (await verify_ledger(app.stores)).problems == ()


async def test_a_redemption_that_cannot_be_finished_keeps_no_other_one_waiting(
    app: App, people: list[Account], clock: ManualClock
) -> None:
    [code] = await app.codes.make(1, Terms(50, uses=2))
    full = MAX_CREDITS - app.settings.signup_credits
    await app.ledger.execute(Grant(people[0].id, "all there is", full, Origin.PROMO))
    for person in people[:2]:
        claimed = await app.stores.codes.claim(digest(code.replace("-", "")), person.id, [person.id], clock.now())
        assert claimed is not None
        clock.move(1)
    clock.move(GRACE + MINUTE)
    await app.codes.recover()
    assert (await gained(app, ALICE), await gained(app, BOB)) == (full, 50)


@pytest.mark.parametrize(
    ("number", "terms"),
    [(0, FIFTY), (10_001, FIFTY), (1, Terms(0)), (1, Terms(1, uses=0)), (1, Terms(1, days=0)), (1, Terms(1_000_001))],
)
async def test_codes_that_make_no_sense_are_not_made(app: App, number: int, terms: Terms) -> None:
    with pytest.raises(BadOption):
        await app.codes.make(number, terms)


def test_codes_can_be_opened_as_a_table() -> None:
    assert as_csv(["A-B"], Terms(50, 2, 30)).decode().split() == ["code,credits,uses,days", "A-B,50,2,30"]
