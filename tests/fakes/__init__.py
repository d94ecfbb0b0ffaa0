"""Stand-ins for tests: a store that misbehaves on demand, and a core or a worker made from such parts."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import fields, replace
from functools import partial
from types import MappingProxyType
from typing import Any

from core.app import App, compose
from core.clock import Millis
from core.errors import StoreBusy
from core.generation.chain import Chain
from core.generation.generator import Generator
from core.generation.health import Health
from core.generation.prices import Prices
from core.jobs.model import Job
from core.jobs.runner import POLL_SECONDS, Runner
from core.jobs.settlement import Settlement
from core.jobs.slots import Slots
from core.media.ports import MediaStore
from core.providers.ports import Providers
from core.stores.ports import Stores
from core.tasks import stopped
from tests.fakes.providers import Provider

READS = frozenset({
    "load", "entries", "snapshot", "accounts", "find", "get", "identities", "family", "undrained", "tombstone",
    "unmerged", "used", "accepting_since", "overdue", "unsettled", "ahead", "recent_durations", "open_jobs", "history",
    "all_jobs", "conversation", "answered", "asking", "open_before", "closing", "independent", "stale", "highest",
    "rollups", "of_accounts", "since", "unfinished", "latest", "sums", "totals", "of_days", "dearest", "active",
    "created", "page", "queue", "strikes", "after", "of_kinds", "days", "listed", "families", "owned", "load_all",
})  # fmt: skip

NOTE = "note"
"""An event is added: the one write whose failure is often no reason to fail."""
Meddler = Callable[[str], Awaitable[None]]


async def nothing(verb: str) -> None:
    """Does not meddle."""


class Meddled:
    """A store port whose every call is announced before it starts and after it has ended."""

    def __init__(
        self, store: Any, before: Meddler, after: Meddler, renamed: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._store = store
        self._renamed = renamed
        self._before = before
        self._after = after

    def __getattr__(self, verb: str) -> Callable[..., Awaitable[Any]]:
        return partial(self._call, verb)

    async def _call(self, verb: str, *values: Any, **named: Any) -> Any:
        await self._before(self._renamed.get(verb, verb))
        outcome = await getattr(self._store, verb)(*values, **named)
        await self._after(self._renamed.get(verb, verb))
        return outcome


class Fault:
    """Raises StoreBusy at call number `at` (from 1; 0: never), counting writes only unless told otherwise.

    Events do not count unless told so, either.
    """

    def __init__(self, at: int, *, lasts: int = 1, reads: bool = False, notes: bool = False) -> None:
        self.at = at
        self.calls = 0
        self._lasts = lasts
        self._reads = reads
        self._notes = notes

    async def __call__(self, verb: str) -> None:
        if (verb in READS and not self._reads) or (verb == NOTE and not self._notes):
            return
        self.calls += 1
        if self.at <= self.calls < self.at + self._lasts:
            raise StoreBusy


class Once:
    """Does something at the first call of a verb, such as what another process does at just that moment."""

    def __init__(self, verb: str, deed: Callable[[], Awaitable[object]]) -> None:
        self._verb = verb
        self._deed = deed
        self.done = False

    async def __call__(self, verb: str) -> None:
        if verb == self._verb and not self.done:
            self.done = True
            await self._deed()


def meddled(stores: Stores, *, before: Meddler = nothing, after: Meddler = nothing) -> Stores:
    """The same stores with every port meddled with."""
    ports = {field.name: Meddled(getattr(stores, field.name), before, after) for field in fields(stores)}
    ports["events"] = Meddled(stores.events, before, after, {"append": NOTE})
    return replace(stores, **ports)  # type: ignore[arg-type]  # each port is passed through


def app_on(app: App, stores: Stores) -> App:
    """Another core, wired as in production, on these stores: a second process, or one with faulty stores."""
    other = compose(app.settings, app.catalogue, app.clock, stores, app.providers, gateways=app.checkout.gateways)
    other.messengers.update(app.messengers)
    return other


def with_provider(
    app: App, *providers: Provider, media: MediaStore | None = None, concurrency: int = 1, name: str = "worker",
    poll_seconds: float = POLL_SECONDS,
) -> App:  # fmt: skip
    """The same core, whose worker asks these providers."""
    generator = generator_of(app, *providers, media=media)
    settlement = Settlement(app.stores.jobs, app.ledger, app.wallets, app.limits, app.recorder, app.media, app.clock)
    runner = Runner(
        name, app.stores.jobs, generator, settlement, app.deliveries, app.replies, app.signals, app.clock, concurrency,
        poll_seconds,
    )  # fmt: skip
    return replace(app, runner=runner)


def generator_of(app: App, *providers: Provider, media: MediaStore | None = None) -> Generator:
    """A generator that knows these providers only."""
    named = {provider.name: provider for provider in providers}
    slots = Slots(app.stores.slots, app.catalogue.concurrency, app.clock)
    chain = Chain(app.catalogue, slots, Health(), Prices(), app.clock, tell=app.bulletin.tell)
    return Generator(app.catalogue, Providers(named, named), chain, media or app.media, app.replies, app.clock)


@asynccontextmanager
async def working(app: App) -> AsyncIterator[asyncio.Task[None]]:
    """The worker runs inside, and is stopped as SIGTERM stops it."""
    task = asyncio.create_task(app.runner.run())
    try:
        yield task
    finally:
        await stopped({task})


class MemorySlots:
    """`SlotStore` in memory."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], Millis] = {}

    async def take(self, name: str, holder: str, limit: int, now: Millis, until: Millis) -> bool:
        self.held = {place: end for place, end in self.held.items() if end > now}
        others = [place for place in self.held if place[0] == name and place[1] != holder]
        if len(others) >= limit:
            return False
        self.held[name, holder] = until
        return True

    async def renew(self, name: str, holder: str, until: Millis) -> bool:
        if (name, holder) not in self.held:
            return False
        self.held[name, holder] = until
        return True

    async def free(self, name: str, holder: str) -> None:
        self.held.pop((name, holder), None)


async def until(condition: Callable[[], Awaitable[Any]], seconds: float = 10.0) -> Any:
    """Wait until something is so; what it then is."""
    async with asyncio.timeout(seconds):
        while not (found := await condition()):  # noqa: ASYNC110  # what is on disk cannot be waited for
            await asyncio.sleep(0.005)
    return found


async def job_of(app: App, job: str) -> Job:
    found = await app.stores.jobs.get(job)
    assert found is not None
    return found


async def settled(app: App, job: str, seconds: float = 10.0) -> Job:
    """The job, once it has ended, is settled, and was shown."""

    async def over() -> Job | None:
        now = await job_of(app, job)
        return now if now.settled_at is not None and (now.delivered_at or now.next_delivery_at is None) else None

    found = await until(over, seconds)
    assert isinstance(found, Job)
    return found


def skip(seconds: float) -> None:
    """Let this much time pass for the timeouts of the running event loop."""
    loop = asyncio.get_running_loop()
    before = loop.time
    loop.time = lambda: before() + seconds  # type: ignore[method-assign]  # this test puts its own in that place
