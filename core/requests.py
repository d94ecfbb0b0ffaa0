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

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from core.accounts.model import Account, Identity, Role
from core.accounts.service import Accounts
from core.admin.switches import Switches
from core.catalogue import Catalogue
from core.clock import SECOND, Clock, Millis
from core.conversations import Conversations
from core.credits.ledger import Ledger
from core.credits.model import EndHold, Kind, PlaceHold
from core.credits.pricing import Pricing
from core.errors import (
    AccountMoved,
    GenerationFailed,
    GenerationRefused,
    HoldNotOpen,
    InsufficientCredits,
    Interrupted,
    ModelOff,
    NotFound,
    Refusal,
    ServerWalletEmpty,
    Suspended,
)
from core.generation.orders import Orders
from core.generation.replies import Replies
from core.generation.wishes import Again, Chat, Edit, Enlarge, Imagine, Upscale, Wish, words_of
from core.ids import job_id, media_token
from core.jobs.model import ChatSpec, ImageSpec, Job, JobState, Quote, ReplyTo, Result, Source, found
from core.jobs.signals import Signals
from core.limits import Allowance, DailyLimit
from core.moderation import Moderation
from core.observe.model import Indicators
from core.observe.recorder import Recorder
from core.settings import Settings
from core.stores.ports import JobStore
from core.timing import Stopwatch, measured, stopwatch
from core.tracing import UNTRACED, Tracer
from core.uploads import Attached, Uploads
from core.wallets import Sponsor, Wallets

DURATIONS_LOOKED_AT = 20
MANY = 1_000_000
"""A server has many members, each of whom has a limit of their own (core/wallets.py)."""
TURN: Millis = 60 * SECOND
"""How much later each further open request of one account has its turn, so that many of one person's do not
keep another's first one waiting. As time counts too, nobody waits for ever."""


