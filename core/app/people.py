"""What people do with their accounts: link, leave, be given and give away."""

from dataclasses import dataclass

from core.accounts.linking import Linking
from core.accounts.privacy import Privacy
from core.app.basis import Basis
from core.credits.daily import DailyCredits
from core.credits.transfers import Transfers
from core.limits import Throttle


@dataclass(frozen=True)
class People:
    linking: Linking
    privacy: Privacy
    daily: DailyCredits
    transfers: Transfers


def people_of(basis: Basis) -> People:
    clock, stores, ledger = basis.clock, basis.stores, basis.ledger
    limits, link = basis.catalogue.limits, basis.catalogue.limits.link
    return People(
        linking=Linking(
            stores.links, basis.accounts, ledger, clock,
            asking=Throttle(stores.limits, clock, "link-ask", link.codes_per_hour),
            trying=Throttle(stores.limits, clock, "link-try", link.tries_per_hour),
            minutes=link.minutes,
        ),
        privacy=Privacy(stores, ledger, basis.media, basis.cache, clock),
        daily=DailyCredits(
            ledger, stores.accounts, clock, basis.settings.daily_free_credits, limits.free_credits_days,
            limits.free_credits_after_days,
        ),
        transfers=Transfers(stores.transfers, stores.accounts, ledger, clock),
    )  # fmt: skip
