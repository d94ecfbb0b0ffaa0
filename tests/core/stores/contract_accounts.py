"""What every database must do with accounts and identities."""

import asyncio
from dataclasses import replace

from core.accounts.model import Account, Identity, Role, Tombstone
from core.stores.ports import Stores
from tests.core.stores.contract import Handles
from tests.support import ALICE, BOB, NOON


def account(number: int, **more: object) -> Account:
    return replace(Account(f"a{number}", NOON), **more)  # type: ignore[arg-type]  # names are checked by replace


class AccountContract:
    async def test_an_identity_leads_to_its_account(self, stores: Stores, other: Stores) -> None:
        made = account(1, role=Role.SUBSCRIBER, suspended="spam", welcomed=True, free_from=NOON)
        assert await stores.accounts.create(ALICE, made) == made
        assert await other.accounts.find(ALICE) == made
        assert await other.accounts.get("a1") == made

    async def test_strangers_have_none(self, stores: Stores) -> None:
        assert await stores.accounts.find(ALICE) is None
        assert await stores.accounts.get("a1") is None

    async def test_the_same_user_id_on_two_platforms_is_two_identities(self, stores: Stores) -> None:
        await stores.accounts.create(Identity("discord", "7"), account(1))
        assert await stores.accounts.find(Identity("slack", "7")) is None

    async def test_an_identity_keeps_its_first_account(self, stores: Stores, other: Stores) -> None:
        await stores.accounts.create(ALICE, account(1))
        assert (await other.accounts.create(ALICE, account(2))).id == "a1"
        assert await other.accounts.get("a2") is None

    async def test_all_who_meet_one_stranger_at_once_get_the_same_account(self, handles: Handles) -> None:
        found = await asyncio.gather(*(handles[i % 2].accounts.create(ALICE, account(i)) for i in range(20)))
        assert len({one.id for one in found}) == 1

    async def test_identities_of_accounts_are_listed(self, stores: Stores) -> None:
        await stores.accounts.create(ALICE, account(1))
        await stores.accounts.create(BOB, account(2))
        assert sorted(await stores.accounts.identities(["a1", "a2", "a3"])) == sorted([ALICE, BOB])
        assert await stores.accounts.identities([]) == []

    async def test_a_role_is_raised_and_never_lowered(self, stores: Stores) -> None:
        await stores.accounts.create(ALICE, account(1))
        for role, then in ((Role.ADMIN, Role.ADMIN), (Role.SUBSCRIBER, Role.ADMIN), (Role.USER, Role.ADMIN)):
            await stores.accounts.raise_role("a1", role)
            found = await stores.accounts.get("a1")
            assert found is not None
            assert found.role is then

    async def test_welcome_and_suspension_are_kept(self, stores: Stores) -> None:
        await stores.accounts.create(ALICE, account(1))
        await stores.accounts.create(BOB, account(2))
        await stores.accounts.mark_welcomed("a1")
        await stores.accounts.suspend("a1", "too loud")
        assert await stores.accounts.get("a1") == account(1, welcomed=True, suspended="too loud")
        assert await stores.accounts.get("a2") == account(2)

    async def test_a_strike_counts_once_per_request(self, handles: Handles) -> None:
        strikes = [await handles[i % 2].accounts.strike("a1", request) for i, request in enumerate("xxyxz")]
        assert strikes == [1, 1, 2, 2, 3]
        assert await handles[0].accounts.strike("a2", "x") == 1

    async def test_strikes_at_once_are_all_counted(self, handles: Handles) -> None:
        strikes = await asyncio.gather(*(handles[i % 2].accounts.strike("a1", f"r{i}") for i in range(20)))
        assert sorted(strikes) == list(range(1, 21))

    async def test_an_account_has_one_heir(self, stores: Stores, other: Stores) -> None:
        for number, identity in enumerate((ALICE, BOB, Identity("slack", "T/U"))):
            await stores.accounts.create(identity, account(number))
        assert await stores.accounts.merge("a2", "a1")
        assert await other.accounts.merge("a2", "a1")
        assert not await other.accounts.merge("a2", "a0")
        found = await other.accounts.get("a2")
        assert found is not None
        assert found.merged_into == "a1"

    async def test_an_unknown_account_cannot_be_merged(self, stores: Stores) -> None:
        assert not await stores.accounts.merge("nobody", "a1")

    async def test_rival_heirs_cannot_both_win(self, handles: Handles) -> None:
        await handles[0].accounts.create(ALICE, account(9))
        won = await asyncio.gather(*(handles[i % 2].accounts.merge("a9", f"a{i}") for i in range(8)))
        assert sum(won) == 1

    async def test_a_family_is_an_account_and_all_that_flowed_into_it(self, stores: Stores) -> None:
        for number in range(5):
            await stores.accounts.create(Identity("discord", str(number)), account(number))
        await stores.accounts.merge("a2", "a1")
        await stores.accounts.merge("a3", "a2")
        assert sorted(await stores.accounts.family("a1")) == ["a1", "a2", "a3"]
        assert await stores.accounts.family("a3") == ["a3"]
        assert await stores.accounts.family("a4") == ["a4"]
        families = await stores.accounts.families(["a1", "a4", "nobody"])
        assert {account: sorted(family) for account, family in families.items()} == {
            "a1": ["a1", "a2", "a3"], "a4": ["a4"], "nobody": ["nobody"]
        }  # fmt: skip
        owned = await stores.accounts.owned(["a1", "a4", "nobody"])
        assert owned == {"a1": [Identity("discord", "1")], "a4": [Identity("discord", "4")]}
        assert await stores.accounts.families([]) == {}
        assert await stores.accounts.owned([]) == {}

    async def test_merges_stay_undrained_until_marked(self, stores: Stores, other: Stores) -> None:
        for number in range(3):
            await stores.accounts.create(Identity("discord", str(number)), account(number))
        await stores.accounts.merge("a1", "a0")
        await stores.accounts.merge("a2", "a0")
        assert sorted(await other.accounts.undrained()) == [("a1", "a0"), ("a2", "a0")]
        await other.accounts.mark_drained("a1")
        assert list(await stores.accounts.undrained()) == [("a2", "a0")]

    async def test_a_forgotten_identity_leads_nowhere_and_leaves_a_tombstone(self, stores: Stores) -> None:
        await stores.accounts.create(ALICE, account(1))
        await stores.accounts.create(BOB, account(2))
        grave = Tombstone("digest", NOON, "too loud")
        for _ in range(2):
            await stores.accounts.forget(["a1"], [grave])
        assert await stores.accounts.find(ALICE) is None
        assert await stores.accounts.find(BOB) == account(2)
        assert await stores.accounts.tombstone("digest") == grave
        assert await stores.accounts.tombstone("another") is None

    async def test_of_an_identity_forgotten_twice_the_later_tombstone_stays(self, stores: Stores) -> None:
        await stores.accounts.forget([], [Tombstone("digest", NOON, "too loud"), Tombstone("other", NOON)])
        await stores.accounts.forget([], [Tombstone("digest", NOON + 1)])
        assert await stores.accounts.tombstone("digest") == Tombstone("digest", NOON + 1)
        assert await stores.accounts.tombstone("other") == Tombstone("other", NOON)
