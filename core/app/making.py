"""From a request to a delivered result."""

from dataclasses import dataclass

from core.app.basis import Basis
from core.app.people import People
from core.conversations import Conversations
from core.generation.bulletin import Bulletin
from core.generation.chain import Chain
from core.generation.generator import Generator
from core.generation.health import Health
from core.generation.prices import Prices
from core.generation.replies import Replies
from core.jobs.delivery import Deliveries
from core.jobs.reconcile import Reconciler
from core.jobs.runner import Runner
from core.jobs.settlement import Settlement
from core.jobs.slots import Slots
from core.jobs.sweeper import Sweeper
from core.moderation import Blocklist, Moderation
from core.providers.ports import Providers
from core.requests import Requests
from core.requests.beginning import Beginning
from core.requests.holding import Holding
from core.requests.specs import Specs
from core.settings import Settings
from core.uploads import Uploads


@dataclass(frozen=True)
class Making:
    conversations: Conversations
    replies: Replies
    bulletin: Bulletin
    chain: Chain
    requests: Requests
    deliveries: Deliveries
    runner: Runner
    sweeper: Sweeper
    reconciler: Reconciler


def making_of(basis: Basis, people: People, providers: Providers, process: str, poll_seconds: float) -> Making:
    """`process` names whoever claims jobs; `poll_seconds`: how often it looks for some that nobody woke it for."""
    settings, catalogue, clock, stores, ledger = (
        basis.settings, basis.catalogue, basis.clock, basis.stores, basis.ledger,
    )  # fmt: skip
    prices = Prices(clock)
    bulletin = Bulletin(stores.settings, process, clock)
    slots = Slots(stores.slots, catalogue.concurrency, clock)
    chain = Chain(catalogue, slots, Health(), prices, clock, basis.tracer, bulletin.tell)
    replies = Replies(catalogue, basis.cache, stores.jobs, basis.signals, clock)
    conversations = Conversations(catalogue.chat, stores.jobs, stores.settings, clock)
    generator = Generator(
        catalogue, providers, chain, basis.media, replies, clock,
        callback=_callback(settings), salt=stores.installation, keep_provenance=settings.keep_provenance,
    )  # fmt: skip
    settlement = Settlement(stores.jobs, ledger, basis.wallets, basis.limits, basis.recorder, basis.media, clock)
    deliveries = Deliveries(stores.jobs, basis.messengers, basis.signals, clock, basis.tracer)
    return Making(
        conversations=conversations,
        replies=replies,
        bulletin=bulletin,
        chain=chain,
        requests=_requests(basis, conversations, replies),
        deliveries=deliveries,
        runner=Runner(
            process, stores.jobs, generator, settlement, deliveries, replies, basis.signals, clock,
            settings.worker_concurrency, poll_seconds, basis.tracer,
        ),
        sweeper=Sweeper(
            stores.jobs, ledger, settlement, deliveries, people.linking, people.privacy, people.transfers,
            basis.signals, clock,
        ),
        reconciler=Reconciler(stores.jobs, providers.reconcilable, catalogue, prices, basis.recorder, clock),
    )  # fmt: skip


def _requests(basis: Basis, conversations: Conversations, replies: Replies) -> Requests:
    settings, catalogue, clock, jobs = basis.settings, basis.catalogue, basis.clock, basis.stores.jobs
    uploads = Uploads(basis.media)
    moderation = Moderation([Blocklist(catalogue.moderation.blocklist)], basis.accounts, settings.strikes_to_suspend)
    holding = Holding(
        basis.accounts, uploads, replies, basis.ledger, basis.wallets, jobs, basis.signals, clock,
        settings.max_jobs_in_flight,
    )  # fmt: skip
    beginning = Beginning(
        replies, conversations, basis.wallets, jobs, holding, clock, answers_cost=catalogue.chat.cached_price > 0
    )
    return Requests(
        settings, catalogue, basis.accounts, moderation, basis.limits, uploads,
        Specs(basis.accounts, conversations, jobs), replies, basis.switches, beginning, holding, jobs, basis.recorder,
        clock, basis.tracer,
    )  # fmt: skip


def _callback(settings: Settings) -> str | None:
    """Where providers announce results: they can reach a public address only."""
    return f"{settings.base_url}/webhooks" if settings.public_url.startswith("https://") else None
