"""A person's right to see what is stored about them, and to have it deleted."""

import json
from dataclasses import asdict
from typing import Any

from core.accounts.model import Account, Tombstone
from core.clock import Clock, iso
from core.credits.ledger import Ledger
from core.errors import DeletionRefused
from core.ids import digest
from core.jobs.model import Job
from core.media.ports import MediaStore
from core.stores.ports import Stores

EXPORTED_MESSAGES = 1_000_000


class Privacy:
    """Export and deletion. The ledger stays: it holds amounts and ids, and the books must balance."""

    def __init__(self, stores: Stores, ledger: Ledger, media: MediaStore, clock: Clock) -> None:
        self._stores = stores
        self._ledger = ledger
        self._media = media
        self._clock = clock

    async def export(self, account: Account) -> dict[str, Any]:
        """Everything stored about the account, as plain JSON values."""
        family = await self._stores.accounts.family(account.id)
        identities = [str(identity) for identity in await self._stores.accounts.identities(family)]
        entries = [entry for member in family for entry in await self._stores.ledger.entries(member)]
        return {
            "account": {
                "id": account.id,
                "since": iso(account.created_at),
                "role": account.role.label,
                "suspended": account.suspended,
            },
            "identities": identities,
            "conversation": [
                {"at": iso(message.at), **json.loads(message.body)}
                for identity in identities
                for message in await self._stores.feed.since(identity, 0, EXPORTED_MESSAGES)
            ],
            "balance": asdict(await self._ledger.balance(account.id)),
            "ledger": [
                {"at": iso(e.at), "kind": e.kind.value, "amount": e.amount, "about": e.ref or e.op} for e in entries
            ],
            "requests": [self._job(job) for job in await self._stores.jobs.all_jobs(family)],
            "usage": [usage.model_dump(mode="json") for usage in await self._stores.usage.of_accounts(family)],
        }

    async def delete(self, account: Account) -> None:
        """Erase all but the ledger. Raises DeletionRefused while something is in the works.

        Files go first and identities last: after a crash the person can ask again, and every step is repeatable.
        """
        stores = self._stores
        family = await stores.accounts.family(account.id)
        jobs = await stores.jobs.all_jobs(family)
        if any(self._is_in_the_works(job) for job in jobs):
            raise DeletionRefused("You have a request in the works.")
        identities = [str(identity) for identity in await stores.accounts.identities(family)]
        for job in jobs:
            for token in job.media:
                await self._media.delete(token)
        await stores.jobs.erase(family)
        for identity in identities:
            await stores.feed.forget(identity)
        now, current = self._clock.now(), await stores.accounts.get(account.id)
        suspended = current.suspended if current is not None else None
        graves = [Tombstone(digest(identity), now, suspended) for identity in identities]
        await stores.accounts.forget(family, graves)

    def _is_in_the_works(self, job: Job) -> bool:
        """Not settled yet, or just being posted: what is posted after the deletion would stay."""
        if job.is_abandoned:
            return False
        is_being_posted = job.next_delivery_at is not None and job.next_delivery_at > self._clock.now()
        return job.settled_at is None or is_being_posted

    def _job(self, job: Job) -> dict[str, Any]:
        pictures = job.result.pictures if job.result else ()
        return {
            "at": iso(job.created_at),
            "order": job.spec.model_dump(mode="json"),
            "state": job.state.value,
            "credits": job.charged,
            "pictures": [self._media.url(picture.name) for picture in pictures],
            "text": job.result.text if job.result else "",
        }
