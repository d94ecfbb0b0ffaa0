"""kill -9 at each call that a purchase makes: after a restart the books say what the gateway says, each payment once.

Each step of `SCENES` (the link, the choice, the return, notices, refunds, disputes, months of a plan) is taken by a
process of its own, once unharmed, and then killed before and after every call of the store and of the gateway. Then
Easel starts again. After a kill before a call the clock alone puts things right, and what the gateway or the person
repeats comes later; after a kill behind it, it is the other way around. On disk a kill behind a call and one before the
next are the same, so that each state is left in both ways.
"""

import shutil
from collections.abc import AsyncIterator, Collection, Iterator
from contextlib import asynccontextmanager, closing, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

import pytest

from core.accounts.model import Role
from core.app import App
from core.clock import DAY, MINUTE, Millis
from core.credits.verify import verify_ledger
from core.ids import digest
from core.payments.orders import OrderState
from tests.core.admin.boss import is_over
from tests.core.payments.sides import SIDES, Paid, Side
from tests.core.payments.words import credits_of, state_of
from tests.faults.buyer import DEEDS, Step
from tests.faults.shop import Door, MongoBooks, Victims, victims
from tests.servers import Secantus
from tests.support import ALICE, BOB, SMALL_MODELS, ManualClock, opened, settings_in

REWARD = 50
SHOP = f"[shop]\nreferral = {REWARD}\n" + SMALL_MODELS.replace('"club"', '"club"\npaypal_plan = "P-5ML4271244454362W"')
SAMPLED = 12
"""Kills of each gateway in `make test`, of a few scenes; the others are a soak."""
EVERY = {"sqlite": 1, "mongo": 7}
"""Of how many edges one is a kill in the soak: going back in time takes MongoDB several times as long as a file."""
SHORT = {
    "paypal": ("invited", "link", "choose a pack", "notice", "we refund a part", "dispute"),
    "stripe": ("invited", "link", "choose a plan", "first month", "second month"),
}


@dataclass(frozen=True)
class Scene:
    """`happens`: what the buyer and the gateway do `later` than the scene it comes `after`. Then comes the `deed`."""

    name: str
    after: str
    deed: str
    happens: str = ""
    later: Millis = 0
    ends: OrderState | None = None
    only: str = ""

    @property
    def is_on_the_way(self) -> bool:
        """Nothing drives it on but the person, who tries again."""
        return self.deed in ("invited", "link", "pack", "plan", "stop")


SCENES = (
    Scene("invited", "", "invited"),
    Scene("link", "invited", "link"),
    Scene("choose a pack", "link", "pack"),
    Scene("return", "choose a pack", "returned", "agrees"),
    Scene("wait", "choose a pack", "waiting", "agrees"),
    Scene("notice", "choose a pack", "notice", "agrees"),
    Scene("clock", "choose a pack", "reconcile", "agrees", MINUTE),
    Scene("pending", "choose a pack", "returned", "agrees pending"),
    Scene("refused", "choose a pack", "returned", "agrees refused", only="paypal"),
    Scene("agrees again", "refused", "notice", "agrees", MINUTE, only="paypal"),
    Scene("completed", "pending", "notice", "completed", DAY),
    Scene("denied", "pending", "notice", "denied", DAY, OrderState.FAILED),
    Scene("we refund a part", "notice", "refund_part"),
    Scene("we refund all", "return", "refund_all"),
    Scene("an admin refunds all", "return", "pay_back"),
    Scene("an admin refunds what is left", "we refund a part", "pay_back"),
    Scene("partly refunded", "return", "notice", "partial", DAY),
    Scene("refunded", "partly refunded", "notice", "refunded"),
    Scene("reversed", "return", "notice", "reversed", DAY, only="paypal"),
    Scene("dispute", "notice", "notice", "opened", DAY),
    Scene("dispute after a refund", "partly refunded", "notice", "opened"),
    Scene("won", "dispute", "notice", "won", DAY),
    Scene("lost", "dispute", "notice", "lost", DAY),
    Scene("lost, by the clock", "dispute", "reconcile", "lost", DAY),
    Scene("choose a plan", "link", "plan"),
    Scene("first month", "choose a plan", "returned", "agrees"),
    Scene("first month, by notice", "choose a plan", "notice", "agrees"),
    Scene("second month", "first month", "notice", "month", 31 * DAY),
    Scene("second month, by the clock", "first month", "reconcile", "month", 31 * DAY),
    Scene("month refunded", "second month", "refund_all"),
    Scene("month disputed", "second month", "notice", "opened"),
    Scene("month won", "month disputed", "notice", "won"),
    Scene("stop", "first month", "stop"),
    Scene("ended", "stop", "reconcile", later=100 * DAY, ends=OrderState.EXPIRED),
)


