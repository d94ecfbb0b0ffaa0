"""A request that an admin stops, or has made after all."""

import pytest

from core.app import App
from core.clock import MINUTE
from core.credits.verify import verify_ledger
from core.errors import ActionRefused, NotFound, StoreBusy
from core.jobs.model import Job, JobState
from core.requests import Accepted, Request
from tests.core.admin.acts import acts
from tests.core.admin.boss import BOSS, is_over
from tests.fakes import Fault, app_on, job_of, meddled, settled, with_provider, working
from tests.fakes.providers import Provider
from tests.support import ALICE, ManualClock, chat, imagine


async def accepted(app: App, request: Request) -> Job:
    outcome = await app.requests.submit(request)
    assert isinstance(outcome, Accepted)
    return outcome.job


async def cancelled(app: App) -> Job:
    job = await accepted(app, imagine("i1"))
    await acts(app).cancel(BOSS, "c1", job.id)
    return await job_of(app, job.id)


async def has(app: App) -> int:
    return (await app.ledger.balance((await app.accounts.for_identity(ALICE)).id)).available


async def test_a_queued_request_is_stopped_at_once_and_its_credits_come_back(app: App) -> None:
    job = await accepted(app, imagine("i1"))
    line = await acts(app).cancel(BOSS, "c1", job.id, "stuck")
    assert (line.before, line.after) == ({"state": "queued"}, {"state_now": "cancelled"})
    assert (await job_of(app, job.id)).state is JobState.CANCELLED
    assert await has(app) == 100
    with pytest.raises(ActionRefused, match="ended already"):
        await acts(app).cancel(BOSS, "c2", job.id)
    with pytest.raises(NotFound):
        await acts(app).cancel(BOSS, "c3", "nothing")


@pytest.mark.parametrize("request_", [imagine("i1"), chat("c1")])
async def test_what_did_not_come_about_is_made_anew_for_the_person(app: App, request_: Request) -> None:
    first = await accepted(app, request_)
    await acts(app).cancel(BOSS, "stop", first.id)
    line = await acts(app).retry(BOSS, "r1", first.id)
    assert await acts(app).retry(BOSS, "r1", first.id) == line
    job = await job_of(app, str(line.after["job"]))
    assert (job.account, job.identity, job.spec.prompt) == (first.account, ALICE, first.spec.prompt)
    async with working(with_provider(app, Provider())):
        assert (await settled(app, job.id)).state is JobState.DONE
    assert len(await app.stores.jobs.page(None, 9)) == 2
    assert await has(app) == 100 - job.quote.total
    with pytest.raises(ActionRefused, match="/recover"):
        await acts(app).retry(BOSS, "r2", job.id)


async def test_a_request_in_the_works_is_not_made_twice(app: App) -> None:
    job = await accepted(app, imagine("i1"))
    with pytest.raises(ActionRefused, match="in the works"):
        await acts(app).retry(BOSS, "r1", job.id)


async def test_what_the_person_cannot_pay_is_not_made_and_the_admin_learns_why(app: App) -> None:
    job = await cancelled(app)
    await acts(app).revoke(BOSS, "take", job.account, 95)
    with pytest.raises(ActionRefused, match="You need 10 credits and have 5"):
        await acts(app).retry(BOSS, "r1", job.id)
    assert await is_over(app)


@pytest.mark.parametrize("write", range(1, 8))
async def test_a_crash_at_any_write_leaves_one_new_request(app: App, clock: ManualClock, write: int) -> None:
    """The intent, the daily count, the job, its hold, the queue, the audit line, the end of the intent."""
    job = await cancelled(app)
    with pytest.raises(StoreBusy):
        await acts(app_on(app, meddled(app.stores, before=Fault(write)))).retry(BOSS, "r1", job.id)
    clock.move(MINUTE)
    await app.admin.recover()
    await app.sweeper.sweep()
    line = await acts(app).retry(BOSS, "r1", job.id)
    async with working(with_provider(app, Provider())):
        made = await settled(app, str(line.after["job"]))
    assert made.state is JobState.DONE
    assert await has(app) == 90
    assert len(await app.stores.jobs.page(None, 9)) == 2
    assert (await verify_ledger(app.stores)).problems == ()
