"""Tell buyers of credits that have arrived, in the chat where they asked for them."""

from collections.abc import Mapping

from core.accounts.service import Accounts
from core.credits.ledger import Ledger
from core.jobs.delivery import Messenger
from core.news import Credited
from core.payments.orders import Order


class Telling:
    """Whom no messenger reaches from this process is told by the next one that looks at the order."""

    def __init__(self, accounts: Accounts, ledger: Ledger, messengers: Mapping[str, Messenger]) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._messengers = messengers

    async def credited(self, order: Order) -> bool:
        """About each payment that the buyer was not told of. False when it could not be done now."""
        messenger = self._messengers.get(order.identity.platform)
        if messenger is None or order.goods is None:
            return False
        account = await self._accounts.root(await self._accounts.get(order.account))
        available = (await self._ledger.balance(account.id)).available
        for taken in order.payments[order.told :]:
            news = Credited(
                order.id, order.goods.name, taken.credits, available, taken.amount, order.goods.currency, taken.at,
                taken.until,
            )  # fmt: skip
            await messenger.tell(order.identity, news, f"{order.id}:{taken.payment}"[-120:])
        return True
