"""MongoDB: for many machines. Any number of processes share one database."""

from core.stores.mongo.accounts import MongoAccounts
from core.stores.mongo.audit import MongoAudit
from core.stores.mongo.books import MongoBooks
from core.stores.mongo.codes import MongoCodes
from core.stores.mongo.database import MongoDatabase
from core.stores.mongo.events import MongoEvents
from core.stores.mongo.feed import MongoFeed
from core.stores.mongo.jobs import MongoJobs
from core.stores.mongo.keys import MongoKeys
from core.stores.mongo.ledger import MongoLedger
from core.stores.mongo.limits import MongoLimits
from core.stores.mongo.links import MongoLinks
from core.stores.mongo.orders import MongoOrders
from core.stores.mongo.processes import MongoFences, MongoSlots
from core.stores.mongo.settings import MongoSettings
from core.stores.mongo.transfers import MongoTransfers
from core.stores.mongo.usage import MongoUsage
from core.stores.ports import Stores


async def open_mongo(url: str, *, migrating: bool = False) -> tuple[MongoDatabase, Stores]:
    """Connect and make what is missing. Raises ConfigError or StoreError when it cannot be used."""
    database = await MongoDatabase.open(url, migrating=migrating)
    return database, Stores(
        installation=database.installation,
        ledger=MongoLedger(database),
        transfers=MongoTransfers(database),
        accounts=MongoAccounts(database),
        links=MongoLinks(database),
        limits=MongoLimits(database),
        jobs=MongoJobs(database),
        usage=MongoUsage(database),
        feed=MongoFeed(database),
        slots=MongoSlots(database),
        fences=MongoFences(database),
        settings=MongoSettings(database),
        orders=MongoOrders(database),
        codes=MongoCodes(database),
        audit=MongoAudit(database),
        events=MongoEvents(database),
        keys=MongoKeys(database),
        books=MongoBooks(database),
    )
