"""A process that takes one step of a purchase, and kills itself before or after one of its calls of the database.

The server below starts once and has everything imported; each step is a process that it forks, so that hundreds can be
killed. Its standard input takes one `Step` a line as JSON. For each it prints: the process's id, what the step came to
if it lived, and how the process ended.
"""

import asyncio
import importlib
import json
import os
import signal
import sys
import traceback
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pymongo import monitoring
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent

from bots.playground.feed import PLATFORM, PlaygroundMessenger
from core.app import App
from core.clock import Millis
from core.errors import InviteRefused, NotFound
from core.ids import digest
from core.log import configure_logging
from core.payments.orders import Order
from tests.fakes import app_on, meddled
from tests.faults.deeds import give, grant, pay_back, promote, redeem, revoke
from tests.support import ALICE, BOB, ManualClock, opened, settings_in, to_feed

WARM = (
    "anyio._backends._asyncio", "core.payments.paypal.opening", "core.payments.stripe", "core.stores.mongo", "httpcore",
    "stripe._object_classes",
)  # fmt: skip
"""Imported when needed, which would be by each process."""


@dataclass(frozen=True)
class Step:
    """`deed` as in DEEDS. `secret`: of the buyer's link. `letter`: headers and body of a notice. `request`: its id.
    `times`: how often it is done at the same time.

    `killed_at`: the process is killed at this edge of its calls of the database: 1 before the first, 2 after it, 3
    before the second; 0 for never. SQLite's calls are those of the stores; one of these may be several of MongoDB's.
    """

    folder: str
    settings: dict[str, Any]
    at: Millis
    gateway: str
    deed: str
    secret: str = ""
    letter: tuple[dict[str, str], str] = field(default=({}, ""))
    killed_at: int = 0
    request: str = "r1"
    times: int = 1

    def as_line(self) -> str:
        return json.dumps(asdict(self))


class Edges:
    """Counts them, and dies at one."""

    def __init__(self, killed_at: int) -> None:
        self.passed = 0
        self._killed_at = killed_at

    async def __call__(self, verb: str) -> None:
        self.passes()

    def passes(self) -> None:
        self.passed += 1
        if self.passed == self._killed_at:
            os.kill(os.getpid(), signal.SIGKILL)


class Commands(CommandListener):
    """Hears of each command to MongoDB before it is sent, and when its answer is there; passes edges while it has some.

    https://pymongo.readthedocs.io/en/stable/api/pymongo/monitoring.html
    """

    def __init__(self) -> None:
        self.edges: Edges | None = None

    def started(self, event: CommandStartedEvent) -> None:
        self._pass()

    def succeeded(self, event: CommandSucceededEvent) -> None:
        self._pass()

    def failed(self, event: CommandFailedEvent) -> None:
        self._pass()

    def _pass(self) -> None:
        if self.edges is not None:
            self.edges.passes()


async def invited(app: App, step: Step) -> None:
    """By Bob, who gets credits with the first purchase."""
    code = await app.referrals.code(await app.accounts.for_identity(BOB))
    with suppress(InviteRefused):  # of who was killed after it, and tries again
        await app.referrals.accept(await app.accounts.for_identity(ALICE), code)


async def link(app: App, step: Step) -> str:
    account = await app.accounts.for_identity(ALICE)
    return (await app.checkout.link(account, ALICE, to_feed(), "en", "r1")).rpartition("/")[2]


async def pack(app: App, step: Step) -> object:
    return await app.checkout.choose(step.secret, "pack", "small", step.gateway)


async def plan(app: App, step: Step) -> object:
    return await app.checkout.choose(step.secret, "plan", "club", step.gateway)


async def of_link(app: App, step: Step) -> Order:
    """Also when the link shows nothing any more, as orders are refunded without one."""
    order = await app.stores.orders.by_token(digest(step.secret))
    assert order is not None
    return order


async def returned(app: App, step: Step) -> object:
    with suppress(NotFound):  # of who comes back a day later
        return await app.checkout.returned(step.secret)
    return None


async def waiting(app: App, step: Step) -> object:
    """The page on which a buyer waits."""
    with suppress(NotFound):
        return await app.checkout.status(step.secret)
    return None


async def notice(app: App, step: Step) -> None:
    headers, body = step.letter
    await app.checkout.noticed(step.gateway, headers, body.encode())


async def reconcile(app: App, step: Step) -> None:
    await app.checkout.reconcile()


async def refund_part(app: App, step: Step) -> object:
    order = await of_link(app, step)
    return await app.checkout.refund(order, order.payments[-1].payment, 100, "r1")


async def refund_all(app: App, step: Step) -> object:
    order = await of_link(app, step)
    return await app.checkout.refund(order, order.payments[-1].payment, None, "r1")


async def stop(app: App, step: Step) -> object:
    return await app.checkout.stop(await of_link(app, step))


DEEDS: dict[str, Callable[[App, Step], Awaitable[object]]] = {
    deed.__name__: deed
    for deed in (
        invited, link, pack, plan, returned, waiting, notice, reconcile, refund_part, refund_all, stop,
        grant, revoke, promote, pay_back, give, redeem,
    )
}  # fmt: skip


async def done(app: App, step: Step) -> str:
    """What was said. Of a step that is taken several times: the names of the errors."""
    deeds = [DEEDS[step.deed](app, step) for _ in range(step.times)]
    if step.times == 1:
        said = await deeds[0]
        return said if isinstance(said, str) else ""
    outcomes = await asyncio.gather(*deeds, return_exceptions=True)
    return " ".join(type(each).__name__ for each in outcomes if isinstance(each, BaseException))


async def take(step: Step) -> dict[str, object]:
    """How many edges there were, and what was said."""
    edges, commands, settings = Edges(step.killed_at), Commands(), settings_in(Path(step.folder), **step.settings)
    monitoring.register(commands)
    async with opened(settings, ManualClock(step.at)) as whole:
        app = whole
        if settings.database_path is None:
            commands.edges = edges
        else:
            app = app_on(whole, meddled(whole.stores, before=edges, after=edges))
            app.messengers[PLATFORM] = PlaygroundMessenger(app)
        said = await done(app, step)
        commands.edges = None
    return {"edges": edges.passed, "said": said}


def live(line: str) -> None:
    """Take the step, then end without a word to whoever else shares this memory."""
    code = 1
    try:
        _say({"pid": os.getpid()})
        _say(asyncio.run(take(Step(**json.loads(line)))))
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def main() -> None:
    configure_logging("ERROR")
    for name in WARM:
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            live(line)
        _, status = os.waitpid(child, 0)
        _say({"exit": os.waitstatus_to_exitcode(status)})


def _say(what: dict[str, object]) -> None:
    print(json.dumps(what), flush=True)


if __name__ == "__main__":
    main()
