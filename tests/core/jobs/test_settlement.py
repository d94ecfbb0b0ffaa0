"""The end of a hold: charged for what was made, once, and written down once."""

import asyncio

import pytest

from core.accounts.model import Identity
from core.app import App
from core.clock import HOUR
from core.credits.model import Kind
from core.credits.operations import EndHold
from core.credits.verify import verify_ledger
from core.jobs.model import Job, ReplyTo
from core.jobs.results import Failure, Picture, Result
from core.jobs.settlement import Settlement, ending_of
from core.jobs.specs import ChatSpec, ImageSpec, Quote
from core.observe.model import LATENCIES, Usage
from core.requests import Completed
from tests.core.test_requests import accepted
from tests.fakes import app_on, job_of, settled, with_provider, working
from tests.fakes.providers import Gives, Hangs, Provider, fails
from tests.support import ALICE, NOON, ManualClock, chat, imagine

PICTURE = Picture(name="n.png", mime="image/png", width=1, height=1, size=1, seed=1)
IMAGE = ImageSpec(prompt="p", model="m", aspect="1:1", width=1, height=1, count=3, seed=1)
INDICATORS = {
    "totalMs", "dbMs", "cacheReadMs", "creditMs", "aiMs", "cacheWriteMs", "status", "providerUsed", "fallbackUsed",
    "cached", "messageLength", "errorName",
}  # fmt: skip


def a_job(**changes: object) -> Job:
    values: dict[str, object] = {
        "id": "j", "request_id": "r", "account": "a", "identity": Identity("playground", "alice"),
        "reply_to": ReplyTo(platform="playground", channel="c"), "spec": IMAGE, "quote": Quote(each=10, count=3),
        "created_at": NOON, "hold_expires_at": NOON + HOUR,
    }  # fmt: skip
    return Job.model_validate(values | changes)


def brought(pictures: int = 0, text: str = "") -> Result:
    return Result(provider="demo", model="m", pictures=(PICTURE,) * pictures, text=text)


@pytest.mark.parametrize(
    ("job", "kind", "amount"),
    [
        (a_job(state="done", result=brought(3)), Kind.SETTLE, 30),
        (a_job(state="done", result=brought(1)), Kind.SETTLE, 10),
        (a_job(state="done", result=brought(9)), Kind.SETTLE, 30),
        (a_job(state="done", spec=ChatSpec(prompt="p", model="m"), quote=Quote(each=1, count=1), result=brought()),
         Kind.SETTLE, 1),
        (a_job(state="failed", failure=Failure(code="internal", message="")), Kind.RELEASE, 0),
        (a_job(state="failed", failure=Failure(code="expired", message="")), Kind.EXPIRE, 0),
        (a_job(state="cancelled", failure=Failure(code="cancelled", message="")), Kind.RELEASE, 0),
        (a_job(state="failed"), Kind.RELEASE, 0),
        (a_job(state="done"), Kind.RELEASE, 0),
    ],
)  # fmt: skip
def test_how_a_hold_ends_follows_from_how_the_job_ended(job: Job, kind: Kind, amount: int) -> None:
    assert ending_of(job) == EndHold("a", "j", kind, amount)


def settlement(app: App) -> Settlement:
    return Settlement(app.stores.jobs, app.ledger, app.wallets, app.limits, app.recorder, app.media, app.clock)


async def ended(app: App, provider: Provider, request: object) -> Job:
    job = await accepted(app, request)  # type: ignore[arg-type]  # a test knows what it gives
    async with working(with_provider(app, provider)):
        return await settled(app, job.id)


async def usage_of(app: App, request_id: str) -> Usage:
    usage = await app.stores.usage.get(request_id)
    assert usage is not None
    return usage


