"""The storage ports: verbs of the domain, not a query API. Every method may raise StoreError.

Each write is atomic by itself and durable when it returns; no port needs a transaction across documents.
"""

from dataclasses import dataclass

from core.stores.admin import AuditStore, BookStore, EventStore, KeyStore
from core.stores.ports.accounts import AccountStore, LimitStore, LinkStore
from core.stores.ports.credits import Appended, LedgerStore, Loaded, OperationKnown, SequenceTaken, Sum, TransferStore
from core.stores.ports.jobs import JobStore
from core.stores.ports.processes import FenceStore, Kept, SettingStore, SlotStore
from core.stores.ports.records import FeedMessage, FeedStore, UsageStore
from core.stores.trade import CodeStore, OrderStore

__all__ = [
    "AccountStore",
    "Appended",
    "FeedMessage",
    "FeedStore",
    "FenceStore",
    "JobStore",
    "Kept",
    "LedgerStore",
    "LimitStore",
    "LinkStore",
    "Loaded",
    "OperationKnown",
    "SequenceTaken",
    "SettingStore",
    "SlotStore",
    "Stores",
    "Sum",
    "TransferStore",
    "UsageStore",
]


@dataclass(frozen=True, slots=True)
class Stores:
    """Every port of one database. `installation` names it among all databases of the world."""

    installation: str

    ledger: LedgerStore
    transfers: TransferStore
    orders: OrderStore
    codes: CodeStore
    accounts: AccountStore
    links: LinkStore
    limits: LimitStore
    jobs: JobStore
    usage: UsageStore
    feed: FeedStore
    slots: SlotStore
    fences: FenceStore
    settings: SettingStore
    audit: AuditStore
    events: EventStore
    keys: KeyStore
    books: BookStore
