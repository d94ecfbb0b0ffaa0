"""Accounts looked up by identity, remembered in Redis for a day and forgotten whenever they change.

A reader may only remember what it read if nobody changed the account meanwhile: before it asks the database it puts
a lease of its own in the place, and fills the place only while that lease is still there. A writer bars the place
before it changes the database and clears it afterwards; a writer that crashes in between leaves a bar that expires.
"""

import secrets
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

from pydantic import TypeAdapter, ValidationError

from core.accounts.model import Account, Identity, Role, Tombstone
from core.clock import DAY, SECOND, Millis
from core.redis.connection import RedisAway, RedisLink
from core.stores.ports import AccountStore
from core.timing import measured

PREFIX = "account:"
LIFE: Millis = DAY
LEASE: Millis = 5 * SECOND
BAR: Millis = 15 * SECOND
"""Longer than a write to the database may take."""
BARRED = "!"
LEASED = "?"
ACCOUNT = TypeAdapter(Account)

LOOK = """
local kept = redis.call('GET', KEYS[1])
if not kept then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
end
return kept
"""
FILL = """
if redis.call('GET', KEYS[1]) == ARGV[1] then
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
"""


class CachedAccounts:
    """`AccountStore` that remembers `find`. Everything else, `get` too, asks the database."""

    def __init__(self, link: RedisLink, database: AccountStore) -> None:
        self._link = link
        self._database = database
        self._look = link.client.register_script(LOOK)
        self._fill = link.client.register_script(FILL)
        self._unbarred: set[str] = set()

    async def find(self, identity: Identity) -> Account | None:
        key, lease = self._key(identity), LEASED + secrets.token_hex(8)
        try:
            with measured("cache_read_ms"):
                await self._clear_late()
                kept = await self._link.run(lambda _: self._look(keys=[key], args=[lease, LEASE]))
        except RedisAway:
            return await self._database.find(identity)
        if kept and kept[0] not in (BARRED, LEASED):
            with suppress(ValidationError):  # of another version of Easel: read anew
                return ACCOUNT.validate_json(kept)
        account = await self._database.find(identity)
        if account is not None and kept is None:
            with suppress(RedisAway), measured("cache_write_ms"):
                values: list[str | int] = [lease, ACCOUNT.dump_json(account).decode(), LIFE]
                await self._link.run(lambda _: self._fill(keys=[key], args=values))
        return account

    # --- what changes an account ---------------------------------------------------------------------------

    async def create(self, identity: Identity, account: Account) -> Account:
        return await self._database.create(identity, account)

    async def raise_role(self, account: str, role: Role) -> None:
        async with self._changing([account]):
            await self._database.raise_role(account, role)

    async def subscribe(self, account: str, until: Millis) -> None:
        async with self._changing([account]):
            await self._database.subscribe(account, until)

    async def mark_welcomed(self, account: str) -> None:
        async with self._changing([account]):
            await self._database.mark_welcomed(account)

    async def set_role(self, account: str, role: Role) -> None:
        async with self._changing([account]):
            await self._database.set_role(account, role)

    async def suspend(self, account: str, reason: str | None) -> None:
        async with self._changing([account]):
            await self._database.suspend(account, reason)

    async def merge(self, source: str, target: str) -> bool:
        async with self._changing([source]):
            return await self._database.merge(source, target)

    async def close(self, account: str, now: Millis) -> None:
        async with self._changing([account]):
            await self._database.close(account, now)

    async def reopen(self, account: str, closed_at: Millis) -> None:
        async with self._changing([account]):
            await self._database.reopen(account, closed_at)

    async def forget(self, accounts: Collection[str], tombstones: Collection[Tombstone]) -> None:
        async with self._changing(accounts):
            await self._database.forget(accounts, tombstones)

    # --- what only asks ------------------------------------------------------------------------------------

    async def get(self, account: str) -> Account | None:
        return await self._database.get(account)

    async def identities(self, accounts: Collection[str]) -> list[Identity]:
        return await self._database.identities(accounts)

    async def family(self, account: str) -> list[str]:
        return await self._database.family(account)

    async def families(self, accounts: Collection[str]) -> dict[str, list[str]]:
        return await self._database.families(accounts)

    async def owned(self, accounts: Collection[str]) -> dict[str, list[Identity]]:
        return await self._database.owned(accounts)

    async def strike(self, account: str, request_id: str) -> int:
        return await self._database.strike(account, request_id)

    async def forgive(self, account: str) -> None:
        await self._database.forgive(account)

    async def strikes(self, account: str) -> int:
        return await self._database.strikes(account)

    async def page(
        self, before: str | None, limit: int, *, role: Role | None = None, suspended: bool | None = None
    ) -> list[Account]:
        return await self._database.page(before, limit, role=role, suspended=suspended)

    async def created(self, first: Millis, until: Millis) -> int:
        return await self._database.created(first, until)

    async def undrained(self) -> list[tuple[str, str]]:
        return await self._database.undrained()

    async def mark_drained(self, source: str) -> None:
        await self._database.mark_drained(source)

    async def independent(self, after: str, limit: int) -> list[str]:
        return await self._database.independent(after, limit)

    async def closing(self, before: Millis) -> list[str]:
        return await self._database.closing(before)

    async def tombstone(self, digest: str) -> Tombstone | None:
        return await self._database.tombstone(digest)

    @asynccontextmanager
    async def _changing(self, accounts: Collection[str]) -> AsyncIterator[None]:
        keys = [self._key(identity) for identity in await self._database.identities(accounts)]
        with suppress(RedisAway):
            for key in keys:
                await self._link.run(lambda client, key=key: client.set(key, BARRED, px=BAR))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
        yield  # a failure leaves the bar where it is: the change may still come through
        self._unbarred.update(keys)
        with suppress(RedisAway):
            await self._clear_late()

    async def _clear_late(self) -> None:
        """Forget what changed, also what changed while Redis was away. Raises RedisAway: it stays to be done."""
        while self._unbarred:
            keys = list(self._unbarred)
            await self._link.run(lambda client, keys=keys: client.delete(*keys))  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            self._unbarred.difference_update(keys)

    def _key(self, identity: Identity) -> str:
        return f"{self._link.prefix}{PREFIX}{identity}"
