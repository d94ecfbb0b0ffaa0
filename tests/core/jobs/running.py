"""What tests of the worker share."""

from core.app import App
from core.credits.verify import verify_ledger
from core.jobs.model import Job
from tests.core.test_requests import accepted
from tests.fakes import Once, settled, with_provider, working
from tests.fakes.providers import Provider
from tests.support import imagine


async def run(app: App, provider: Provider, request: object = None) -> Job:
    job = await accepted(app, request or imagine())  # type: ignore[arg-type]  # a test knows what it gives
    async with working(with_provider(app, provider)):
        return await settled(app, job.id)


async def paid(app: App, job: Job) -> int:
    """What is missing from the welcome credits. Nothing is held any more, and the books are right."""
    balance = await app.ledger.balance(job.account)
    assert balance.held == 0
    assert (await verify_ledger(app.stores)).problems == ()
    return 100 - balance.available


async def done(once: Once) -> bool:
    return once.done
