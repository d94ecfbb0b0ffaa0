"""A request that Easel's end breaks off: nobody is told that it was not taken when it is made and paid nevertheless."""

import asyncio
from typing import cast

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from bots.replies import Reply
from bots.service import Service
from bots.slack.desk import Asking, Desk
from bots.slack.errands import Errands
from bots.slack.places import Place
from bots.slack.workspaces import Workspaces
from core.accounts.model import Identity
from core.app import App
from core.clock import HOUR
from core.credits.model import Origin
from core.credits.operations import Grant, PlaceHold
from core.ids import job_id
from core.jobs.model import JobState
from core.wallets import wallet_of
from tests.core.test_requests import accepted
from tests.support import imagine

WHO, PLACE = Identity("slack", "T1/U1"), Place("T1", "C1", "U1")
WALLET = wallet_of("slack:T1")


class Listening(Desk):
    """A desk that remembers what it says instead of a message."""

    said: tuple[str, ...] = ()

    async def fill(self, asking: Asking, place: Place, reply: Reply, question: str = "") -> None:
        self.said += (reply.text,)


@pytest.mark.parametrize(("is_held", "is_told"), [(True, False), (False, True)])
async def test_nobody_is_told_so_whose_server_pays_for_what_is_made(app: App, is_held: bool, is_told: bool) -> None:
    """The hold is in the server's wallet, not in the person's."""
    errands = Errands(finish_seconds=0)
    desk = Listening(app, Service(app), cast(Workspaces, None), errands)
    done = await accepted(app, imagine("r1", WHO))
    job = done.model_copy(update={"id": job_id("r2"), "request_id": "r2", "state": JobState.ACCEPTING, "payer": WALLET})
    await app.stores.jobs.create(job)
    await app.ledger.execute(Grant(WALLET, "fund", 50, Origin.PROMO))
    if is_held:
        await app.ledger.execute(PlaceHold(WALLET, job.id, 10, app.clock.now() + HOUR, 9))

    never = asyncio.Event()

    async def stands() -> None:
        await never.wait()

    desk.take(Asking("r2", AsyncWebClient(), WHO, PLACE), stands())
    await errands.finished()
    assert bool(desk.said) is is_told
