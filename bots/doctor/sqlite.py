"""The SQLite file, looked at without making or upgrading it."""

import asyncio
import sqlite3
import time
from pathlib import Path
from urllib.parse import quote

from bots.doctor.findings import Finding, ok, problem, warning
from core.stores.sqlite.schema import SCHEMA_VERSION

AREA = "database"
BUSY_SECONDS = 2.0
SLOW_MS = 250.0


async def look(path: Path) -> list[Finding]:
    return await asyncio.to_thread(_examined, path)


def _examined(path: Path) -> list[Finding]:
    if not path.exists():
        return [ok(AREA, f"{path} is not there yet; the first start makes it.")]
    begun = time.perf_counter()
    try:
        connection = sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", BUSY_SECONDS, uri=True)
        try:
            connection.isolation_level = None
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
        finally:
            connection.close()
    except sqlite3.Error as error:
        return [_trouble(path, error)]
    return [_age(path, version), _speed((time.perf_counter() - begun) * 1_000)]


def _age(path: Path, version: int) -> Finding:
    if version > SCHEMA_VERSION:
        return problem(
            AREA,
            f"{path} belongs to a newer Easel (schema {version}, this one knows {SCHEMA_VERSION}).",
            "Upgrade Easel, or restore a backup of the older version.",
        )
    if version < SCHEMA_VERSION:
        return warning(
            AREA,
            f"{path} has the schema of an older Easel ({version} of {SCHEMA_VERSION}).",
            "Make a backup; the next start upgrades it.",
        )
    return ok(AREA, f"{path} is an Easel database of this version.")


def _speed(took: float) -> Finding:
    if took > SLOW_MS:
        return warning(
            AREA,
            f"It took {took:.0f} ms to open and lock the database.",
            "Put it on a local disk (not NFS) that is not overloaded.",
        )
    return ok(AREA, f"It could be opened and locked in {took:.1f} ms.")


def _trouble(path: Path, error: sqlite3.Error) -> Finding:
    text = str(error)
    if "locked" in text or "busy" in text:
        return problem(AREA, f"Another program holds {path} locked.", "Close it, such as an open sqlite3 shell.")
    if "readonly" in text or "unable to open" in text:
        return problem(AREA, f"{path} cannot be written.", "Give Easel's user the right to write it and its folder.")
    return problem(AREA, f"{path} is not a usable database ({text}).", "Restore your backup; see docs/operations.md.")
