"""Job documents in SQLite. Each verb is one transaction: read the document, check its state, write it back."""

from core.stores.sqlite.jobs.looking import LookingJobs
from core.stores.sqlite.jobs.taking import TakingJobs


class SqliteJobs(TakingJobs, LookingJobs):
    """`JobStore` on SQLite."""
