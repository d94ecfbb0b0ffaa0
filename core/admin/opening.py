"""Every action that there is, by its name, each made with what it needs."""

from core.accounts.service import Accounts
from core.admin.announcing import Announcements, Announcing, Silencing
from core.admin.credits import Giving
from core.admin.deeds import Deed
from core.admin.house import Enabling, Limit, Pausing, Price
from core.admin.intents import Intents
from core.admin.jobs import Cancel, Retry
from core.admin.people import People, RoleChange, Suspension
from core.admin.refunds import Refund
from core.admin.rules import Hierarchy
from core.admin.switches import Switches
from core.catalogue import Catalogue
from core.clock import Clock
from core.credits.ledger import Ledger
from core.jobs.signals import Signals
from core.jobs.sweeper import Sweeper
from core.payments.checkout import Checkout
from core.payments.telling import Telling
from core.requests import Requests
from core.settings import Settings
from core.stores.ports import Stores


def deeds_of(
    settings: Settings,
    catalogue: Catalogue,
    clock: Clock,
    stores: Stores,
    signals: Signals,
    accounts: Accounts,
    ledger: Ledger,
    telling: Telling,
    checkout: Checkout,
    requests: Requests,
    sweeper: Sweeper,
    switches: Switches,
    announcements: Announcements,
    intents: Intents,
) -> dict[str, Deed]:
    """For `core.admin.service`."""
    people = People(accounts, Hierarchy(frozenset(settings.admins)), stores.audit)
    return {
        "grant": Giving(accounts, ledger, telling, 1),
        "revoke": Giving(accounts, ledger, telling, -1),
        "refund": Refund(stores.orders, checkout, telling, intents),
        "role": RoleChange(people, telling),
        "suspend": Suspension(people, telling, settings.support_contact, lifts=False),
        "unsuspend": Suspension(people, telling, settings.support_contact, lifts=True),
        "retry": Retry(stores.jobs, requests, sweeper),
        "cancel": Cancel(stores.jobs, signals, sweeper, clock),
        "price": Price(switches, catalogue),
        "model": Enabling(switches, catalogue),
        "limit": Limit(switches, catalogue, settings),
        "pause": Pausing(switches, pauses=True),
        "resume": Pausing(switches, pauses=False),
        "announce": Announcing(announcements),
        "silence": Silencing(announcements),
    }