@dataclass(frozen=True)
class Kill:
    """`edge` of the calls of the store, or through the door to the gateway."""

    scene: Scene
    where: Literal["store", "door"]
    edge: int


@dataclass(frozen=True)
class Moment:
    """All that there is, to go back to: the data folder with SQLite's file, or MongoDB's documents, the gateway, and
    the secret of the buyer's link.
    """

    folder: Path
    documents: Any
    side: Any
    secret: str


class Theatre:
    """Plays scenes with processes that may be killed. `moments`: how each ended unharmed. `kills`: all there are."""

    def __init__(self, folder: Path, side: Side, door: Door, mongo: MongoBooks | None) -> None:
        self.side = side
        self.moments: dict[str, Moment] = {}
        self.kills: list[Kill] = []
        self._root = folder
        self._door = door
        self._mongo = mongo
        self._database = {"database_url": mongo.url} if mongo else {}
        start = folder / "moment"
        start.mkdir()
        (start / "small.toml").write_text(SHOP)
        self.moments[""] = Moment(start, {}, side.snapshot(), "")

    async def rehearse(self, names: Collection[str]) -> None:
        """Each of these scenes once, unharmed."""
        for number, scene in enumerate(SCENES):
            if scene.only not in ("", self.side.name) or scene.name not in names:
                continue
            folder = self._root / f"moment{number}"
            secret = self._begin(scene, folder)
            life = await self._door.take(self._step(scene, folder, secret))
            assert life.exit == 0, scene
            documents = self._mongo.save() if self._mongo else None
            self.moments[scene.name] = Moment(folder, documents, self.side.snapshot(), secret or life.said)
            self.kills += [Kill(scene, "store", edge) for edge in range(1, life.edges + 1)]
            self.kills += [Kill(scene, "door", edge) for edge in range(1, self._door.edges + 1)]

    async def kill(self, kill: Kill) -> None:
        """Play the scene, kill who plays it, start again, and see that all is well."""
        folder, scene = self._root / "killed", kill.scene
        shutil.rmtree(folder, ignore_errors=True)
        secret = self._begin(scene, folder)
        step = self._step(scene, folder, secret)
        in_store, at_door = (kill.edge, 0) if kill.where == "store" else (0, kill.edge)
        life = await self._door.take(replace(step, killed_at=in_store), at_door)
        assert life.exit == -9, (kill, life)
        clock = ManualClock(self.side.at)
        async with opened(settings_in(folder, **self.side.settings(), **self._database), clock) as app:
            if kill.edge % 2 and not scene.is_on_the_way:
                await self._pass_time(app, clock)
                await self.check(app, scene, secret)
                assert self.side.paid() or scene.happens != "agrees" or scene.after == "refused"
            said = await DEEDS[scene.deed](app, self._step(scene, folder, secret))
            await self._pass_time(app, clock)
            await self.check(app, scene, secret or str(said))
            assert self.side.paid() or scene.happens != "agrees"

    def _begin(self, scene: Scene, folder: Path) -> str:
        before = self.moments[scene.after]
        shutil.copytree(before.folder, folder)
        if self._mongo:
            self._mongo.load(before.documents)
        self.side.restore(before.side)
        self.side.at += scene.later
        match scene.happens.split():
            case ["agrees", *outcome]:
                self.side.agrees(*outcome)
            case [event]:
                self.side.happens(event)
        return before.secret

    def _step(self, scene: Scene, folder: Path, secret: str) -> Step:
        headers, body = [*self.side.letters().values()][-1] if scene.deed == "notice" else ({}, b"")
        values = self.side.settings(self._door.url) | self._database
        return Step(str(folder), values, self.side.at, self.side.name, scene.deed, secret, (headers, body.decode()))

    async def _pass_time(self, app: App, clock: ManualClock) -> None:
        for some in (DAY, 2 * MINUTE):
            clock.move(some)
            self.side.at = clock.at
            await app.admin.recover()
            await app.checkout.reconcile()

    async def check(self, app: App, scene: Scene, secret: str) -> None:
        """Everything that the issue promises."""
        now, paid = app.clock.now(), self.side.paid()
        account = await app.accounts.for_identity(ALICE)
        balance = await app.ledger.balance(account.id)
        bought = sum(credits_of(each) for each in paid if each.until is None or each.until > now)
        assert balance.available - balance.debt - app.settings.signup_credits == bought
        assert (await verify_ledger(app.stores)).problems == ()
        bob = await app.ledger.balance((await app.accounts.for_identity(BOB)).id)
        assert bob.available - app.settings.signup_credits == (REWARD if any(map(credits_of, paid)) else 0)
        if scene.deed != "invited":
            await self._check_order(app, scene, secret, paid)

    async def _check_order(self, app: App, scene: Scene, secret: str, paid: list[Paid]) -> None:
        now = app.clock.now()
        order = await app.stores.orders.by_token(digest(secret))
        assert order is not None
        assert order.state is (scene.ends or state_of(paid, order.state)), order.history
        assert len(order.payments) == len(paid) == order.told
        assert self.side.orders() == (order.ref is not None)
        assert len(paid) <= 1 or order.is_plan
        messages = [message.body for message in await app.stores.feed.since(str(ALICE), 0, 99)]
        of_credits_gone = [said for said in messages if "taken back" in said or "yours again" in said]
        assert len(of_credits_gone) <= sum(taken.word for taken in order.payments)
        is_paid_back = scene.deed == "pay_back" and paid[-1].back == paid[-1].amount  # not if killed before the intent
        assert len(messages) - len(of_credits_gone) == len(paid) + is_paid_back
        assert await is_over(app)
        grace = app.catalogue.shop.grace_days * DAY
        is_subscriber = any(each.until and each.back < each.amount and each.until + grace > now for each in paid)
        account = await app.accounts.for_identity(ALICE)
        assert account.role is (Role.SUBSCRIBER if is_subscriber else Role.USER)


