"""A running core: all that platforms and pages speak to."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.accounts.linking import Linking
from core.accounts.privacy import Privacy
from core.accounts.service import Accounts
from core.admin.access import Access
from core.admin.announcing import Announcements
from core.admin.books import Bookkeeper
from core.admin.confirming import Confirmations
from core.admin.journal import Journal
from core.admin.looking import Looking
from core.admin.reports import Reports
from core.admin.service import Admin
from core.admin.switches import Switches
from core.catalogue import Catalogue
from core.clock import Clock
from core.conversations import Conversations
from core.credits.daily import DailyCredits
from core.credits.ledger import Ledger
from core.credits.transfers import Transfers
from core.generation.bulletin import Bulletin
from core.generation.chain import Chain
from core.generation.replies import Replies
from core.jobs.delivery import Deliveries, Messenger
from core.jobs.reconcile import Reconciler
from core.jobs.runner import Runner
from core.jobs.signals import Signals
from core.jobs.sweeper import Sweeper
from core.limits import DailyLimit, ServerDailyLimit
from core.media.ports import MediaStore
from core.observe.ledger_check import LedgerCheck
from core.observe.recorder import Recorder
from core.observe.watching import Watcher
from core.payments.checkout import Checkout
from core.payments.codes import Codes
from core.payments.ports import Fulfilment
from core.payments.referrals import Referrals
from core.payments.telling import Telling
from core.providers.ports import Providers
from core.requests import Requests
from core.servers import Servers
from core.settings import Settings
from core.stores.ports import Stores
from core.tracing import Tracer
from core.wallets import Wallets

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from core.observe.push import Push
    from core.observe.scrape import Scrape
    from core.redis.transport import Transport


@dataclass(frozen=True)
class App:
    """A running core. `messengers` is filled by whoever wires platforms in. `transport` wakes workers, with Redis."""

    settings: Settings
    catalogue: Catalogue
    clock: Clock
    stores: Stores
    media: MediaStore
    signals: Signals
    events: Journal
    books: Bookkeeper
    reports: Reports
    access: Access
    ledger: Ledger
    accounts: Accounts
    linking: Linking
    privacy: Privacy
    daily: DailyCredits
    transfers: Transfers
    limits: DailyLimit
    server_limits: ServerDailyLimit
    recorder: Recorder
    providers: Providers
    conversations: Conversations
    servers: Servers
    wallets: Wallets
    replies: Replies
    bulletin: Bulletin
    chain: Chain
    fulfilment: Fulfilment
    checkout: Checkout
    codes: Codes
    referrals: Referrals
    telling: Telling
    admin: Admin
    switches: Switches
    confirmations: Confirmations
    announcements: Announcements
    looking: Looking
    requests: Requests
    deliveries: Deliveries
    runner: Runner
    sweeper: Sweeper
    reconciler: Reconciler
    messengers: dict[str, Messenger]
    watcher: Watcher
    tracer: Tracer
    ledger_check: LedgerCheck
    push: "Push | None" = None
    scrape: "Scrape | None" = None
    transport: "Transport | None" = None
    redis: "Redis | None" = None
