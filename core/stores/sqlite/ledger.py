"""Ledger entries and snapshots in SQLite. The two unique keys of `entries` are what makes credits safe."""

import sqlite3
from collections.abc import Collection

from pydantic import TypeAdapter
from pydantic_core import from_json

from core.clock import Millis
from core.credits.model import Entry, Kind, Origin, State
from core.stores.ports import Appended, Loaded, OperationKnown, SequenceTaken, Sum
from core.stores.sqlite.database import FAR, Database

ENTRY = TypeAdapter(Entry)
STATE = TypeAdapter(State)
COLUMNS = ("account", "seq", "op", "kind", "amount", "at")
SELECT = f"SELECT {', '.join(COLUMNS)}, doc FROM entries"
Row = tuple[str, int, str, str, int, int, str]


class SqliteLedger:
    """`LedgerStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def load(self, account: str, op: str | None) -> Loaded:
        return await self._database.read(lambda connection: _loaded(connection, account, op))

    async def load_all(self, accounts: Collection[str]) -> dict[str, Loaded]:
        return await self._database.read(
            lambda connection: {account: _loaded(connection, account, None) for account in accounts}
        )

    async def append(self, entry: Entry, after: State | None) -> Appended | SequenceTaken | OperationKnown:
        def transaction(connection: sqlite3.Connection) -> Appended | SequenceTaken | OperationKnown:
            try:
                connection.execute(
                    "INSERT INTO entries VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (
                        entry.account, entry.seq, entry.op, entry.kind.value, entry.amount, entry.at,
                        ENTRY.dump_json(entry, exclude=set(COLUMNS), exclude_defaults=True).decode(),
                    ),
                )  # fmt: skip
            except sqlite3.IntegrityError:
                known = _known(connection, entry.account, entry.op)
                return OperationKnown(known) if known else SequenceTaken()
            if after is not None:
                keep(connection, after)
            return Appended()

        return await self._database.write(transaction)

    async def entries(
        self, account: str, *, kind: Kind | None = None, after: int = 0, limit: int | None = None
    ) -> list[Entry]:
        def transaction(connection: sqlite3.Connection) -> list[Entry]:
            rows = connection.execute(
                f"{SELECT} WHERE account = ? AND seq > ? AND (? IS NULL OR kind = ?) ORDER BY seq LIMIT ?",
                (account, after, kind, kind, -1 if limit is None else limit),
            )
            return [_entry(row) for row in rows]

        return await self._database.read(transaction)

    async def snapshot(self, account: str) -> State | None:
        return await self._database.read(lambda connection: _snapshot(connection, account))

    async def accounts(self) -> list[str]:
        query = "SELECT account FROM entries UNION SELECT account FROM snapshots ORDER BY 1"
        return await self._database.read(lambda connection: [row[0] for row in connection.execute(query)])

    async def latest(self, account: str, before: int | None, limit: int) -> list[Entry]:
        query = f"{SELECT} WHERE account = ? AND seq < ? ORDER BY seq DESC LIMIT ?"
        values = (account, FAR if before is None else before, limit)
        return await self._database.read(lambda connection: [_entry(row) for row in connection.execute(query, values)])

    async def sums(self, first: Millis, until: Millis) -> list[Sum]:
        """The documents are read of grants only: of the others the index says all."""
        others = f"""SELECT kind, NULL, sum(amount) FROM entries INDEXED BY entries_time
            WHERE at >= ?1 AND at < ?2 AND kind <> '{Kind.GRANT}' GROUP BY kind"""
        grants = f"""SELECT kind, json_extract(doc, '$.lots[0].origin') AS origin, sum(amount)
            FROM entries INDEXED BY entries_time WHERE at >= ?1 AND at < ?2 AND kind = '{Kind.GRANT}' GROUP BY origin"""

        def read(connection: sqlite3.Connection) -> list[Sum]:
            rows = [row for query in (others, grants) for row in connection.execute(query, (first, until))]
            return [Sum(Kind(kind), Origin(origin) if origin else None, amount) for kind, origin, amount in rows]

        return await self._database.read(read)


def _loaded(connection: sqlite3.Connection, account: str, op: str | None) -> Loaded:
    snapshot = _snapshot(connection, account)
    seen = snapshot.seq if snapshot else 0
    rows = connection.execute(f"{SELECT} WHERE account = ? AND seq > ? ORDER BY seq", (account, seen))
    tail = [_entry(row) for row in rows]
    known = _known(connection, account, op) if op is not None else None
    return Loaded(snapshot, tail, known)


def keep(connection: sqlite3.Connection, state: State) -> None:
    """Make this state the snapshot, unless a later one is there."""
    connection.execute(
        "INSERT INTO snapshots VALUES (?, ?, ?) ON CONFLICT (account) DO UPDATE"
        " SET seq = excluded.seq, doc = excluded.doc WHERE excluded.seq > seq",
        (state.account, state.seq, STATE.dump_json(state, exclude_defaults=True).decode()),
    )


def _snapshot(connection: sqlite3.Connection, account: str) -> State | None:
    row = connection.execute("SELECT doc FROM snapshots WHERE account = ?", (account,)).fetchone()
    return STATE.validate_json(row[0]) if row else None


def _known(connection: sqlite3.Connection, account: str, op: str) -> Entry | None:
    row = connection.execute(f"{SELECT} WHERE account = ? AND op = ?", (account, op)).fetchone()
    return _entry(row) if row else None


def _entry(row: Row) -> Entry:
    """The columns are the truth for what they hold; the document has the rest."""
    *columns, doc = row
    return ENTRY.validate_python(from_json(doc) | dict(zip(COLUMNS, columns, strict=True)))