async def test_settling_again_and_at_once_changes_nothing(app: App) -> None:
    job = await ended(app, Provider(), imagine())
    other = settlement(app_on(app, app.stores))
    assert await asyncio.gather(*([settlement(app).settle(job), other.settle(job)] * 3)) == [True] * 6
    assert await job_of(app, job.id) == job
    assert (await app.ledger.balance(job.account)).available == 90
    assert len(await app.stores.ledger.entries(job.account, kind=Kind.SETTLE)) == 1
    assert (await verify_ledger(app.stores)).problems == ()


async def test_a_job_that_never_held_anything_waits_until_no_hold_can_come(app: App, clock: ManualClock) -> None:
    account = await app.accounts.for_identity(ALICE)
    job = await app.stores.jobs.create(a_job(account=account.id))
    await app.stores.jobs.abandon(job.id, "why", clock.now())
    job = await job_of(app, job.id)
    assert not await settlement(app).settle(job)
    assert (await job_of(app, job.id)).settled_at is None
    clock.move(HOUR)
    assert await settlement(app).settle(job)
    assert await app.stores.jobs.get(job.id) is None


# --- usage ----------------------------------------------------------------------------------------------------


def complete(usage: Usage) -> None:
    said = usage.indicators.model_dump(by_alias=True)
    assert set(said) == INDICATORS
    parts = [said[name] for name in LATENCIES if name != "totalMs"]
    assert all(part >= 0 for part in parts)
    assert sum(parts) <= said["totalMs"] + 1e-6


@pytest.mark.parametrize("request_", [imagine("r", count=2), chat("r")])
async def test_a_job_that_is_done_is_recorded(app: App, request_: object) -> None:
    job = await ended(app, Provider(), request_)
    usage = await usage_of(app, "r")
    complete(usage)
    said = usage.indicators
    assert (said.status, said.provider_used, said.error_name, said.cached) == ("done", "demo", None, False)
    assert (said.db_ms > 0, said.credit_ms > 0, said.ai_ms > 0) == (True, True, True)
    assert said.message_length == len(job.spec.prompt)
    assert (usage.credits, usage.account, usage.operation) == (job.charged, job.account, job.spec.kind)
    assert (usage.model, usage.platform) == (job.spec.model, "playground")


async def test_a_partly_made_order_is_recorded_with_what_was_made(app: App) -> None:
    await ended(app, Gives(1), imagine("r", count=3))
    usage = await usage_of(app, "r")
    assert (usage.pictures, usage.credits) == (1, 10)


async def test_a_failed_job_is_recorded_with_its_error(app: App) -> None:
    await ended(app, fails(), imagine("r"))
    usage = await usage_of(app, "r")
    complete(usage)
    assert (usage.indicators.status, usage.indicators.error_name) == ("failed", "generation_failed")
    assert (usage.credits, usage.pictures, usage.indicators.provider_used) == (0, 0, None)


async def test_a_cancelled_job_is_recorded(app: App) -> None:
    job = await accepted(app, imagine("r"))
    cancelled = await app.stores.jobs.request_cancel(job.id, app.clock.now())
    assert cancelled is not None
    await app.sweeper.close(cancelled)
    usage = await usage_of(app, "r")
    complete(usage)
    assert (usage.indicators.status, usage.credits) == ("cancelled", 0)


async def test_a_cancelled_request_still_counts(app: App) -> None:
    job = await accepted(app, imagine("r"))
    provider = Hangs()
    async with working(with_provider(app, provider)):
        await provider.started.wait()
        await app.stores.jobs.request_cancel(job.id, app.clock.now())
        await settled(app, job.id)
    assert (await app.limits.left(job.account, 20)).remaining == 19


async def test_an_answer_from_the_cache_is_recorded_as_such(app: App) -> None:
    job = await accepted(app, chat("c1"))
    async with working(app):
        await settled(app, job.id)
    assert isinstance(await app.requests.submit(chat("c2")), Completed)
    usage = await usage_of(app, "c2")
    complete(usage)
    assert (usage.indicators.status, usage.indicators.cached, usage.credits) == ("done", True, 0)
    assert usage.indicators.cache_read_ms > 0
    assert (await usage_of(app, "c1")).indicators.cache_write_ms > 0
