"""A call whose answer was lost is asked about later, so that its cost is known; the person still pays nothing."""

import pytest

from core.app import App
from core.clock import HOUR, MINUTE
from core.generation.prices import Prices
from core.jobs.attempts import Attempt
from core.jobs.ending import Ending
from core.jobs.making import LEASE
from core.jobs.model import MOST_LOOKS, Job, JobState
from core.jobs.reconcile import Reconciler
from core.jobs.results import Failure
from core.providers.ports import Bill, Drawing, Drawn, Found, ProviderFailed
from tests.core.test_requests import accepted
from tests.fakes import job_of
from tests.support import ManualClock, imagine

LOST = Attempt(provider="demo", model="demo-art", started_at=1, ended_at=2, outcome="unknown", provider_job="p1")


class Asked:
    """Answers what is listed, one after the other."""

    def __init__(self, *answers: Found | Exception | None) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def look(self, provider_job: str) -> Found | None:
        self.asked.append(provider_job)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return answer


async def lost(app: App, *attempts: Attempt, request: str = "r1") -> Job:
    """A job that failed with its answer lost, settled."""
    job = await accepted(app, imagine(request))
    now = app.clock.now()
    claimed = await app.stores.jobs.claim("w", now, now + LEASE)
    assert claimed is not None
    failure = Failure(code="generation_failed", message="No answer.")
    ending = Ending(JobState.FAILED, failure=failure, attempts=attempts or (LOST,))
    assert await app.stores.jobs.finish(claimed, ending, timings={}, now=now, next_delivery_at=now)
    await app.sweeper.close(await job_of(app, job.id))
    return await job_of(app, job.id)


def reconciler(app: App, provider: Asked) -> Reconciler:
    named = {"demo": provider}
    return Reconciler(app.stores.jobs, named, app.catalogue, Prices(app.clock), app.recorder, app.clock)


async def test_what_was_carried_out_after_all_is_counted_once(app: App, clock: ManualClock) -> None:
    job = await lost(app)
    provider = Asked(Found(Drawing((Drawn(b"x"),), served="art-1")))
    clock.move(MINUTE)
    for _ in range(3):
        await reconciler(app, provider).run()
        clock.move(HOUR)
    [attempt] = (await job_of(app, job.id)).attempts
    assert (attempt.outcome, attempt.cost, attempt.pictures, attempt.served) == ("done", 0, 1, "art-1")
    assert provider.asked == ["p1"]
    addition = await app.stores.usage.get(f"{job.request_id}:call:0")
    assert addition is not None
    assert (addition.requests, addition.cost) == (0, 0)
    assert (await app.ledger.balance(job.account)).available == 100


@pytest.mark.parametrize(("bill", "cost"), [(Bill(), 0), (Bill(billed=True), None)])
async def test_what_brought_nothing_costs_nothing_unless_it_was_billed(
    app: App, clock: ManualClock, bill: Bill, cost: int | None
) -> None:
    job = await lost(app)
    clock.move(MINUTE)
    await reconciler(app, Asked(Found(None, bill))).run()
    [attempt] = (await job_of(app, job.id)).attempts
    assert (attempt.outcome, attempt.cost) == ("retryable", cost)


@pytest.mark.parametrize("answer", [None, ProviderFailed("away")])
async def test_while_nothing_is_known_it_is_asked_again_ever_later_and_not_for_ever(
    app: App, clock: ManualClock, answer: Exception | None
) -> None:
    await lost(app)
    provider = Asked(answer)
    await reconciler(app, provider).run()
    assert provider.asked == []
    for _ in range(60 * 24):
        clock.move(MINUTE)
        await reconciler(app, provider).run()
    assert len(provider.asked) == MOST_LOOKS


async def test_calls_whose_end_is_known_or_that_have_no_id_are_left_alone(app: App, clock: ManualClock) -> None:
    nameless = LOST.model_copy(update={"provider_job": None})
    await lost(app, nameless, LOST.model_copy(update={"outcome": "done", "cost": 5}))
    provider = Asked(None)
    clock.move(HOUR)
    await reconciler(app, provider).run()
    assert provider.asked == []


@pytest.mark.parametrize("outcome", [None, "cancelled"])
async def test_a_call_whose_end_nobody_noted_is_asked_about_too(
    app: App, clock: ManualClock, outcome: str | None
) -> None:
    """The worker was lost for good, or the person cancelled: what it costs is as little known."""
    job = await lost(app, LOST.model_copy(update={"outcome": outcome, "ended_at": None}))
    clock.move(MINUTE)
    await reconciler(app, Asked(Found(Drawing((Drawn(b"x"),), served="art-1")))).run()
    [attempt] = (await job_of(app, job.id)).attempts
    assert (attempt.outcome, attempt.cost) == ("done", 0)
    addition = await app.stores.usage.get(f"{job.request_id}:call:0")
    assert addition is not None
    assert addition.cost == 0


async def test_an_answer_that_nobody_expected_does_not_hold_up_the_calls_of_others(
    app: App, clock: ManualClock
) -> None:
    await lost(app)
    clock.move(1)
    other = await lost(app, LOST.model_copy(update={"provider_job": "p2"}), request="r2")
    clock.move(MINUTE)
    provider = Asked(ZeroDivisionError("nobody thought of it"), Found(Drawing((Drawn(b"x"),))))
    await reconciler(app, provider).run()
    assert provider.asked == ["p1", "p2"]
    assert (await job_of(app, other.id)).attempts[0].outcome == "done"
