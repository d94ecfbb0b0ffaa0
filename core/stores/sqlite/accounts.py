"""Accounts and identities in SQLite."""

import sqlite3
from collections.abc import Collection
from dataclasses import astuple
from typing import Any

from core.accounts.model import Account, Identity, Role, Tombstone
from core.clock import Millis
from core.stores.sqlite.database import Database

COLUMNS = "id, created_at, role, suspended, welcomed, merged_into, free_from"
ALL_COLUMNS = f"{COLUMNS}, closing_at, subscriber_until"
LAST = "~"
"""After every id of an account."""


class SqliteAccounts:
    """`AccountStore` on SQLite."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def find(self, identity: Identity) -> Account | None:
        return await self._database.read(lambda connection: _find(connection, identity))

    async def create(self, identity: Identity, account: Account) -> Account:
        def transaction(connection: sqlite3.Connection) -> Account:
            if found := _find(connection, identity):
                return found
            connection.execute(
                f"INSERT INTO accounts ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
                astuple(account)[:-2],
            )
            connection.execute("INSERT INTO identities VALUES (?, ?, ?)", (*astuple(identity), account.id))
            return account

        return await self._database.write(transaction)

    async def get(self, account: str) -> Account | None:
        return await self._database.read(lambda connection: _get(connection, account))

    async def identities(self, accounts: Collection[str]) -> list[Identity]:
        query = f"SELECT platform, user FROM identities WHERE account IN ({_marks(accounts)})"
        return await self._database.read(
            lambda connection: [Identity(*row) for row in connection.execute(query, tuple(accounts))]
        )

    async def owned(self, accounts: Collection[str]) -> dict[str, list[Identity]]:
        query = f"SELECT account, platform, user FROM identities WHERE account IN ({_marks(accounts)})"

        def read(connection: sqlite3.Connection) -> dict[str, list[Identity]]:
            owned: dict[str, list[Identity]] = {}
            for account, platform, user in connection.execute(query, tuple(accounts)):
                owned.setdefault(account, []).append(Identity(platform, user))
            return owned

        return await self._database.read(read)

    async def family(self, account: str) -> list[str]:
        return (await self.families([account]))[account]

    async def families(self, accounts: Collection[str]) -> dict[str, list[str]]:
        query = (
            "WITH RECURSIVE family(id) AS (VALUES (?) UNION"
            " SELECT accounts.id FROM accounts JOIN family ON accounts.merged_into = family.id)"
            " SELECT id FROM family"
        )
        return await self._database.read(
            lambda connection: {
                account: [row[0] for row in connection.execute(query, (account,))] for account in accounts
            }
        )

    async def raise_role(self, account: str, role: Role) -> None:
        await self._set("role = max(role, ?)", role, account)

    async def subscribe(self, account: str, until: Millis) -> None:
        await self._set("subscriber_until = ?", until, account)

    async def mark_welcomed(self, account: str) -> None:
        await self._set("welcomed = ?", 1, account)

    async def set_role(self, account: str, role: Role) -> None:
        await self._set("role = ?", role, account)

    async def suspend(self, account: str, reason: str | None) -> None:
        await self._set("suspended = ?", reason, account)

    async def forgive(self, account: str) -> None:
        query = "DELETE FROM strikes WHERE account = ?"
        await self._database.write(lambda connection: connection.execute(query, (account,)))

    async def strikes(self, account: str) -> int:
        return await self._database.read(lambda connection: _strikes(connection, account))

    async def strike(self, account: str, request_id: str) -> int:
        def transaction(connection: sqlite3.Connection) -> int:
            connection.execute("INSERT OR IGNORE INTO strikes VALUES (?, ?)", (account, request_id))
            return _strikes(connection, account)

        return await self._database.write(transaction)

    async def merge(self, source: str, target: str) -> bool:
        def transaction(connection: sqlite3.Connection) -> bool:
            connection.execute(
                "UPDATE accounts SET merged_into = ? WHERE id = ? AND merged_into IS NULL", (target, source)
            )
            merged = _get(connection, source)
            return merged is not None and merged.merged_into == target

        return await self._database.write(transaction)

    async def undrained(self) -> list[tuple[str, str]]:
        query = "SELECT id, merged_into FROM accounts WHERE merged_into IS NOT NULL AND NOT drained"
        return await self._database.read(lambda connection: list(connection.execute(query)))

    async def mark_drained(self, source: str) -> None:
        await self._set("drained = ?", 1, source)

    async def independent(self, after: str, limit: int) -> list[str]:
        query = "SELECT id FROM accounts WHERE merged_into IS NULL AND id > ? ORDER BY id LIMIT ?"
        return await self._database.read(
            lambda connection: [row[0] for row in connection.execute(query, (after, limit))]
        )

    async def page(
        self, before: str | None, limit: int, *, role: Role | None = None, suspended: bool | None = None
    ) -> list[Account]:
        query = f"""SELECT {ALL_COLUMNS} FROM accounts WHERE merged_into IS NULL AND NOT forgotten AND id < ?1
            AND (?2 IS NULL OR role = ?2) AND (?3 IS NULL OR (suspended IS NOT NULL) = ?3) ORDER BY id DESC LIMIT ?4"""
        values = (LAST if before is None else before, role, suspended, limit)
        return await self._database.read(
            lambda connection: [_account(row) for row in connection.execute(query, values)]
        )

    async def created(self, first: Millis, until: Millis) -> int:
        query = "SELECT count(*) FROM accounts WHERE created_at >= ? AND created_at < ?"
        return await self._database.read(
            lambda connection: int(connection.execute(query, (first, until)).fetchone()[0])
        )

    async def close(self, account: str, now: Millis) -> None:
        await self._set("closing_at = ?", now, account)

    async def reopen(self, account: str, closed_at: Millis) -> None:
        query = "UPDATE accounts SET closing_at = 0 WHERE id = ? AND closing_at = ? AND NOT forgotten"
        await self._database.write(lambda connection: connection.execute(query, (account, closed_at)))

    async def closing(self, before: Millis) -> list[str]:
        query = "SELECT id FROM accounts WHERE closing_at BETWEEN 1 AND ? AND NOT forgotten"
        return await self._database.read(lambda connection: [row[0] for row in connection.execute(query, (before,))])

    async def forget(self, accounts: Collection[str], tombstones: Collection[Tombstone]) -> None:
        def transaction(connection: sqlite3.Connection) -> None:
            rows = [astuple(tombstone) for tombstone in tombstones]
            connection.executemany("INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)", rows)
            query = f"DELETE FROM identities WHERE account IN ({_marks(accounts)})"
            connection.execute(query, tuple(accounts))
            connection.execute(f"UPDATE accounts SET forgotten = 1 WHERE id IN ({_marks(accounts)})", tuple(accounts))

        await self._database.write(transaction)

    async def tombstone(self, digest: str) -> Tombstone | None:
        def transaction(connection: sqlite3.Connection) -> Tombstone | None:
            row = connection.execute("SELECT * FROM tombstones WHERE digest = ?", (digest,)).fetchone()
            return Tombstone(*row) if row else None

        return await self._database.read(transaction)

    async def _set(self, change: str, value: int | str | None, account: str) -> None:
        query = f"UPDATE accounts SET {change} WHERE id = ?"
        await self._database.write(lambda connection: connection.execute(query, (value, account)))


def _find(connection: sqlite3.Connection, identity: Identity) -> Account | None:
    query = "SELECT account FROM identities WHERE platform = ? AND user = ?"
    row = connection.execute(query, astuple(identity)).fetchone()
    return _get(connection, row[0]) if row else None


def _get(connection: sqlite3.Connection, account: str) -> Account | None:
    row = connection.execute(f"SELECT {ALL_COLUMNS} FROM accounts WHERE id = ?", (account,)).fetchone()
    return _account(row) if row else None


def _strikes(connection: sqlite3.Connection, account: str) -> int:
    return int(connection.execute("SELECT count(*) FROM strikes WHERE account = ?", (account,)).fetchone()[0])


def _account(row: sqlite3.Row | tuple[Any, ...]) -> Account:
    return Account(row[0], row[1], Role(row[2]), row[3], bool(row[4]), row[5], row[6], bool(row[7]), row[8])


def _marks(values: Collection[object]) -> str:
    return ", ".join("?" * len(values))
