"""How rollups are stored in MongoDB, and the sums that an older database does not have yet."""

from contextlib import suppress
from typing import Any, Protocol

from pymongo.errors import DuplicateKeyError

from core.observe.model import Key, Rollup
from core.observe.rows import summaries_of

SUMMED_SINCE = 4
"""The first version whose databases have sums of all accounts, and of months."""


class Opened(Protocol):
    """What is needed of a database here."""

    def collection(self, name: str) -> Any: ...

    async def run(self, command: Any) -> Any: ...

    async def all(self, cursor: Any) -> list[dict[str, Any]]: ...


async def sum_up(database: Opened) -> None:
    """Make these sums from the days' rollups, and give all rollups the fields that are looked for.

    Repeating it gives the same. No older Easel may record meanwhile: the upgrade notes say so (docs/operations.md).
    Another process that upgrades may have done it all, and record already. Then the version says so, or what it added
    to has another version than when it was read or made here, and is left alone.
    """
    rollups, sums = database.collection("rollups"), dict[Key, Rollup]()
    days = await database.all(rollups.find({"day": {"$lt": "a"}}))
    if (await database.run(database.collection("meta").find_one({"_id": "schema"})))["version"] >= SUMMED_SINCE:
        return
    for found in days:
        rollup = Rollup.model_validate_json(found["doc"])
        as_read = {"_id": found["_id"], "version": found["version"]}
        await database.run(rollups.update_one(as_read, {"$set": rollup_fields(rollup)}))
        for row in summaries_of(rollup):
            sums[row.key] = sums[row.key].plus(row) if row.key in sums else row
    for summary in sums.values():
        as_made = {"_id": name_of(summary), "version": 1, "pending": []}
        with suppress(DuplicateKeyError):
            await database.run(rollups.replace_one(as_made, as_made | rollup_fields(summary), upsert=True))


def rollup_fields(rollup: Rollup) -> dict[str, Any]:
    """A rollup as it is stored: the whole as JSON, and beside it what is searched for."""
    cost = rollup.counters.get("cost_nano", 0)
    return {"day": rollup.day, "account": rollup.account, "cost": cost, "doc": rollup.model_dump_json()}


def name_of(rollup: Rollup) -> str:
    """Its `_id`. Rollups from before models were told apart keep theirs."""
    parts = [rollup.account, rollup.day, rollup.provider, rollup.operation]
    return "|".join([*parts, rollup.model] if rollup.model else parts)
