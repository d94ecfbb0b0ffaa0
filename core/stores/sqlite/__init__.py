"""SQLite: the default store, nothing to install. Several processes of one machine may share the file."""

from pathlib import Path

from core.stores.ports import Stores
from core.stores.sqlite.accounts import SqliteAccounts
from core.stores.sqlite.audit import SqliteAudit
from core.stores.sqlite.books import SqliteBooks
from core.stores.sqlite.codes import SqliteCodes
from core.stores.sqlite.database import Database
from core.stores.sqlite.events import SqliteEvents
from core.stores.sqlite.feed import SqliteFeed
from core.stores.sqlite.jobs import SqliteJobs
from core.stores.sqlite.keys import SqliteKeys
from core.stores.sqlite.ledger import SqliteLedger
from core.stores.sqlite.limits import SqliteLimits
from core.stores.sqlite.links import SqliteLinks
from core.stores.sqlite.orders import SqliteOrders
from core.stores.sqlite.processes import SqliteFences, SqliteSlots
from core.stores.sqlite.settings import SqliteSettings
from core.stores.sqlite.transfers import SqliteTransfers
from core.stores.sqlite.usage import SqliteUsage


async def open_sqlite(path: Path) -> tuple[Database, Stores]:
    """Open or create the database. Raises StoreError when it cannot be used."""
    database = await Database.open(path)
    installation = await database.read(lambda connection: connection.execute("SELECT id FROM installation").fetchone())
    return database, Stores(
        installation=installation[0],
        ledger=SqliteLedger(database),
        transfers=SqliteTransfers(database),
        accounts=SqliteAccounts(database),
        links=SqliteLinks(database),
        limits=SqliteLimits(database),
        jobs=SqliteJobs(database),
        usage=SqliteUsage(database),
        feed=SqliteFeed(database),
        slots=SqliteSlots(database),
        fences=SqliteFences(database),
        settings=SqliteSettings(database),
        orders=SqliteOrders(database),
        codes=SqliteCodes(database),
        audit=SqliteAudit(database),
        events=SqliteEvents(database),
        keys=SqliteKeys(database),
        books=SqliteBooks(database),
    )
