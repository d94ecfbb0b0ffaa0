"""Replicate as Easel sees it: an order in, pictures or a typed failure out (core/providers/ports.py)."""

import asyncio
from collections.abc import Collection, Sequence

from core.jobs.specs import ImageSpec
from core.providers.announcements import Announcements
from core.providers.ports import NOTHING_BILLED, Bill, Call, Drawing, Found, ProviderFailed
from core.providers.replicate.api import PUBLIC_URL, Api, ApiError
from core.providers.replicate.drafts import drafts, is_official
from core.providers.replicate.errand import BETWEEN, Errand, Pace, seen_through
from core.providers.replicate.outcomes import answered, ended, unfetched, unseen, worst
from core.providers.replicate.outputs import Outputs
from core.providers.replicate.secret import WebhookSecret
from core.providers.replicate.snapshot import Snapshot

WHO = "Replicate"
LOOK_SECONDS = 60.0
DONE = "succeeded"


class Replicate:
    """`ImageProvider` and `Reconcilable`. One for a process; to be closed.

    `base_url` without `/v1`. `output_hosts`: from where pictures may be fetched besides Replicate's own hosts.
    `announcements` hears of predictions that are done, from the web app; `webhook_secret` tells how those are signed.
    """

    name = "replicate"
    demo = False

    def __init__(
        self,
        token: str,
        base_url: str | None = None,
        output_hosts: Collection[str] = (),
        *,
        announcements: Announcements | None = None,
        pace: Pace | None = None,
    ) -> None:
        self._base_url = base_url or PUBLIC_URL
        self._api = Api(token, self._base_url)
        self._outputs = Outputs(output_hosts, base_url)
        self._pace = pace or Pace()
        self.announcements = announcements or Announcements()
        self.webhook_secret = WebhookSecret(self._api, WHO)

    async def close(self) -> None:
        await self._api.close()
        await self._outputs.close()

    async def draw(self, spec: ImageSpec, call: Call) -> Drawing:
        """Up to `spec.count` pictures. Raises ProviderError; nothing runs at Replicate then, unless that is unknown.

        Cancelled: the predictions are stopped first, which takes `Pace.stop` seconds at most, unless somebody else goes
        on with them.
        """
        loop = asyncio.get_running_loop()
        end = loop.time() + call.seconds
        until = end - self._pace.margin
        if until <= loop.time() and call.resume is None:
            raise ProviderFailed(f"There was too little time left for {call.model.name}.")
        errand = Errand(self._api, self.announcements, self._pace, call)
        try:
            async with asyncio.timeout_at(until) as limit:
                if call.resume is None:
                    await errand.begin(drafts(spec, call.model, call.sources), callback(call, self._base_url))
                else:
                    errand.resume(call.resume)
                await errand.watch()
        except BaseException as error:  # whatever it was, nothing is left running that nobody knows of
            if isinstance(error, asyncio.CancelledError) and errand.is_noted and call.is_left():
                raise
            await seen_through(errand.stop())
            if not (isinstance(error, TimeoutError) and limit.expired()):
                raise
        return await self._gathered(errand, call, end - self._pace.last)

    async def look(self, provider_job: str) -> Found | None:
        """What became of these predictions; None while one still runs. Raises ProviderError.

        Replicate forgets pictures after an hour: https://replicate.com/docs/topics/predictions/data-retention
        """
        try:
            seen = await asyncio.gather(*(self._api.get(one) for one in provider_job.split(BETWEEN)))
        except ApiError as error:
            raise answered(error, WHO) from error
        if not all(snapshot.has_ended for snapshot in seen):
            return None
        made = [snapshot for snapshot in seen if snapshot.status == DONE]
        drawn, later = await self._outputs.of(made, asyncio.get_running_loop().time() + LOOK_SECONDS)
        if drawn:
            return Found(Drawing(tuple(drawn), served=made[0].model, billed=_pictures(made)))
        if later:
            raise unfetched(WHO)
        others = [ended(snapshot, WHO, official=False).bill.billed for snapshot in seen if snapshot not in made]
        return Found(None, Bill(billed=True) if made or any(others) else NOTHING_BILLED)

    async def has(self, model_id: str) -> bool:
        """Whether Replicate has `owner/name`; of `owner/name:version` only the model is looked up.

        Raises ProviderError, also for a version alone, which Replicate cannot be asked for.
        """
        named = model_id.partition(":")[0]
        if "/" not in named:
            raise ProviderFailed(f"{WHO} can be asked for owner/name only, not for a version alone.")
        try:
            return await self._api.has(named)
        except ApiError as error:
            raise answered(error, WHO) from error

    async def lacking(self, models: Collection[str]) -> set[str]:
        """See ImageProvider. Replicate has too many models to list them, so it is asked for each."""
        return {model for model in models if not await self.has(model)}

    async def _gathered(self, errand: Errand, call: Call, until: float) -> Drawing:
        """Fetch what was drawn; with nothing at all, raise what decides."""
        who = call.model.name
        made = [snapshot for snapshot in errand.ends if snapshot.status == DONE]
        drawn, _ = await self._outputs.of(made, until)
        if drawn:
            return Drawing(tuple(drawn), served=made[0].model, billed=_pictures(made) + errand.unknown)
        official = is_official(call.model.id)
        others = [ended(snapshot, who, official=official) for snapshot in errand.ends if snapshot not in made]
        missed = [unseen(who)] * errand.unknown + [unfetched(who)] * len(made)
        raise worst([*errand.troubles, *others, *missed])


def callback(call: Call, base_url: str) -> str | None:
    """Where to announce. Replicate takes only https for that; a server on this machine that stands in may take http."""
    if call.callback is None or call.callback.startswith("https://") or base_url.startswith("http://"):
        return call.callback
    return None


def _pictures(made: Sequence[Snapshot]) -> int:
    """What Replicate charges for."""
    return sum(len(snapshot.outputs) for snapshot in made)
