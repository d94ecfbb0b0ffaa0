"""Jobs: what is in the works, what became of the latest ones, and one of them with its provider calls.

What people asked for is not shown: whether it may be is another setting's matter, and no number needs it.
"""

import asyncio
from collections.abc import Sequence

from fastapi import Request

from core.admin.model import Actor
from core.app import App
from core.clock import SECOND, Millis
from core.errors import NotFound
from core.jobs.attempts import Attempt
from core.jobs.model import Job, JobState
from core.jobs.specs import ImageSpec
from webhooks.dashboard import formats
from webhooks.dashboard.actions import offered
from webhooks.dashboard.tables import Cell, Column, Table
from webhooks.dashboard.views import ADMIN, PAGE, Shown, chosen, paging, place_of, user_page
from webhooks.pay.words import count

PATH = f"{ADMIN}/jobs"
STATES = (("", "All"), *((state.value, state.value.capitalize()) for state in JobState if state != JobState.ACCEPTING))
TONES = {
    JobState.DONE: "good", JobState.FAILED: "bad", JobState.RUNNING: "accent", JobState.QUEUED: "warm",
    JobState.CANCELLED: "calm", JobState.ACCEPTING: "calm",
}  # fmt: skip
COLUMNS = (
    Column("Job"), Column("State"), Column("What"), Column("Account"), Column("Asked", is_short=True),
    Column("Took", True), Column("Credits", True),
)  # fmt: skip
CALLS = (
    Column("Provider"), Column("Model"), Column("End"), Column("Began", is_short=True), Column("Took", True),
    Column("Cost", True),
)  # fmt: skip
OUTCOMES = {"done": "good", "refused": "warm", "cancelled": "calm", "unknown": "warm"}


class Jobs:
    """The pages of jobs."""

    def __init__(self, app: App) -> None:
        self._app = app

    async def all(self, request: Request, actor: Actor) -> Shown:
        query, now = dict(request.query_params), self._app.clock.now()
        state, before = chosen(query, "state", "State", STATES), place_of(query)
        wanted = JobState(state.chosen) if state.chosen else None
        jobs, queue = await asyncio.gather(
            self._app.stores.jobs.page(before, PAGE + 1, state=wanted), self._app.reports.queue()
        )
        last = jobs[PAGE - 1] if len(jobs) > PAGE else None
        older, newest = paging(PATH, query, (last.created_at, last.id) if last else None)
        waits = now - queue.oldest_queued_at if queue.oldest_queued_at is not None else None
        data = {
            "queue": queue, "waits": formats.duration(waits) if waits is not None else None, "choices_of": [state],
            "jobs": jobs_table(jobs[:PAGE], "Jobs", older, newest),
        }  # fmt: skip
        return Shown("jobs", "Jobs", data)

    async def one(self, request: Request, actor: Actor) -> Shown:
        job = await self._app.stores.jobs.get(request.path_params["job"])
        if job is None:
            raise NotFound("There is no such job.")
        await self._app.looking.watched(actor, "job", job.id)
        facts = [
            ("State", job.state.value), ("What", _what(job)), ("Asked", formats.when(job.created_at)),
            ("Waited", _took(job.created_at, job.started_at)), ("Worked on", _took(job.started_at, job.finished_at)),
            ("Quote", count(job.quote.total)),
            ("Charged", formats.NOTHING if job.charged is None else count(job.charged)),
            ("Given out to workers", f"{job.attempt} times" if job.attempt != 1 else "once"),
            ("Settled", _at(job.settled_at)), ("Delivered", _at(job.delivered_at)), ("Request", job.request_id),
        ]  # fmt: skip
        if job.failure:
            facts.insert(1, ("Why it failed", f"{job.failure.code}: {job.failure.message}"))
        data = {
            "job": job, "facts": facts, "user": user_page(job.account),
            "acts": offered("jobs", "retry" if job.is_open else "cancel"), "tone": TONES[job.state],
            "calls": Table("Provider calls", CALLS, list(map(_call, job.attempts)), "No provider was asked."),
        }  # fmt: skip
        return Shown("jobs", f"Job {job.id}", data)


def jobs_table(jobs: Sequence[Job], caption: str, older: str | None = None, newest: str | None = None) -> Table:
    return Table(
        caption,
        COLUMNS,
        list(map(_row, jobs)),
        "No jobs here. Each picture or answer that somebody asks for becomes one.",
        older,
        newest,
    )


def _row(job: Job) -> list[Cell]:
    failure = job.failure.code if job.failure and job.state is JobState.FAILED else ""
    return [
        Cell(job.id, href=f"{PATH}/{job.id}"), Cell(job.state.value, tone=TONES[job.state], hint=failure),
        Cell(_what(job)), Cell(str(job.identity), href=user_page(job.account)), Cell(formats.when(job.created_at)),
        Cell(_took(job.created_at, job.finished_at)),
        Cell(formats.NOTHING if job.charged is None else f"{job.charged:,}", value=job.charged),
    ]  # fmt: skip


def _what(job: Job) -> str:
    """`2 pictures by flux`, `answer by gpt`, or what was to be."""
    model = job.result.model if job.result else job.spec.model
    if isinstance(job.spec, ImageSpec):
        number = job.spec.count
        return f"{'picture' if number == 1 else f'{number} pictures'} by {model}"
    return f"answer by {model}"


def _call(attempt: Attempt) -> list[Cell]:
    end = attempt.outcome or "not noted"
    cost = formats.NOTHING if attempt.cost is None else formats.usd(attempt.cost)
    return [
        Cell(attempt.provider), Cell(attempt.model), Cell(end, tone=OUTCOMES.get(end, "bad"), hint=attempt.error or ""),
        Cell(formats.when(attempt.started_at)), Cell(_took(attempt.started_at, attempt.ended_at)), Cell(cost),
    ]  # fmt: skip


def _took(begun: Millis | None, ended: Millis | None) -> str:
    if begun is None or ended is None:
        return formats.NOTHING
    return f"{(ended - begun) / SECOND:,.1f} s"


def _at(instant: Millis | None) -> str:
    return formats.NOTHING if instant is None else formats.when(instant)
