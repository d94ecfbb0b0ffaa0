"""Under which names accounts are known: people are recognised by these, not by an id."""

from collections.abc import Iterable, Mapping

from core.stores.ports import AccountStore
from webhooks.dashboard.tables import Cell
from webhooks.dashboard.views import user_page


async def names_of(store: AccountStore, accounts: Iterable[str]) -> dict[str, str]:
    """A name of each that has one, by its id; all are asked for at once."""
    ids = set(accounts)
    owned = await store.owned(ids) if ids else {}
    return {id: min(map(str, identities)) for id, identities in owned.items()}


def account_cell(id: str, names: Mapping[str, str]) -> Cell:
    """The way to somebody's page, by their name if they have one."""
    return Cell(names.get(id, id), href=user_page(id), hint=id if id in names else "")
