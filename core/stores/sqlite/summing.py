"""Adding to rollups, inside a transaction of SQLite's."""

import sqlite3

from core.observe.model import Key, Rollup
from core.observe.rows import summaries_of

SUMMED_SINCE = 5
"""The first version whose files have sums of all accounts, and of months."""


def add_up(connection: sqlite3.Connection, row: Rollup) -> None:
    query = "SELECT doc FROM rollups WHERE (day, account, provider, model, operation) = (?, ?, ?, ?, ?)"
    found = connection.execute(query, row.key).fetchone()
    _save(connection, Rollup.model_validate_json(found[0]).plus(row) if found else row)


def sum_up(connection: sqlite3.Connection) -> None:
    """Make these sums from the days' rollups of an older file."""
    sums: dict[Key, Rollup] = {}
    for (doc,) in connection.execute("SELECT doc FROM rollups"):
        for row in summaries_of(Rollup.model_validate_json(doc)):
            sums[row.key] = sums[row.key].plus(row) if row.key in sums else row
    for rollup in sums.values():
        _save(connection, rollup)


def _save(connection: sqlite3.Connection, rollup: Rollup) -> None:
    row = (*rollup.key, rollup.model_dump_json(), rollup.counters.get("cost_nano", 0))
    connection.execute("INSERT OR REPLACE INTO rollups VALUES (?, ?, ?, ?, ?, ?, ?)", row)