@pytest.fixture(scope="module")
def killed() -> Iterator[Victims]:
    with victims() as server:
        yield server


@asynccontextmanager
async def theatre(
    folder: Path, name: str, killed: Victims, scenes: Collection[str], mongo: MongoBooks | None = None
) -> AsyncIterator[Theatre]:
    async with SIDES[name]() as side, Door(side.fake.url, killed) as door:
        theatre = Theatre(folder, side, door, mongo)
        await theatre.rehearse(scenes)
        yield theatre


@pytest.mark.parametrize("name", SIDES)
async def test_killed_at_some_calls_the_books_balance_after_a_restart(
    tmp_path: Path, killed: Victims, name: str
) -> None:
    async with theatre(tmp_path, name, killed, SHORT[name]) as shop:
        for number in range(SAMPLED):
            await shop.kill(shop.kills[len(shop.kills) * (2 * number + 1) // (2 * SAMPLED)])


@pytest.mark.soak
@pytest.mark.parametrize("name", SIDES)
@pytest.mark.parametrize("store", ["sqlite", "mongo"])
async def test_killed_at_every_call_the_books_balance_after_a_restart(
    tmp_path: Path, killed: Victims, mongo: Secantus, store: str, name: str
) -> None:
    with closing(MongoBooks(mongo.url(f"kill_{name}"))) if store == "mongo" else nullcontext() as books:
        async with theatre(tmp_path, name, killed, [scene.name for scene in SCENES], books) as shop:
            for kill in shop.kills[:: EVERY[store]]:
                await shop.kill(kill)
            print(store, name, len(shop.kills), "edges")
