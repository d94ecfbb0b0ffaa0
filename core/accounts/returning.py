"""Who was here before and deleted everything: what is given to each person once is not given to them again."""

from collections.abc import Collection

from core.clock import Millis
from core.ids import digest
from core.stores.ports import AccountStore


async def last_deleted(accounts: AccountStore, family: Collection[str]) -> Millis | None:
    """When somebody behind these accounts deleted everything last; None if nobody did. Raises StoreError."""
    graves = [await accounts.tombstone(digest(str(identity))) for identity in await accounts.identities(family)]
    return max((grave.deleted_at for grave in graves if grave is not None), default=None)
