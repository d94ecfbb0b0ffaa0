"""The provider calls of one job, each written down before it is made and again when it has ended."""

from collections.abc import Awaitable, Callable, Sequence

from core.clock import Clock
from core.jobs.attempts import Attempt, Outcome, Tokens

Recorder = Callable[[Sequence[Attempt]], Awaitable[None]]


class Trail:
    """`record` is awaited before each call, so that no call goes unrecorded. It raises LeaseLost."""

    def __init__(self, attempts: Sequence[Attempt], record: Recorder, clock: Clock) -> None:
        self._attempts = [_interrupted(attempt) for attempt in attempts]
        self._record = record
        self._clock = clock

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(self._attempts)

    @property
    def running_at_provider(self) -> Attempt | None:
        """The last call, if its worker was lost while the provider had a job of its own for it."""
        last = self._attempts[-1] if self._attempts else None
        return last if last is not None and last.outcome is None else None

    async def begin(self, provider: str, model: str) -> None:
        self._attempts.append(Attempt(provider=provider, model=model, started_at=self._clock.now()))
        await self._record(self.attempts)

    async def remember(self, provider_job: str) -> None:
        """Note the provider's own id of the call, so that whoever comes after us goes on with it."""
        self._change(provider_job=provider_job)
        await self._record(self.attempts)

    def end(
        self,
        outcome: Outcome,
        *,
        cost: int | None,
        error: str | None = None,
        served: str | None = None,
        tokens: Tokens | None = None,
        pictures: int = 0,
    ) -> None:
        """Note how the call ended; saved with whatever is saved next."""
        self._change(
            ended_at=self._clock.now(), outcome=outcome, error=error, served=served, tokens=tokens,
            pictures=pictures, cost=cost,
        )  # fmt: skip

    async def save(self) -> None:
        await self._record(self.attempts)

    def _change(self, **changes: object) -> None:
        self._attempts[-1] = self._attempts[-1].model_copy(update=changes)


def _interrupted(attempt: Attempt) -> Attempt:
    """A call whose worker was lost has an unknown end, unless the provider can be asked about it."""
    if attempt.outcome is None and attempt.provider_job is None:
        return attempt.model_copy(update={"outcome": "unknown", "error": "interrupted"})
    return attempt
