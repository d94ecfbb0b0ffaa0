"""The measure of requests that became no job: refused ones, and those answered at once."""

from core.accounts.model import Account
from core.errors import GenerationFailed, GenerationRefused, Refusal
from core.generation.wishes import words_of
from core.jobs.results import Result
from core.jobs.specs import ChatSpec, ImageSpec
from core.observe.model import Indicators
from core.observe.recorder import Recorder
from core.requests.model import Request
from core.timing import Stopwatch


async def record_refusal(
    recorder: Recorder, request: Request, account: Account, error: Refusal | GenerationFailed, watch: Stopwatch
) -> None:
    indicators = Indicators(
        total_ms=watch.total_ms(),
        status="refused" if isinstance(error, Refusal | GenerationRefused) else "failed",
        error_name=error.code, message_length=len(words_of(request.wish)), **watch.parts,
    )  # fmt: skip
    await recorder.request(request.id, account.id, request.identity, request.operation, indicators)


async def record_hit(
    recorder: Recorder, request: Request, account: Account, spec: ImageSpec | ChatSpec, hit: Result, watch: Stopwatch
) -> None:
    indicators = Indicators(
        total_ms=watch.total_ms(), status="done", provider_used=hit.provider, cached=True,
        message_length=len(spec.prompt), **watch.parts,
    )  # fmt: skip
    await recorder.request(
        request.id, account.id, request.identity, "chat", indicators, model=spec.model, served=hit.model
    )
