"""What every database must do with transfers."""

import asyncio
from dataclasses import replace

from core.clock import DAY
from core.credits.model import Transfer
from core.stores.ports import Stores
from tests.core.stores.contract import Handles
from tests.support import NOON

GIFT = Transfer("t1", "a1", "a2", 10**15, NOON, "thank you \u20ac")


class TransferContract:
    async def test_a_transfer_is_read_back_as_it_was(self, stores: Stores, other: Stores) -> None:
        assert await stores.transfers.add(GIFT) == GIFT
        assert await other.transfers.get("t1") == GIFT
        assert await other.transfers.get("t2") is None

    async def test_the_first_of_an_id_stays(self, handles: Handles) -> None:
        rivals = [replace(GIFT, target=f"b{number}") for number in range(8)]
        kept = await asyncio.gather(*(handles[i % 2].transfers.add(rival) for i, rival in enumerate(rivals)))
        assert len(set(kept)) == 1
        assert kept[0] in rivals

    async def test_those_that_are_not_done_are_listed_the_oldest_first(self, stores: Stores, other: Stores) -> None:
        for number in (3, 1, 2):
            await stores.transfers.add(replace(GIFT, id=f"t{number}", at=NOON + number))
        await other.transfers.finish("t2")
        assert [one.id for one in await stores.transfers.unfinished(NOON + 4)] == ["t1", "t3"]
        assert [one.id for one in await stores.transfers.unfinished(NOON + 3)] == ["t1"]
        assert await stores.transfers.get("t2") == replace(GIFT, id="t2", at=NOON + 2, done=True)

    async def test_only_old_ones_that_are_done_are_forgotten(self, stores: Stores) -> None:
        for number, at in enumerate((NOON, NOON, NOON + DAY)):
            await stores.transfers.add(replace(GIFT, id=f"t{number}", at=at))
        await stores.transfers.finish("t0")
        await stores.transfers.finish("t2")
        await stores.transfers.purge(NOON + DAY)
        assert [one is None for one in [await stores.transfers.get(f"t{n}") for n in range(3)]] == [True, False, False]
