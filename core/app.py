"""The composition root: everything is made here once, and given what it needs."""

import os
import secrets
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from core.accounts.linking import Linking
from core.accounts.privacy import Privacy
from core.accounts.service import Accounts
from core.admin.access import Access
from core.admin.announcing import Announcements
from core.admin.books import Bookkeeper
from core.admin.confirming import Confirmations
from core.admin.intents import Intents
from core.admin.journal import Journal
from core.admin.looking import Looking
from core.admin.opening import deeds_of
from core.admin.reports import Reports
from core.admin.service import Admin
from core.admin.switches import Switches
from core.cache import MemoryReplyCache
from core.catalogue import KINDS, Catalogue, find_catalogue, load_catalogue
from core.clock import DAY, Clock
from core.conversations import Conversations
from core.credits.daily import DailyCredits
from core.credits.ledger import Ledger
from core.credits.transfers import Transfers
from core.credits.worth import Worth
from core.errors import ConfigError
from core.generation.chain import Chain
from core.generation.generator import Generator
from core.generation.health import Health
from core.generation.prices import Prices
from core.generation.replies import Replies
from core.jobs.delivery import Deliveries, Messenger
from core.jobs.reconcile import Reconciler
from core.jobs.runner import POLL_SECONDS, WOKEN_POLL_SECONDS, Runner
from core.jobs.settlement import Settlement
from core.jobs.signals import Signals
from core.jobs.slots import Slots
from core.jobs.sweeper import Sweeper
from core.limits import DailyLimit, ServerDailyLimit, Throttle
from core.log import logger
from core.media.local import LocalMedia
from core.media.ports import MediaStore
from core.moderation import Blocklist, Moderation
from core.observe.ledger_check import LedgerCheck
from core.observe.opening import opened_metrics, opened_push, opened_scrape, opened_tracer
from core.observe.recorder import Recorder
from core.observe.watching import Unwatched, Watcher
from core.payments.checkout import Checkout
from core.payments.codes import Codes
from core.payments.fulfilment import LedgerFulfilment
from core.payments.looking import Inquiry
from core.payments.opening import open_gateways
from core.payments.ports import Fulfilment, Gateway
from core.payments.records import RecordedFulfilment
from core.payments.referrals import Referrals
from core.payments.settling import Settling
from core.payments.telling import Telling
from core.providers.opening import KNOWN, configured, open_providers
from core.providers.ports import Providers
from core.requests import Requests
from core.servers import Servers
from core.settings import Settings
from core.stores.opening import open_stores
from core.stores.ports import Stores
from core.tracing import Tracer
from core.uploads import Uploads
from core.wallets import Wallets

if TYPE_CHECKING:
    from redis.asyncio import Redis

    from core.admin.oidc import Oidc
    from core.observe.push import Push
    from core.observe.scrape import Scrape
    from core.redis import Shared
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


@asynccontextmanager
async def open_app(settings: Settings, clock: Clock | None = None) -> AsyncIterator[App]:
    """Open the stores and wire everything. Raises ConfigError or StoreError."""
    path = find_catalogue(settings.easel_config)
    catalogue = load_catalogue(path)
    _check_providers(path, catalogue, KNOWN)
    catalogue = catalogue.served_by(configured(settings), datetime.now(UTC).date())
    _check_kinds(path, catalogue)
    for name, since in catalogue.retired.items():
        logger().warning("model retired", model=name, since=since.isoformat(), file=str(path))
    prepare_folder(settings.data_dir)
    if settings.database_path is not None:
        prepare_folder(settings.database_path.parent)
    process = _process_name()
    async with (
        open_providers(settings, catalogue) as providers,
        open_stores(settings.store_url) as (stores, agreed),
    ):
        clock = clock or agreed
        if not settings.redis_url:
            async with (
                open_gateways(settings, catalogue, stores.settings, clock) as gateways,
                _closing(
                    compose(settings, catalogue, clock, stores, providers, process=process, gateways=gateways)
                ) as app,
            ):
                yield app
            return
        from core.redis import open_redis  # noqa: PLC0415  # taskiq and redis are slow to import

        signals = Signals()
        async with (
            open_redis(settings.redis_url, stores, signals, clock, process) as shared,
            open_gateways(settings, catalogue, shared.stores.settings, clock) as gateways,
            _closing(
                compose(settings, catalogue, clock, shared.stores, providers, signals, shared, process, gateways)
            ) as app,
        ):
            yield app


