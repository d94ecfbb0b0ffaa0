"""The SQLite file: one writing and one reading connection, each in its own thread.

A transaction is one plain function run in the connection's thread. So it cannot be interleaved with another
coroutine's, and a cancelled request cannot leave it half done (see docs/decisions/0003).
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Self, TypeVar

from core.clock import Millis
from core.errors import StoreBusy, StoreCorrupt, StoreError, StoreFull, StoreReadOnly, StoreTooNew
from core.stores.sqlite.schema import SCHEMA, SCHEMA_VERSION, UPGRADES
from core.stores.sqlite.summing import SUMMED_SINCE, sum_up
from core.timing import measured

T = TypeVar("T")
Transaction = Callable[[sqlite3.Connection], T]

BUSY_TIMEOUT_S = 5.0
FAR: Millis = 2**62
"""Later than everything."""
PURGE_BATCH = 1_000
PRIMARY_CODE = 0xFF  # the low byte of an extended result code: https://www.sqlite.org/rescode.html


class Database:
    """Runs transactions. Use `Database.open`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._writing = ThreadPoolExecutor(1, thread_name_prefix="sqlite-write")
        self._reading = ThreadPoolExecutor(1, thread_name_prefix="sqlite-read")
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._closed = False

    @classmethod
    async def open(cls, path: Path) -> Self:
        database = cls(path)
        try:
            await database._in_thread(database._writing, database._connect)
        except BaseException:
            await database.close()
            raise
        return database

    async def write(self, transaction: Transaction[T]) -> T:
        """Run a transaction that writes. It is durable when this returns, and undone if it raises."""
        with measured("db_ms"):
            return await self._in_thread(self._writing, lambda: self._committed(transaction))

    async def read(self, transaction: Transaction[T]) -> T:
        """Run a transaction that only reads, beside any writer."""
        with measured("db_ms"):
            return await self._in_thread(self._reading, lambda: self._consistent(transaction))

    async def delete_in_batches(self, query: str, *values: object) -> None:
        """Run a DELETE, whose last value is a limit, until nothing is left: other writers get in between."""
        while await self.write(lambda connection: connection.execute(query, (*values, PURGE_BATCH)).rowcount):
            pass

    async def close(self) -> None:
        self._closed = True
        for executor, connection in ((self._writing, self._writer), (self._reading, self._reader)):
            if connection is not None:
                await asyncio.get_running_loop().run_in_executor(executor, connection.close)
            executor.shutdown(wait=False)
        self._writer = self._reader = None

    async def _in_thread(self, executor: ThreadPoolExecutor, work: Callable[[], T]) -> T:
        if self._closed:
            raise StoreError("The database is closed.")
        try:
            return await asyncio.get_running_loop().run_in_executor(executor, work)
        except sqlite3.Error as error:
            raise self._explained(error) from error

    def _connect(self) -> None:
        self._writer = self._connection()
        self._check_owner(self._writer)
        _patiently(lambda: self._writing_connection().execute("PRAGMA journal_mode = WAL"))
        self._writer.execute("PRAGMA synchronous = FULL")
        self._committed(self._prepare)
        self._reader = self._connection()

    def _check_owner(self, connection: sqlite3.Connection) -> None:
        """Touch nothing in a file that another program, or a newer Easel, has made.

        Both questions are asked at one moment: another process may be making this very file.
        """
        connection.execute("BEGIN")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
        connection.execute("ROLLBACK")
        if version > SCHEMA_VERSION:
            raise StoreTooNew(str(self.path), version, SCHEMA_VERSION)
        if version == 0 and tables:
            raise StoreCorrupt(str(self.path), "it belongs to another program")

    def _connection(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)

    def _prepare(self, connection: sqlite3.Connection) -> None:
        """Create or upgrade the tables. Writing the version is also how a file without rights is noticed."""
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        scripts = [UPGRADES[older] for older in range(version, SCHEMA_VERSION)] if version else [SCHEMA]
        for statement in ";\n".join(scripts).split(";\n"):
            connection.execute(statement)
        if 0 < version < SUMMED_SINCE:
            sum_up(connection)
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _writing_connection(self) -> sqlite3.Connection:
        if self._writer is None:
            raise StoreError("The database is closed.")
        return self._writer

    def _committed(self, transaction: Transaction[T]) -> T:
        connection = self._writing_connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            outcome = transaction(connection)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return outcome

    def _consistent(self, transaction: Transaction[T]) -> T:
        """All statements of a reading transaction see the same moment."""
        connection = self._reader
        if connection is None:
            raise StoreError("The database is closed.")
        connection.execute("BEGIN")
        try:
            return transaction(connection)
        finally:
            if connection.in_transaction:
                connection.execute("ROLLBACK")

    def _explained(self, error: sqlite3.Error) -> StoreError:
        code = getattr(error, "sqlite_errorcode", 0) & PRIMARY_CODE
        path = str(self.path)
        match code:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return StoreBusy()
            case sqlite3.SQLITE_FULL:
                return StoreFull()
            case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
                return StoreReadOnly(path)
            case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
                return StoreCorrupt(path, str(error))
        return StoreError(f"Easel's database failed ({error}).")


def older(field: str, before: tuple[Millis, str] | None, **wanted: str | None) -> tuple[str, list[str | int]]:
    """What comes after this place (`field`, id) in a list that has the newest first, and the values for its marks.

    Of `wanted`, what is not None has to be so.
    """
    given = {column: value for column, value in wanted.items() if value is not None}
    which = "".join(f"{column} = ? AND " for column in given)
    place = before or (FAR, "")
    return f"{which}({field}, id) < (?, ?) ORDER BY {field} DESC, id DESC", [*given.values(), *place]


def _patiently(work: Callable[[], object]) -> None:
    """Repeat while the file is locked: changing the journal mode does not wait by itself."""
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            work()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & PRIMARY_CODE != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return
