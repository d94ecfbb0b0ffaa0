"""What every database must do where processes settle something among each other."""

import asyncio

from core.stores.ports import Stores
from tests.support import NOON

Handles = tuple[Stores, Stores]
LATER = NOON + 1_000


class SlotContract:
    async def test_no_more_have_a_slot_than_there_are(self, stores: Stores, other: Stores) -> None:
        assert await stores.slots.take("p", "a", 2, NOON, LATER)
        assert await other.slots.take("p", "b", 2, NOON, LATER)
        assert not await stores.slots.take("p", "c", 2, NOON, LATER)
        assert await stores.slots.take("q", "c", 1, NOON, LATER)

    async def test_whoever_has_a_slot_takes_no_second_one(self, stores: Stores) -> None:
        assert await stores.slots.take("p", "a", 2, NOON, LATER)
        assert await stores.slots.take("p", "a", 2, NOON, LATER + 5)
        assert await stores.slots.take("p", "b", 2, NOON, LATER)
        assert await stores.slots.take("p", "a", 2, NOON, LATER)
        assert not await stores.slots.take("p", "c", 2, LATER - 1, LATER)

    async def test_a_slot_gets_free_by_itself_unless_it_is_renewed(self, stores: Stores, other: Stores) -> None:
        await stores.slots.take("p", "a", 1, NOON, LATER)
        assert not await other.slots.take("p", "b", 1, LATER - 1, LATER + 9)
        assert await stores.slots.renew("p", "a", LATER + 10)
        assert not await other.slots.take("p", "b", 1, LATER + 9, LATER + 99)
        assert await other.slots.take("p", "b", 1, LATER + 10, LATER + 99)
        assert not await stores.slots.renew("p", "a", LATER + 99)

    async def test_a_freed_slot_can_be_taken(self, stores: Stores, other: Stores) -> None:
        await stores.slots.take("p", "a", 1, NOON, LATER)
        await other.slots.free("p", "b")
        await other.slots.free("q", "a")
        assert not await other.slots.take("p", "b", 1, NOON, LATER)
        for _ in range(2):
            await stores.slots.free("p", "a")
        assert await other.slots.take("p", "b", 1, NOON, LATER)

    async def test_of_many_at_once_exactly_as_many_as_allowed_get_one(self, handles: Handles) -> None:
        takes = [handles[n % 2].slots.take("p", f"h{n}", 5, NOON, LATER) for n in range(40)]
        assert sum(await asyncio.gather(*takes)) == 5


class FenceContract:
    async def test_numbers_only_grow(self, stores: Stores, other: Stores) -> None:
        assert await stores.fences.highest("f") == 0
        assert [await stores.fences.draw("f"), await other.fences.draw("f"), await other.fences.draw("g")] == [1, 2, 1]
        assert (await stores.fences.highest("f"), await other.fences.highest("g")) == (2, 1)

    async def test_no_number_is_drawn_twice(self, handles: Handles) -> None:
        drawn = await asyncio.gather(*(handles[n % 2].fences.draw("f") for n in range(30)))
        assert len({*drawn, 0}) == 31
        assert await handles[0].fences.highest("f") == max(drawn)


class InstallationContract:
    async def test_all_processes_know_the_database_by_one_name(self, stores: Stores, other: Stores) -> None:
        assert stores.installation == other.installation
        assert len(stores.installation) == 16