@asynccontextmanager
async def _closing(app: App) -> AsyncIterator[App]:
    try:
        yield app
    finally:
        await app.media.close()
        await app.tracer.close()


def compose(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    stores: Stores,
    providers: Providers,
    signals: Signals | None = None,
    shared: "Shared | None" = None,
    process: str = "easel",
    gateways: Mapping[str, Gateway] | None = None,
) -> App:
    """Wire a core on open stores; `shared` is what it shares with other processes through Redis."""
    signals = signals or Signals()
    cache = shared.cache if shared else MemoryReplyCache(clock)
    events = Journal(stores.events, clock)
    tracer = opened_tracer(settings)
    metrics = opened_metrics(settings)
    watcher: Watcher = metrics or Unwatched()
    check = LedgerCheck(stores, clock)
    ledger = Ledger(stores.ledger, clock, events.entered, watcher.entered)
    accounts = Accounts(stores.accounts, ledger, clock, admins=settings.admins, signup_credits=settings.signup_credits)
    media = _media(settings)
    limits = DailyLimit(stores.limits, clock)
    link = catalogue.limits.link
    linking = Linking(
        stores.links, accounts, ledger, clock,
        asking=Throttle(stores.limits, clock, "link-ask", link.codes_per_hour),
        trying=Throttle(stores.limits, clock, "link-try", link.tries_per_hour),
        minutes=link.minutes,
    )  # fmt: skip
    recorder = Recorder(stores.usage, clock, Worth(catalogue), watcher)
    moderation = Moderation([Blocklist(catalogue.moderation.blocklist)], accounts, settings.strikes_to_suspend)
    slots = Slots(stores.slots, catalogue.concurrency, clock)
    prices = Prices(clock)
    chain = Chain(catalogue, slots, Health(), prices, clock, tracer)
    replies = Replies(catalogue, cache, stores.jobs, signals, clock)
    generator = Generator(
        catalogue, providers, chain, media, replies, clock,
        callback=_callback(settings), salt=stores.installation, keep_provenance=settings.keep_provenance,
    )  # fmt: skip
    conversations = Conversations(catalogue.chat, stores.jobs, stores.settings, clock)
    wallets = Wallets(stores.settings, ledger, stores.jobs, stores.accounts, clock, settings.max_jobs_in_flight)
    settlement = Settlement(stores.jobs, ledger, wallets, limits, recorder, media, clock)
    messengers: dict[str, Messenger] = {}
    grace = catalogue.shop.grace_days * DAY
    telling = Telling(accounts, ledger, messengers)
    referrals = Referrals(
        stores.settings, accounts, ledger, stores.orders, catalogue.shop.referral, telling.rewarded
    )  # fmt: skip
    fulfilment = RecordedFulfilment(
        LedgerFulfilment(
            stores.settings, accounts, ledger, events, {plan.name for plan in catalogue.plans if plan.rollover}
        ),
        stores.orders, stores.accounts, clock, grace, referrals.bought,
    )  # fmt: skip
    checkout = Checkout(
        catalogue, stores.orders,
        Inquiry(
            stores.orders, Settling(stores.orders, stores.accounts, fulfilment, clock, grace), gateways or {}, clock,
            telling.credited,
        ),
        Throttle(stores.limits, clock, "buy", catalogue.shop.links_per_hour), clock, settings.base_url,
        fulfilment.order_of,
    )  # fmt: skip
    books = Bookkeeper(stores, clock)
    privacy = Privacy(stores, ledger, media, cache, clock)
    transfers = Transfers(stores.transfers, stores.accounts, ledger, clock)
    deliveries = Deliveries(stores.jobs, messengers, signals, clock, tracer)
    switches = Switches(stores.settings, catalogue, clock)
    codes = Codes(
        stores.codes, stores.accounts, ledger, Throttle(stores.limits, clock, "redeem", link.tries_per_hour), clock
    )
    requests = Requests(
        settings, catalogue, accounts, moderation, limits, Uploads(media), conversations, replies, switches, ledger,
        wallets, stores.jobs, recorder, signals, clock, tracer,
    )  # fmt: skip
    sweeper = Sweeper(
        stores.jobs, ledger, settlement, deliveries, linking, privacy, transfers, signals, clock
    )  # fmt: skip
    intents = Intents(stores.settings)
    announcements = Announcements(stores.settings, stores.slots, accounts, messengers, clock)
    deeds = deeds_of(
        settings, catalogue, clock, stores, signals, accounts, ledger, telling, checkout, requests, sweeper, switches,
        announcements, intents,
    )  # fmt: skip
    return App(
        settings=settings,
        catalogue=catalogue,
        clock=clock,
        stores=stores,
        media=media,
        signals=signals,
        events=events,
        books=books,
        reports=Reports(stores, books),
        access=Access(
            stores.keys, stores.accounts, clock, settings.admin_api_token.get_secret_value(), _oidc(settings, clock)
        ),
        ledger=ledger,
        accounts=accounts,
        linking=linking,
        privacy=privacy,
        daily=DailyCredits(
            ledger, stores.accounts, clock, settings.daily_free_credits, catalogue.limits.free_credits_days,
            catalogue.limits.free_credits_after_days,
        ),
        transfers=transfers,
        limits=limits,
        server_limits=ServerDailyLimit(stores.limits, clock),
        recorder=recorder,
        providers=providers,
        conversations=conversations,
        wallets=wallets,
        servers=Servers(catalogue, stores.settings),
        replies=replies,
        chain=chain,
        fulfilment=fulfilment,
        checkout=checkout,
        codes=codes,
        referrals=referrals,
        telling=telling,
        admin=Admin(deeds, accounts, stores.audit, intents, events, codes, clock),
        switches=switches,
        confirmations=Confirmations(stores.settings, clock),
        announcements=announcements,
        looking=Looking(stores, accounts, ledger, announcements, clock),
        requests=requests,
        deliveries=deliveries,
        runner=Runner(
            process, stores.jobs, generator, settlement, deliveries, replies, signals, clock,
            settings.worker_concurrency, POLL_SECONDS if shared is None else WOKEN_POLL_SECONDS, tracer,
        ),
        sweeper=sweeper,
        reconciler=Reconciler(stores.jobs, providers.reconcilable, catalogue, prices, recorder, clock),
        messengers=messengers,
        watcher=watcher,
        tracer=tracer,
        ledger_check=check,
        push=opened_push(settings, stores, clock),
        scrape=opened_scrape(
            metrics, stores.jobs, check, {each.provider for each in catalogue.models}, chain.health, clock
        ),
        transport=shared.transport if shared else None,
        redis=shared.link.client if shared else None,
    )  # fmt: skip


