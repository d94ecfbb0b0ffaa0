"""A big backlog is deleted in batches, completely, and nothing younger with it."""

from pathlib import Path

import pytest

from core.observe.model import Indicators, Usage
from core.stores.sqlite import open_sqlite
from tests.support import NOON


async def test_everything_older_goes_however_much_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.stores.sqlite.database.PURGE_BATCH", 2)
    database, stores = await open_sqlite(tmp_path / "easel.db")
    for number in range(7):
        at = NOON + number
        indicators = Indicators(total_ms=1, status="done")
        await stores.feed.post(f"c{number % 2}", f"m{number}", "{}", at)
        await stores.usage.record(
            Usage(request_id=f"r{number}", account="a", platform="discord", operation="x", at=at, indicators=indicators)
        )
    for _ in range(2):
        await stores.feed.purge(NOON + 5)
        await stores.usage.purge(NOON + 5)
        kept = [message.at for channel in ("c0", "c1") for message in await stores.feed.since(channel, 0, 10)]
        assert sorted(kept) == [NOON + 5, NOON + 6]
        assert [usage.at for usage in await stores.usage.of_accounts(["a"])] == [NOON + 5, NOON + 6]
    await database.close()
