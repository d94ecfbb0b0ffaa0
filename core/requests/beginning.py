"""From an order to a saved job, or to its answer if that is there already or is just being made for another."""

from core.clock import Clock
from core.conversations import Conversations
from core.generation.replies import Replies
from core.jobs.changes import found
from core.jobs.model import Job
from core.jobs.results import Result
from core.jobs.specs import ChatSpec
from core.requests.holding import Holding
from core.stores.ports import JobStore
from core.wallets import Sponsor, Wallets


class Beginning:
    """Saves jobs. `answers_cost`: an answer that was found has a price, so each who asks the same has a job."""

    def __init__(
        self,
        replies: Replies,
        conversations: Conversations,
        wallets: Wallets,
        jobs: JobStore,
        holding: Holding,
        clock: Clock,
        answers_cost: bool,
    ) -> None:
        self._replies = replies
        self._conversations = conversations
        self._wallets = wallets
        self._jobs = jobs
        self._holding = holding
        self._clock = clock
        self._answers_cost = answers_cost

    async def begin(self, job: Job, sponsor: Sponsor | None) -> Job | Result:
        """The saved job; or its answer, which is part of the conversation then. Raises TooManyInFlight."""
        begun = await self._begun(job, sponsor)
        if isinstance(begun, Result):
            await self._remember(job, begun)
        return begun

    async def _begun(self, job: Job, sponsor: Sponsor | None) -> Job | Result:
        if job.reply_key is None:
            return await self._saved(job, sponsor)
        if self._answers_cost:
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

    async def _following(self, job: Job, key: str, sponsor: Sponsor | None) -> Job:
        """The saved job, which follows whoever asks the same already."""
        async with self._replies.alone(key):
            leader = await self._replies.leader_of(job)
            return await self._saved(job.model_copy(update={"follows": leader.id if leader else None}), sponsor)

    async def _saved(self, job: Job, sponsor: Sponsor | None) -> Job:
        """With who pays for it. Raises TooManyInFlight."""
        share = await self._wallets.payer(job, sponsor)
        if share is None:
            return await self._jobs.create(job)
        paid = {"payer": share.wallet, "sponsored": job.account, "cap_left": share.left}
        return await self._jobs.create(job.model_copy(update=paid))

    async def _remember(self, job: Job, hit: Result) -> None:
        """Make an answer that was found part of the conversation in which it is shown, unless it is so already.

        Nothing but this question was said there, or it would not have been looked for (core/generation/replies.py).
        """
        if not isinstance(job.spec, ChatSpec) or job.spec.conversation is None:
            return
        if not await self._conversations.history(job.spec.conversation):
            await self._jobs.create(job.model_copy(update=found(hit, job.spec, self._clock.now())))
            await self._holding.check_open(job)
