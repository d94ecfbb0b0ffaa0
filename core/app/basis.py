"""What everything else stands on: the stores, the ledger, accounts, and who watches."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.accounts.service import Accounts
from core.admin.journal import Journal
from core.admin.switches import Switches
from core.cache import MemoryReplyCache, ReplyCache
from core.catalogue import Catalogue
from core.clock import Clock
from core.credits.ledger import Ledger
from core.credits.worth import Worth
from core.jobs.delivery import Messenger
from core.jobs.signals import Signals
from core.limits import DailyLimit
from core.media.local import LocalMedia
from core.media.ports import MediaStore
from core.observe.opening import opened_metrics, opened_tracer
from core.observe.recorder import Recorder
from core.observe.watching import Unwatched, Watcher
from core.settings import Settings
from core.stores.ports import Stores
from core.tracing import Tracer
from core.wallets import Wallets

if TYPE_CHECKING:
    from core.observe.metrics import Metrics
    from core.redis import Shared


@dataclass(frozen=True)
class Basis:
    settings: Settings
    catalogue: Catalogue
    clock: Clock
    stores: Stores
    signals: Signals
    cache: ReplyCache
    media: MediaStore
    events: Journal
    tracer: Tracer
    metrics: "Metrics | None"
    watcher: Watcher
    recorder: Recorder
    ledger: Ledger
    accounts: Accounts
    limits: DailyLimit
    wallets: Wallets
    switches: Switches
    messengers: dict[str, Messenger]


def basis_of(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    stores: Stores,
    signals: Signals,
    shared: "Shared | None",
) -> Basis:
    """`shared` is what this process shares with others through Redis."""
    events = Journal(stores.events, clock)
    metrics = opened_metrics(settings)
    watcher: Watcher = metrics or Unwatched()
    ledger = Ledger(stores.ledger, clock, events.entered, watcher.entered)
    return Basis(
        settings=settings,
        catalogue=catalogue,
        clock=clock,
        stores=stores,
        signals=signals,
        cache=shared.cache if shared else MemoryReplyCache(clock),
        media=_media(settings),
        events=events,
        tracer=opened_tracer(settings),
        metrics=metrics,
        watcher=watcher,
        recorder=Recorder(stores.usage, clock, Worth(catalogue), watcher),
        ledger=ledger,
        accounts=Accounts(
            stores.accounts, ledger, clock, admins=settings.admins, signup_credits=settings.signup_credits
        ),
        limits=DailyLimit(stores.limits, clock),
        wallets=Wallets(stores.settings, ledger, stores.jobs, stores.accounts, clock, settings.max_jobs_in_flight),
        switches=Switches(stores.settings, catalogue, clock),
        messengers={},
    )


def _media(settings: Settings) -> MediaStore:
    local = LocalMedia(settings.data_dir / "media", settings.base_url)
    if settings.cloudinary is None:
        return local
    from core.media.cloudinary import CloudinaryMedia  # noqa: PLC0415  # loaded only where it is used

    return CloudinaryMedia(local, settings.cloudinary)
