"""A person's right to see what is stored about them, and to have it deleted."""

from dataclasses import asdict
from typing import Any

from core.accounts.model import Account
from core.clock import iso
from core.credits.ledger import Ledger
from core.errors import DeletionRefused
from core.ids import digest
from core.jobs.model import Job
from core.media.ports import MediaStore
from core.stores.ports import Stores


class Privacy:
    """Export and deletion. The ledger stays: it holds amounts and ids, and the books must balance."""

    def __init__(self, stores: Stores, ledger: Ledger, media: MediaStore) -> None:
        self._stores = stores
        self._ledger = ledger
        self._media = media

    async def export(self, account: Account) -> dict[str, Any]:
        """Everything stored about the account, as plain JSON values."""
        family = await self._stores.accounts.family(account.id)
        entries = [entry for member in family for entry in await self._stores.ledger.entries(member)]
        return {
            "account": {"id": account.id, "since": iso(account.created_at), "role": account.role.label},
            "identities": [str(identity) for identity in await self._stores.accounts.identities(family)],
            "balance": asdict(await self._ledger.balance(account.id)),
            "ledger": [
                {"at": iso(e.at), "kind": e.kind.value, "amount": e.amount, "about": e.ref or e.op} for e in entries
            ],
            "requests": [self._job(job) for job in await self._stores.jobs.all_jobs(family)],
            "usage": [usage.model_dump(mode="json") for usage in await self._stores.usage.of_accounts(family)],
        }

    async def delete(self, account: Account) -> None:
        """Erase all but the ledger. Raises DeletionRefused while something is in the works.

        Identities go last: after a crash the person can still ask again, and everything before is repeatable.
        """
        stores = self._stores
        family = await stores.accounts.family(account.id)
        if await stores.jobs.open_jobs(family):
            raise DeletionRefused("You have a request in the works.")
        identities = [str(identity) for identity in await stores.accounts.identities(family)]
        for name in await stores.jobs.erase(family):
            await self._media.delete(name)
        for identity in identities:
            await stores.feed.forget(identity)
        await stores.accounts.forget(family, [digest(identity) for identity in identities])

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
