"""kill -9 at each call of the database in what admins and people do to credits: done once, or not at all until asked.

Each deed is done by a process of its own that is killed before or after one call. Then Easel starts again. After a kill
before a call the clock alone brings to its end what had begun, and the request comes again later; after a kill behind
one the request comes again at once.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing, nullcontext
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from core.accounts.model import Role
from core.app import App
from core.clock import MINUTE
from core.credits.model import Origin
from core.credits.operations import Grant
from core.credits.verify import verify_ledger
from core.payments.codes import Terms
from tests.core.admin.boss import BOSS, is_over
from tests.faults.buyer import DEEDS, Step
from tests.faults.deeds import GIVEN, GRANTED, REVOKED
from tests.faults.shop import MongoBooks, Victims, victims
from tests.servers import Secantus
from tests.support import ALICE, BOB, NOON, ManualClock, opened, settings_in

pytestmark = pytest.mark.soak

START, CODE = 200, 7


@dataclass(frozen=True)
class Case:
    """What Alice and Bob have beyond the start when the deed was done once. `action`: what the audit log calls it."""

    deed: str
    alice: int = 0
    bob: int = 0
    action: str = ""


CASES = (
    Case("grant", GRANTED, action="grant"), Case("revoke", -REVOKED, action="revoke"), Case("promote", action="role"),
    Case("give", -GIVEN, GIVEN), Case("redeem", CODE),
)  # fmt: skip


@pytest.fixture(scope="module")
def killed() -> Iterator[Victims]:
    with victims() as server:
        yield server


async def have(app: App) -> tuple[int, int]:
    """What Alice and Bob have beyond the start."""
    alice, bob = [
        (await app.ledger.balance((await app.accounts.for_identity(each)).id)).available for each in (ALICE, BOB)
    ]
    return alice - app.settings.signup_credits - START, bob - app.settings.signup_credits


async def prepare(app: App) -> str:
    """Alice has credits, and there is a code; its text."""
    alice = await app.accounts.for_identity(ALICE)
    await app.accounts.for_identity(BOB)
    await app.ledger.execute(Grant(alice.id, "start", START, Origin.PAID))
    _, [code] = await app.admin.codes(BOSS, "codes", 1, Terms(CODE))
    return code


async def recover(app: App, clock: ManualClock) -> None:
    clock.move(2 * MINUTE)
    for recovering in (app.admin.recover, app.transfers.recover, app.codes.recover):
        await recovering()


async def check(app: App, case: Case) -> None:
    assert await have(app) == (case.alice, case.bob)
    assert await is_over(app)
    assert await app.stores.transfers.unfinished(app.clock.now() + 1) == []
    assert await app.stores.codes.unfinished(app.clock.now() + 1) == []
    lines = await app.stores.audit.page(None, 9)
    assert [line.action for line in lines if line.id == "deed"] == ([case.action] if case.action else [])
    alice = await app.accounts.for_identity(ALICE)
    assert (alice.role is Role.SUBSCRIBER) == (case.deed == "promote")
    assert (await verify_ledger(app.stores)).problems == ()


async def is_untouched(app: App) -> bool:
    """Nothing had been written before the kill that anybody could go on from."""
    alice = await app.accounts.for_identity(ALICE)
    return (await have(app), alice.role) == ((0, 0), Role.USER)


@pytest.mark.parametrize("store", ["sqlite", "mongo"])
@pytest.mark.parametrize("case", CASES, ids=[case.deed for case in CASES])
async def test_killed_at_every_call_it_is_done_once(
    tmp_path: Path, killed: Victims, mongo: Secantus, store: str, case: Case
) -> None:
    with closing(MongoBooks(mongo.url(f"kill_{case.deed}"))) if store == "mongo" else nullcontext() as books:
        values: dict[str, Any] = {"database_url": books.url if books else ""}
        start, folder, driven_on = tmp_path / "start", tmp_path / "killed", 0
        start.mkdir()
        async with opened(settings_in(start, **values), ManualClock()) as app:
            code = await prepare(app)
        documents = books.save() if books else None
        step = Step(str(folder), values, NOON + MINUTE, "", case.deed, f"{code} {ALICE.user}", request="deed")
        for edge in count(1):
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(start, folder)
            if books and documents:
                books.load(documents)
            life = await killed.take(replace(step, killed_at=edge))
            if life.exit == 0:
                break
            assert life.exit == -9, (case, edge)
            clock = ManualClock(step.at)
            async with opened(settings_in(folder, **values), clock) as app:
                if edge % 2:
                    await recover(app, clock)
                    if not await is_untouched(app):
                        driven_on += 1
                        await check(app, case)
                await DEEDS[case.deed](app, step)
                await recover(app, clock)
                await check(app, case)
        print(store, case.deed, edge - 1, "kills;", driven_on, "driven on by the clock alone")
        assert driven_on > 0