def _oidc(settings: Settings, clock: Clock) -> "Oidc | None":
    if not settings.oidc_issuer:
        return None
    from core.admin.jwks import Jwks  # noqa: PLC0415  # loaded only where it is used
    from core.admin.oidc import Oidc  # noqa: PLC0415  # the same

    jwks = Jwks(settings.oidc_issuer, settings.oidc_jwks_url)
    return Oidc(settings.oidc_issuer, settings.oidc_audience, settings.oidc_role_claim, jwks, clock)


def _media(settings: Settings) -> MediaStore:
    local = LocalMedia(settings.data_dir / "media", settings.base_url)
    if settings.cloudinary is None:
        return local
    from core.media.cloudinary import CloudinaryMedia  # noqa: PLC0415  # loaded only where it is used

    return CloudinaryMedia(local, settings.cloudinary)


def _check_providers(path: Path, catalogue: Catalogue, known: Collection[str]) -> None:
    """Every model needs somebody who serves it. Raises ConfigError."""
    if problems := [
        f'{path}: models "{model.name}" provider: "{model.provider}" is not one of {", ".join(sorted(known))}.'
        for model in catalogue.models
        if model.provider not in known
    ]:
        raise ConfigError(problems)


def _check_kinds(path: Path, catalogue: Catalogue) -> None:
    """Pictures and chats both need somebody who serves them. Raises ConfigError."""
    if missing := [kind for kind in KINDS if not catalogue.of_kind(kind)]:
        raise ConfigError([f"{path}: no {kind} model is left that a configured provider serves." for kind in missing])


def _callback(settings: Settings) -> str | None:
    """Where providers announce results: they can reach a public address only."""
    return f"{settings.base_url}/webhooks" if settings.public_url.startswith("https://") else None


def _process_name() -> str:
    return f"{os.uname().nodename}:{os.getpid()}:{secrets.token_hex(3)}"


def prepare_folder(folder: Path) -> None:
    """Make sure files can be made there. Raises ConfigError."""
    probe = folder / f".writable-{secrets.token_hex(4)}"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ConfigError(
            [f"DATA_DIR: {folder.absolute()} cannot be written ({error.strerror}). Fix its rights or name another."]
        ) from None
