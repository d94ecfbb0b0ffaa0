"""What every database must do with orders, gift codes, and subscribers."""

import asyncio
from dataclasses import replace

from core.accounts.model import Account, Identity
from core.clock import DAY, HOUR
from core.jobs.model import ReplyTo
from core.payments.orders import Change, Code, Goods, Order, OrderState, Taken
from core.stores.ports import Stores
from core.stores.trade import all_of
from tests.support import NOON

ALICE = Identity("discord", "1")
CODE = Code("d1", 50, 2, NOON, NOON + DAY)


def order(name: str, **changes: object) -> Order:
    made = Order(name, "a1", ALICE, ReplyTo(platform="discord", channel="c"), "en", NOON, NOON + HOUR, f"token-{name}")
    return replace(made, **changes)  # type: ignore[arg-type]  # a test knows the fields


class OrderContract:
    async def test_an_order_is_read_back_as_it_was(self, stores: Stores, other: Stores) -> None:
        whole = order(
            "o1", state=OrderState.FULFILLED, goods=Goods("pack", "small \u20ac", 500, 499, "USD"), gateway="paypal",
            ref="R1", url="https://x", payments=(Taken("cap", 499, 500, NOON, 5, 1, NOON + DAY),), renews=True,
            look_at=NOON, told=1, history=(Change(NOON, OrderState.PENDING, "why"),),
        )  # fmt: skip
        assert await stores.orders.add(whole)
        known = replace(whole, version=1)
        assert await other.orders.get("o1") == known
        assert await other.orders.by_token("token-o1") == known
        assert await other.orders.by_ref("paypal", "R1") == known
        assert await other.orders.by_ref("stripe", "R1") is None
        assert await other.orders.get("o2") is None

    async def test_an_order_is_added_once_and_saved_by_who_read_it_last(self, stores: Stores, other: Stores) -> None:
        assert await stores.orders.add(order("o1"))
        assert not await other.orders.add(order("o1", account="a2"))
        first = await stores.orders.get("o1")
        assert first is not None
        assert await other.orders.save(replace(first, ref="R", gateway="g"))
        assert not await stores.orders.save(replace(first, ref="S", gateway="g"))
        now = await stores.orders.get("o1")
        assert now is not None
        assert (now.ref, now.version) == ("R", 2)
        assert not await stores.orders.save(order("o9", version=1))

    async def test_of_many_savers_at_once_one_wins(self, stores: Stores, other: Stores) -> None:
        await stores.orders.add(order("o1"))
        read = replace(order("o1"), version=1)
        saves = [each.orders.save(replace(read, told=n)) for n in range(4) for each in (stores, other)]
        assert sum(await asyncio.gather(*saves)) == 1

    async def test_orders_of_accounts_come_latest_first(self, stores: Stores) -> None:
        for number in range(3):
            await stores.orders.add(order(f"o{number}", created_at=NOON + number, account=f"a{number % 2}"))
        assert [each.id for each in await stores.orders.of_accounts(["a0", "a1"], 9)] == ["o2", "o1", "o0"]
        assert [each.id for each in await stores.orders.of_accounts(["a0"], 1)] == ["o2"]

    async def test_all_orders_of_accounts_are_found_page_by_page(self, stores: Stores) -> None:
        for number in range(5):
            await stores.orders.add(order(f"o{number}", created_at=NOON + number // 2))
        await stores.orders.add(order("theirs", account="a2"))
        for page in (1, 2, 3, 5, 9):
            assert [each.id for each in await all_of(stores.orders, ["a1"], page)] == ["o4", "o3", "o2", "o1", "o0"]

    async def test_what_is_due_comes_in_its_order(self, stores: Stores) -> None:
        for name, at in (("o1", NOON + 2), ("o2", NOON + 1), ("o3", None), ("o4", NOON + 9)):
            await stores.orders.add(order(name, look_at=at))
        assert [each.id for each in await stores.orders.due(NOON + 2, 9)] == ["o2", "o1"]
        assert [each.id for each in await stores.orders.due(NOON + 9, 1)] == ["o2"]

    async def test_all_orders_are_listed_page_by_page(self, stores: Stores) -> None:
        for number in range(5):
            state = OrderState.FULFILLED if number % 2 else OrderState.CREATED
            await stores.orders.add(order(f"o{number}", created_at=NOON + number // 2, state=state))
        page = await stores.orders.listed(None, None, 2)
        assert [each.id for each in page] == ["o4", "o3"]
        rest = await stores.orders.listed(None, (page[-1].created_at, page[-1].id), 9)
        assert [each.id for each in rest] == ["o2", "o1", "o0"]
        paid = await stores.orders.listed(OrderState.FULFILLED, None, 9)
        assert [each.id for each in paid] == ["o3", "o1"]
        await stores.orders.add(order("theirs", account="a2", state=OrderState.FULFILLED))
        assert [each.id for each in await stores.orders.listed(OrderState.FULFILLED, None, 9, ["a2"])] == ["theirs"]
        assert len(await stores.orders.listed(None, None, 9, ["a1", "a2"])) == 6


class CodeContract:
    async def test_a_code_is_used_so_often_and_once_by_each(self, stores: Stores, other: Stores) -> None:
        await stores.codes.add([CODE])
        assert (await other.codes.get("d1"), await other.codes.get("d2")) == (CODE, None)
        assert await stores.codes.claim("d1", "a1", ["a1"], NOON) == CODE
        assert await other.codes.claim("d1", "a1", ["a1"], NOON) == CODE
        assert await other.codes.claim("d1", "a2", ["a1", "a2"], NOON) is None
        assert await other.codes.claim("d1", "a3", ["a3"], NOON) == CODE
        assert await stores.codes.claim("d1", "a4", ["a4"], NOON) is None
        assert await stores.codes.claim("d2", "a4", ["a4"], NOON) is None

    async def test_a_code_expires_but_not_for_who_has_claimed_it(self, stores: Stores) -> None:
        await stores.codes.add([CODE])
        assert await stores.codes.claim("d1", "a1", ["a1"], NOON) == CODE
        assert await stores.codes.claim("d1", "a2", ["a2"], NOON + DAY) is None
        assert await stores.codes.claim("d1", "a1", ["a1"], NOON + DAY) == CODE

    async def test_of_many_at_once_as_many_get_it_as_may(self, stores: Stores, other: Stores) -> None:
        await stores.codes.add([CODE])
        tries = [each.codes.claim("d1", f"a{n}", [f"a{n}"], NOON) for n in range(6) for each in (stores, other)]
        got = await asyncio.gather(*tries)
        assert sum(code is not None for code in got) == 4  # each of two accounts, asking twice

    async def test_what_was_claimed_is_open_until_it_is_finished(self, stores: Stores, other: Stores) -> None:
        await stores.codes.add([CODE])
        await stores.codes.claim("d1", "a1", ["a1"], NOON)
        assert await other.codes.unfinished(NOON) == []
        assert await other.codes.unfinished(NOON + 1) == [(CODE, "a1")]
        await other.codes.finish("d1", "a1")
        assert await stores.codes.unfinished(NOON + 1) == []

    async def test_a_later_use_does_not_hide_one_that_was_interrupted(self, stores: Stores, other: Stores) -> None:
        await stores.codes.add([CODE])
        await stores.codes.claim("d1", "a1", ["a1"], NOON)
        await other.codes.claim("d1", "a2", ["a2"], NOON + HOUR)
        assert (CODE, "a1") in await stores.codes.unfinished(NOON + 1)
        await other.codes.finish("d1", "a2")
        assert await stores.codes.unfinished(NOON + 1) == [(CODE, "a1")]
        await stores.codes.finish("d1", "a1")
        assert await stores.codes.unfinished(NOON + DAY) == []


class SubscriberContract:
    async def test_a_subscriber_is_one_until_a_time(self, stores: Stores, other: Stores) -> None:
        await stores.accounts.create(ALICE, Account("a1", NOON))
        await stores.accounts.subscribe("a1", NOON + DAY)
        found = await other.accounts.find(ALICE)
        assert found is not None
        assert found.subscriber_until == NOON + DAY
        await stores.accounts.subscribe("a1", 0)
        found = await other.accounts.get("a1")
        assert found is not None
        assert found.subscriber_until == 0
