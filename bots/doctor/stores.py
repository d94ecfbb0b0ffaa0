"""The data folder, the database and Redis."""

import os
import shutil
from pathlib import Path

from bots.doctor import mongo, redis, sqlite
from bots.doctor.asking import Asking
from bots.doctor.findings import Finding, all_of, ok, problem, warning
from core.app import prepare_folder
from core.errors import ConfigError
from core.settings import Settings

AREA = "data folder"
LITTLE_BYTES = 2 * 2**30
TOO_LITTLE_BYTES = 200 * 2**20
"""About a hundred pictures, or an hour of a busy place's write-ahead log."""
SHARE = 0.9
"""Of the time that all of them have: each says itself that it hangs."""


async def look(settings: Settings, asking: Asking) -> list[Finding]:
    folder = _folder(settings.data_dir)
    looks = {"database": _database(settings)}
    if settings.redis_url:
        looks["redis"] = redis.look(settings.redis_url)
    return folder + await all_of(looks, asking.limit * SHARE)


async def _database(settings: Settings) -> list[Finding]:
    if settings.database_path is not None:
        return await sqlite.look(settings.database_path)
    return await mongo.look(settings.store_url)


def _folder(folder: Path) -> list[Finding]:
    """Nothing is made that is not there yet."""
    there = next(each for each in (folder.absolute(), *folder.absolute().parents) if each.exists())
    try:
        if there == folder.absolute():
            prepare_folder(there)
        elif not os.access(there, os.W_OK | os.X_OK):
            raise ConfigError([f"DATA_DIR: {folder.absolute()} is not there and cannot be made."])
    except ConfigError as error:
        return [problem(AREA, error.message, "Give Easel's user the right to write there.")]
    free = shutil.disk_usage(there).free
    said = f"{folder} can be written, and {free / 2**30:.1f} GiB are free."
    if free < LITTLE_BYTES:
        finding = problem if free < TOO_LITTLE_BYTES else warning
        return [finding(AREA, said, "Make room: on a full disk every request is refused.")]
    return [ok(AREA, said)]
