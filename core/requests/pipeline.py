"""The pipeline of one request, from a person's wish to a queued job or an answer.

Crash table of `submit`:
  after the daily count   one request of today is counted           nothing held; the count ends with the day
  after the job is saved  the job is ACCEPTING                      the sweeper abandons it: nothing was held
  after the hold          the hold is on disk, the job ACCEPTING    the sweeper queues it, the ledger says so
  while it waits          the same; the job says whom it follows    the sweeper, once that one has ended; the worker
                                                                    shares its answer for `cached_price`, or its failure
  after a found answer    the job is DONE with it, nothing was held  nothing is left to do; it may be shown again
  after it was abandoned  as that one failed; the hold is open      the sweeper releases it when it would expire
  after enqueueing        the job is QUEUED                         any worker runs it
The job is saved before the hold so that no hold can be left without a document that leads to it.
"""

import structlog

from core.accounts.model import Account, Role
from core.accounts.service import Accounts
from core.admin.switches import Switches
from core.catalogue import Catalogue
from core.clock import SECOND, Clock, Millis
from core.credits.pricing import Pricing
from core.errors import GenerationFailed, Refusal, Suspended
from core.generation.replies import Replies
from core.ids import job_id, media_token
from core.jobs.model import Job, JobState
from core.jobs.results import Result
from core.jobs.specs import ChatSpec, ImageSpec, Quote
from core.limits import DailyLimit
from core.moderation import Moderation
from core.observe.recorder import Recorder
from core.requests.beginning import Beginning
from core.requests.holding import Holding
from core.requests.model import Accepted, Completed, Request
from core.requests.recording import record_hit, record_refusal
from core.requests.specs import Specs, words_in
from core.settings import Settings
from core.stores.ports import JobStore
from core.timing import Stopwatch, stopwatch
from core.tracing import UNTRACED, Tracer
from core.uploads import Attached, Uploads

DURATIONS_LOOKED_AT = 20


class Requests:
    """Takes requests in."""

    def __init__(
        self,
        settings: Settings,
        catalogue: Catalogue,
        accounts: Accounts,
        moderation: Moderation,
        limits: DailyLimit,
        uploads: Uploads,
        specs: Specs,
        replies: Replies,
        switches: Switches,
        beginning: Beginning,
        holding: Holding,
        jobs: JobStore,
        recorder: Recorder,
        clock: Clock,
        tracer: Tracer = UNTRACED,
    ) -> None:
        self._settings = settings
        self._catalogue = catalogue
        self._accounts = accounts
        self._moderation = moderation
        self._limits = limits
        self._uploads = uploads
        self._specs = specs
        self._replies = replies
        self._switches = switches
        self._beginning = beginning
        self._holding = holding
        self._jobs = jobs
        self._recorder = recorder
        self._clock = clock
        self._tracer = tracer

    async def submit(self, request: Request) -> Accepted | Completed:
        """Take one wish to a queued job, or to its answer.

        Raises Refusal: nothing is held. Raises StoreError or Interrupted: whether it was accepted is not known yet;
        the sweeper finds out, and the person pays only for a result.
        """
        with (
            structlog.contextvars.bound_contextvars(requestId=request.id),
            self._tracer.span("request", request.id, operation=request.operation, platform=request.identity.platform),
            stopwatch() as watch,
        ):
            account = await self._accounts.for_identity(request.identity)
            try:
                return await self._submit(request, account, watch)
            except (Refusal, GenerationFailed) as error:
                await record_refusal(self._recorder, request, account, error, watch)
                raise

    async def _submit(self, request: Request, account: Account, watch: Stopwatch) -> Accepted | Completed:
        known = await self._jobs.get(job_id(request.id))
        if known is not None and known.state is not JobState.ACCEPTING:
            return Accepted(known)
        if account.suspended:
            raise Suspended(account.suspended, self._settings.support_contact)
        await self._switches.check_open()
        attached = await self._uploads.checked(request.wish)
        catalogue = await self._switches.catalogue()
        spec = await self._specs.of(request, account, attached, catalogue)
        await self._moderation.check(account.id, request.id, words_in(spec))
        now = self._clock.now()
        allowance = await self._limits.take(account.id, request.id, await self.per_day(account))
        try:
            job = self._job(request, account, spec, attached, Pricing(catalogue).quote(spec), now)
            begun = await self._beginning.begin(job, request.sponsor)
            if isinstance(begun, Result):
                await record_hit(self._recorder, request, account, spec, begun, watch)
                return Completed(begun)
            await self._uploads.keep(begun, attached)
            return Accepted(await self._holding.hold_and_enqueue(begun, watch), allowance)
        except (Refusal, GenerationFailed):
            await self._limits.give_back(account.id, request.id, now)
            raise

    def _job(
        self,
        request: Request,
        account: Account,
        spec: ImageSpec | ChatSpec,
        attached: tuple[Attached, ...],
        quote: Quote,
        now: Millis,
    ) -> Job:
        results = spec.count if isinstance(spec, ImageSpec) else 0
        return Job(
            id=job_id(request.id),
            request_id=request.id,
            account=account.id,
            identity=request.identity,
            reply_to=request.reply_to,
            locale=request.locale,
            spec=spec,
            quote=quote,
            reply_key=self._replies.key(account.id, spec) if isinstance(spec, ChatSpec) else None,
            media=(*(media_token() for _ in range(results)), *(one.token for one in attached)),
            created_at=now,
            turn_at=now - self._head_start(account),
            hold_expires_at=now + self._catalogue.limits.job_seconds * SECOND,
        )

    def _head_start(self, account: Account) -> Millis:
        return self._catalogue.limits.subscriber_head_start * SECOND if account.role > Role.USER else 0

    async def owned_job(self, account: Account, job: str) -> Job:
        """A job of this account. Raises NotFound, also for other people's jobs."""
        return await self._specs.owned_job(account, job)

    async def per_day(self, account: Account) -> int:
        """How many requests this account may make a day."""
        limits = (await self._switches.now()).limits(self._settings.rate_limit_per_day)
        return self._catalogue.per_day(account.role, limits)

    async def outlook(self, job: Job) -> tuple[int, Millis | None]:
        """How many queued jobs come first, and in what time this one should be done, by recent durations."""
        durations = sorted(await self._jobs.recent_durations(job.spec.kind, DURATIONS_LOOKED_AT))
        ahead = await self._jobs.ahead(job)
        if not durations:
            return ahead, None
        typical = durations[len(durations) // 2]
        rounds = ahead // self._settings.worker_concurrency + 1
        return ahead, max(SECOND, typical * rounds)
