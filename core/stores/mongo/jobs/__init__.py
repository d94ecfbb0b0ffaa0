"""Job documents in MongoDB. Each verb reads the document, checks its state, and replaces it if nobody else did."""

from core.stores.mongo.jobs.looking import LookingJobs
from core.stores.mongo.jobs.taking import TakingJobs


class MongoJobs(TakingJobs, LookingJobs):
    """`JobStore` on MongoDB."""
