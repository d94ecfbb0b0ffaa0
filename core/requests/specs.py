"""From a wish to exactly what is ordered: with the pictures it starts from and what was said before."""

from collections.abc import Sequence

from core.accounts.model import Account
from core.accounts.service import Accounts
from core.catalogue import Catalogue
from core.conversations import Conversations
from core.errors import ModelOff, NotFound
from core.generation.orders import Orders
from core.generation.wishes import Again, Chat, Edit, Enlarge, Imagine, Upscale
from core.jobs.model import Job
from core.jobs.specs import ChatSpec, ImageSpec, Source
from core.requests.model import Request
from core.stores.ports import JobStore
from core.uploads import Attached


class Specs:
    """Knows which earlier jobs and conversations a wish may refer to."""

    def __init__(self, accounts: Accounts, conversations: Conversations, jobs: JobStore) -> None:
        self._accounts = accounts
        self._conversations = conversations
        self._jobs = jobs

    async def of(
        self, request: Request, account: Account, attached: tuple[Attached, ...], catalogue: Catalogue
    ) -> ImageSpec | ChatSpec:
        """Raises Refusal: the wish cannot be met by any model, or refers to what is not this account's."""
        orders = _able(catalogue, request)
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


def _able(catalogue: Catalogue, request: Request) -> Orders:
    """Some model must be on. Raises ModelOff: the last one cannot be switched off, but the file may have changed."""
    if not any(model.draw for model in catalogue.of_kind("chat" if request.operation == "chat" else "image")):
        raise ModelOff(f"Every model for {request.operation}", [])
    return Orders(catalogue)


def words_in(spec: ImageSpec | ChatSpec) -> str:
    """All that somebody wrote for this order."""
    return f"{spec.prompt}\n{spec.negative}" if isinstance(spec, ImageSpec) and spec.negative else spec.prompt