@dataclass(frozen=True, slots=True)
class Request:
    """One wish of one person. `id` is the platform's own event id: a redelivered event is the same request.

    `sponsor`: the server in which it was asked for, if that pays for its members.
    """

    id: str
    identity: Identity
    wish: Wish
    reply_to: ReplyTo
    locale: str = "en"
    sponsor: Sponsor | None = None

    @property
    def operation(self) -> str:
        return "chat" if isinstance(self.wish, Chat) else "image"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The request is a job now, as it was when it was queued, or as it is if it was known before."""

    job: Job
    allowance: Allowance | None = None


@dataclass(frozen=True, slots=True)
class Completed:
    """The request was answered at once from the cache, and cost nothing."""

    result: Result


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
        conversations: Conversations,
        replies: Replies,
        switches: Switches,
        ledger: Ledger,
        wallets: Wallets,
        jobs: JobStore,
        recorder: Recorder,
        signals: Signals,
        clock: Clock,
        tracer: Tracer = UNTRACED,
    ) -> None:
        self._tracer = tracer
        self._settings = settings
        self._uploads = uploads
        self._conversations = conversations
        self._replies = replies
        self._catalogue = catalogue
        self._accounts = accounts
        self._moderation = moderation
        self._limits = limits
        self._switches = switches
        self._ledger = ledger
        self._wallets = wallets
        self._jobs = jobs
        self._recorder = recorder
        self._signals = signals
        self._clock = clock

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
                await self._record_refusal(request, account, error, watch)
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
        spec = await self._order(request, account, attached, _able(catalogue, request))
        await self._moderation.check(account.id, request.id, _words(spec))
        now = self._clock.now()
        allowance = await self._limits.take(account.id, request.id, await self.per_day(account))
        try:
            job = self._job(request, account, spec, attached, Pricing(catalogue).quote(spec), now)
            begun = await self._begun(job, request.sponsor)
            if isinstance(begun, Result):
                await self._remember(job, begun)
                await self._record_hit(request, account, spec, begun, watch)
                return Completed(begun)
            await self._uploads.keep(begun, attached)
            return await self._hold_and_enqueue(begun, allowance, watch)
        except (Refusal, GenerationFailed):
            await self._limits.give_back(account.id, request.id, now)
            raise

    async def _begun(self, job: Job, sponsor: Sponsor | None) -> Job | Result:
        """The saved job; or its answer, if that is there already, or is just being made for whoever asked the same."""
        if job.reply_key is None:
            return await self._saved(job, sponsor)
        if self._catalogue.chat.cached_price:
            return await self._following(job, job.reply_key, sponsor)
        while True:
            async with self._replies.alone(job.reply_key):
                leader = await self._jobs.asking(job.account, job.reply_key)
                # Looked for afterwards: what was just being answered is found then.
                if (hit := await self._replies.find(job.account, job.reply_key)) is not None:
                    return hit
                if leader is None or leader.id == job.id:
                    return await self._saved(job, sponsor)
            if (answer := await self._replies.followed(leader)) is not None:
                return answer

    async def _remember(self, job: Job, hit: Result) -> None:
        """Make an answer that was found part of the conversation in which it is shown, unless it is so already.

        Nothing but this question was said there, or it would not have been looked for (core/generation/replies.py).
        """
        if not isinstance(job.spec, ChatSpec) or job.spec.conversation is None:
            return
        if not await self._conversations.history(job.spec.conversation):
            await self._jobs.create(job.model_copy(update=found(hit, job.spec, self._clock.now())))
            await self._check_open(job)

    async def _saved(self, job: Job, sponsor: Sponsor | None) -> Job:
        """With who pays for it. Raises TooManyInFlight."""
        share = await self._wallets.payer(job, sponsor)
        if share is None:
            return await self._jobs.create(job)
        paid = {"payer": share.wallet, "sponsored": job.account, "cap_left": share.left}
        return await self._jobs.create(job.model_copy(update=paid))

    async def _following(self, job: Job, key: str, sponsor: Sponsor | None) -> Job:
        """The saved job, which follows whoever asks the same already: an answer that was found costs something here."""
        async with self._replies.alone(key):
            leader = await self._replies.leader_of(job)
            return await self._saved(job.model_copy(update={"follows": leader.id if leader else None}), sponsor)

    def _head_start(self, account: Account) -> Millis:
        return self._catalogue.limits.subscriber_head_start * SECOND if account.role > Role.USER else 0

    async def per_day(self, account: Account) -> int:
        limits = (await self._switches.now()).limits(self._settings.rate_limit_per_day)
        return self._catalogue.per_day(account.role, limits)

    async def _order(
        self, request: Request, account: Account, attached: tuple[Attached, ...], orders: Orders
    ) -> ImageSpec | ChatSpec:
        sources = [one.source for one in attached]
        match request.wish:
            case Imagine() as wish:
                return orders.image(wish, sources)
            case Chat() as wish:
                return await self._chat(wish, sources, orders)
            case Enlarge() as wish:
                return orders.enlarge(wish, attached[0].picture, attached[0].source, attached[0].longest)
            case Again() as wish:
                return orders.again(wish, await self.owned_job(account, wish.job))
            case Edit() as wish:
                return orders.edit(wish, await self.owned_job(account, wish.job))
            case Upscale() as wish:
                return orders.upscale(wish, await self.owned_job(account, wish.job))

    async def _chat(self, wish: Chat, sources: Sequence[Source], orders: Orders) -> ChatSpec:
        """With what was said before. Who only repeats a question, does not go on with a conversation."""
        history = await self._conversations.history(wish.conversation) if wish.conversation else ()
        spec = orders.chat(wish, sources, history)
        if all(turn.question == spec.prompt for turn in history):
            return spec.model_copy(update={"history": ()})
        return spec

    async def owned_job(self, account: Account, job: str) -> Job:
        """A job of this account. Raises NotFound, also for other people's jobs."""
        found = await self._jobs.get(job)
        if found is None or found.account not in await self._accounts.store.family(account.id):
            raise NotFound("That request does not exist, or is not yours.")
        return found

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

    async def _hold_and_enqueue(self, job: Job, allowance: Allowance, watch: Stopwatch) -> Accepted:
        await self._check_open(job)
        first = job.account
        try:
            with measured("credit_ms"):
                job = await self._hold(job)
                if job.account != first:
                    await self._check_open(job)
        except Refusal as refusal:
            if await self._jobs.abandon(job.id, refusal.message, self._clock.now()):
                await self._uploads.drop(job)
                await self._wallets.settle(job, 0)
            self._signals.changed(job.reply_to.channel)  # whoever waits for its answer
            if job.payer and isinstance(refusal, InsufficientCredits):
                raise ServerWalletEmpty from refusal
            raise
        await self._wait_for_leader(job)
        delay = TURN * await self._jobs.open_before(job)
        queued = await self._jobs.enqueue(job.id, dict(watch.parts), delay) or await self._check_accepted(job)
        self._signals.queued()
        return Accepted(queued, allowance)

    async def _wait_for_leader(self, job: Job) -> None:
        """Raises GenerationFailed when whoever asked the same got no answer: then this job is no more, nor its hold."""
        try:
            await self._replies.awaited(job)
        except GenerationFailed as failure:
            if not await self._jobs.abandon(job.id, failure.message, self._clock.now()):
                return  # it was queued meanwhile, and a worker says the same
            await self._uploads.drop(job)
            with suppress(HoldNotOpen):
                await self._ledger.execute(EndHold(job.wallet, job.id, Kind.RELEASE))
            await self._wallets.settle(job, 0)
            raise

    async def _hold(self, job: Job) -> Job:
        """Hold the quote where the job says; the job, which has moved along if its account was merged meanwhile.

        A hold that was placed before the merge is found under its operation id, where the job says it is.
        """
        while True:
            most = self._settings.max_jobs_in_flight if job.payer is None else MANY
            hold = PlaceHold(job.wallet, job.id, job.quote.total, job.hold_expires_at, most)
            try:
                await self._ledger.execute(hold)
            except AccountMoved as moved:
                readdressed = await self._jobs.readdress(job, moved.to)
                if readdressed.account == job.account:  # abandoned meanwhile, so it stays where it is
                    raise Interrupted from moved
                job = readdressed
            else:
                return job

    async def _check_open(self, job: Job) -> None:
        """Looked at after the job was written where it is: a deletion closes the account, then looks for jobs."""
        if not (await self._accounts.get(job.account)).closing:
            return
        abandoned = await self._jobs.abandon(job.id, "Your data is being deleted.", self._clock.now())
        await self._jobs.blank(job.id, self._clock.now())
        with suppress(HoldNotOpen):
            await self._ledger.execute(EndHold(job.wallet, job.id, Kind.RELEASE))
        if abandoned:
            await self._wallets.settle(job, 0)
        raise Interrupted

    async def _check_accepted(self, job: Job) -> Job:
        """A twin delivery may have queued the job, which is fine, or seen it refused: then the hold must go."""
        current = await self._jobs.get(job.id)
        if current is not None and not current.is_abandoned:
            return current
        with suppress(HoldNotOpen):
            await self._ledger.execute(EndHold(job.wallet, job.id, Kind.RELEASE))
        await self._wallets.settle(job, 0)
        raise Interrupted

    async def outlook(self, job: Job) -> tuple[int, Millis | None]:
        """How many queued jobs come first, and in what time this one should be done, by recent durations."""
        durations = sorted(await self._jobs.recent_durations(job.spec.kind, DURATIONS_LOOKED_AT))
        ahead = await self._jobs.ahead(job)
        if not durations:
            return ahead, None
        typical = durations[len(durations) // 2]
        rounds = ahead // self._settings.worker_concurrency + 1
        return ahead, max(SECOND, typical * rounds)

    async def _record_refusal(
        self, request: Request, account: Account, error: Refusal | GenerationFailed, watch: Stopwatch
    ) -> None:
        indicators = Indicators(
            total_ms=watch.total_ms(),
            status="refused" if isinstance(error, Refusal | GenerationRefused) else "failed",
            error_name=error.code, message_length=len(words_of(request.wish)), **watch.parts,
        )  # fmt: skip
        await self._recorder.request(request.id, account.id, request.identity, request.operation, indicators)

    async def _record_hit(
        self, request: Request, account: Account, spec: ImageSpec | ChatSpec, hit: Result, watch: Stopwatch
    ) -> None:
        indicators = Indicators(
            total_ms=watch.total_ms(), status="done", provider_used=hit.provider, cached=True,
            message_length=len(spec.prompt), **watch.parts,
        )  # fmt: skip
        await self._recorder.request(
            request.id, account.id, request.identity, "chat", indicators, model=spec.model, served=hit.model
        )


def _able(catalogue: Catalogue, request: Request) -> Orders:
    """Some model must be on. Raises ModelOff: the last one cannot be switched off, but the file may have changed."""
    if not any(model.draw for model in catalogue.of_kind("chat" if request.operation == "chat" else "image")):
        raise ModelOff(f"Every model for {request.operation}", [])
    return Orders(catalogue)


def _words(spec: ImageSpec | ChatSpec) -> str:
    """All that somebody wrote for this order."""
    return f"{spec.prompt}\n{spec.negative}" if isinstance(spec, ImageSpec) and spec.negative else spec.prompt
