"""What is moved: each table of SQLite, and how its rows become documents of MongoDB."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from core.migration import rows
from core.migration.rows import Rows, plain
from core.stores.mongo.database import Document


@dataclass(frozen=True, slots=True)
class Table:
    """How rows of SQLite become documents of one collection."""

    collection: str
    query: str
    documents: Callable[[Rows], Iterator[Document]]


TABLES = (
    Table("entries", "SELECT * FROM entries", rows.entries),
    Table("snapshots", "SELECT * FROM snapshots", plain("account")),
    Table("transfers", "SELECT * FROM transfers", plain("id", done=lambda row: bool(row["done"]))),
    Table("orders", "SELECT * FROM orders", rows.orders),
    Table(
        "codes",
        "SELECT codes.*, account, at, done FROM codes LEFT JOIN code_claims USING (digest) ORDER BY digest",
        rows.codes,
    ),
    Table("accounts", "SELECT * FROM accounts", rows.accounts),
    Table(
        "identities",
        "SELECT identities.*, accounts.* FROM identities JOIN accounts ON accounts.id = identities.account",
        rows.identities,
    ),
    Table("strikes", "SELECT * FROM strikes ORDER BY account", rows.strikes),
    Table("tombstones", "SELECT * FROM tombstones", plain("digest")),
    Table("link_codes", "SELECT * FROM link_codes", plain("digest", merged=lambda row: bool(row["merged"]))),
    Table("takes", "SELECT * FROM takes ORDER BY key", rows.takes),
    Table("jobs", "SELECT * FROM jobs", rows.jobs),
    Table("usage", "SELECT * FROM usage", plain("request_id", counted=lambda _: True)),
    Table("rollups", "SELECT * FROM rollups", rows.rollups),
    Table("audit", "SELECT * FROM audit", plain("id")),
    Table("events", "SELECT * FROM events", plain("id")),
    Table("keys", "SELECT * FROM keys", rows.keys),
    Table("books", "SELECT * FROM books", plain("day")),
    Table("settings", "SELECT * FROM settings", plain("scope")),
    Table("feed", "SELECT * FROM feed ORDER BY channel, seq", rows.feed),
    Table("counters", "SELECT * FROM feed_numbers", rows.feed_number),
    Table("counters", "SELECT * FROM fences", rows.fences),
)
"""Slots are not moved: they belong to calls in flight, of which there are none."""
