"""Buying and being given credits."""

from collections.abc import Mapping
from dataclasses import dataclass

from core.app.basis import Basis
from core.clock import DAY
from core.limits import Throttle
from core.payments.checkout import Checkout
from core.payments.codes import Codes
from core.payments.fulfilment import LedgerFulfilment
from core.payments.looking import Inquiry
from core.payments.ports import Fulfilment, Gateway
from core.payments.records import RecordedFulfilment
from core.payments.referrals import Referrals
from core.payments.settling import Settling
from core.payments.telling import Telling


@dataclass(frozen=True)
class Shop:
    telling: Telling
    referrals: Referrals
    fulfilment: Fulfilment
    checkout: Checkout
    codes: Codes


def shop_of(basis: Basis, gateways: Mapping[str, Gateway]) -> Shop:
    """One fulfilment for every gateway: what is paid is credited in one way only."""
    catalogue, clock, stores, ledger = basis.catalogue, basis.clock, basis.stores, basis.ledger
    shop = catalogue.shop
    grace = shop.grace_days * DAY
    telling = Telling(basis.accounts, ledger, basis.messengers)
    referrals = Referrals(
        stores.settings, basis.accounts, ledger, stores.orders, shop.referral, telling.rewarded
    )  # fmt: skip
    rollover = {plan.name for plan in catalogue.plans if plan.rollover}
    fulfilment = RecordedFulfilment(
        LedgerFulfilment(stores.settings, basis.accounts, ledger, basis.events, rollover),
        stores.orders, stores.accounts, clock, grace, referrals.bought,
    )  # fmt: skip
    settling = Settling(stores.orders, stores.accounts, fulfilment, clock, grace)
    checkout = Checkout(
        catalogue, stores.orders,
        Inquiry(stores.orders, settling, gateways, clock, telling.credited, telling.returned),
        Throttle(stores.limits, clock, "buy", shop.links_per_hour), clock, basis.settings.base_url,
        fulfilment.order_of,
    )  # fmt: skip
    tries = Throttle(stores.limits, clock, "redeem", catalogue.limits.link.tries_per_hour)
    codes = Codes(stores.codes, stores.accounts, ledger, tries, clock)
    return Shop(telling, referrals, fulfilment, checkout, codes)
