"""Everything that a core is made of, made once: basis, people, shop, making, and what admins do and see."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from core.admin.access import Access
from core.admin.announcing import Announcements
from core.admin.books import Bookkeeper
from core.admin.confirming import Confirmations
from core.admin.intents import Intents
from core.admin.looking import Looking
from core.admin.opening import deeds_of
from core.admin.reports import Reports
from core.admin.service import Admin
from core.app.basis import basis_of
from core.app.making import making_of
from core.app.model import App
from core.app.people import people_of
from core.app.shop import shop_of
from core.catalogue import Catalogue
from core.clock import Clock
from core.jobs.runner import POLL_SECONDS, WOKEN_POLL_SECONDS
from core.jobs.signals import Signals
from core.limits import ServerDailyLimit
from core.observe.ledger_check import LedgerCheck
from core.observe.opening import opened_push, opened_scrape
from core.payments.ports import Gateway
from core.providers.ports import Providers
from core.servers import Servers
from core.settings import Settings
from core.stores.ports import Stores

if TYPE_CHECKING:
    from core.admin.oidc import Oidc
    from core.redis import Shared


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
    basis = basis_of(settings, catalogue, clock, stores, signals or Signals(), shared)
    people = people_of(basis)
    shop = shop_of(basis, gateways or {})
    making = making_of(basis, people, providers, process, WOKEN_POLL_SECONDS if shared else POLL_SECONDS)
    intents = Intents(stores.settings)
    announcements = Announcements(stores.settings, stores.slots, basis.accounts, basis.messengers, clock)
    deeds = deeds_of(
        settings, catalogue, clock, stores, basis.signals, basis.accounts, basis.ledger, shop.telling, shop.checkout,
        making.requests, making.sweeper, basis.switches, announcements, intents,
    )  # fmt: skip
    books = Bookkeeper(stores, clock)
    check = LedgerCheck(stores, clock)
    return App(
        settings=settings,
        catalogue=catalogue,
        clock=clock,
        stores=stores,
        media=basis.media,
        signals=basis.signals,
        events=basis.events,
        books=books,
        reports=Reports(stores, books),
        access=Access(
            stores.keys, stores.accounts, clock, settings.admin_api_token.get_secret_value(), _oidc(settings, clock)
        ),
        ledger=basis.ledger,
        accounts=basis.accounts,
        linking=people.linking,
        privacy=people.privacy,
        daily=people.daily,
        transfers=people.transfers,
        limits=basis.limits,
        server_limits=ServerDailyLimit(stores.limits, clock),
        recorder=basis.recorder,
        providers=providers,
        conversations=making.conversations,
        servers=Servers(catalogue, stores.settings),
        wallets=basis.wallets,
        replies=making.replies,
        bulletin=making.bulletin,
        chain=making.chain,
        fulfilment=shop.fulfilment,
        checkout=shop.checkout,
        codes=shop.codes,
        referrals=shop.referrals,
        telling=shop.telling,
        admin=Admin(deeds, basis.accounts, stores.audit, intents, basis.events, shop.codes, clock),
        switches=basis.switches,
        confirmations=Confirmations(stores.settings, clock),
        announcements=announcements,
        looking=Looking(stores, basis.accounts, basis.ledger, announcements, clock),
        requests=making.requests,
        deliveries=making.deliveries,
        runner=making.runner,
        sweeper=making.sweeper,
        reconciler=making.reconciler,
        messengers=basis.messengers,
        watcher=basis.watcher,
        tracer=basis.tracer,
        ledger_check=check,
        push=opened_push(settings, stores, clock),
        scrape=opened_scrape(
            basis.metrics,
            stores,
            check,
            {model.provider for model in catalogue.models},
            making.chain.health,
            clock,
        ),
        transport=shared.transport if shared else None,
        redis=shared.link.client if shared else None,
    )


def _oidc(settings: Settings, clock: Clock) -> "Oidc | None":
    if not settings.oidc_issuer:
        return None
    from core.admin.jwks import Jwks  # noqa: PLC0415  # loaded only where it is used
    from core.admin.oidc import Oidc  # noqa: PLC0415  # loaded only where it is used

    jwks = Jwks(settings.oidc_issuer, settings.oidc_jwks_url)
    return Oidc(settings.oidc_issuer, settings.oidc_audience, settings.oidc_role_claim, jwks, clock)
