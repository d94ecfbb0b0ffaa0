"""Tell people of credits that have arrived: buyers in the chat where they asked, others wherever they are reached."""

from collections.abc import Callable, Mapping

from core.accounts.privacy import NOBODY
from core.accounts.service import Accounts
from core.credits.ledger import Ledger
from core.jobs.delivery import Messenger
from core.log import logger
from core.news import Credited, Gifted, News, Rewarded
from core.payments.orders import DEMO, Order


class Telling:
    """Whom no messenger reaches from this process is told by the next one that looks at the order."""

    def __init__(self, accounts: Accounts, ledger: Ledger, messengers: Mapping[str, Messenger]) -> None:
        self._accounts = accounts
        self._ledger = ledger
        self._messengers = messengers

    async def credited(self, order: Order) -> bool:
        """About each payment that the buyer was not told of, unless all of it went back before. False: not now."""
        if order.identity.user == NOBODY:
            return True
        messenger = self._messengers.get(order.identity.platform)
        if messenger is None or order.goods is None:
            return False
        account = await self._accounts.root(await self._accounts.get(order.account))
        available = (await self._ledger.balance(account.id)).available
        for taken in order.payments[order.told :]:
            if taken.back >= taken.credits:
                continue
            news = Credited(
                order.id, order.goods.name, taken.credits, available, taken.amount, order.goods.currency, taken.at,
                taken.until, is_demo=order.gateway == DEMO,
            )  # fmt: skip
            await messenger.tell(order.identity, news, f"{order.id}:{taken.payment}"[-120:])
        return True

    async def rewarded(self, account: str, credits: int, key: str) -> None:
        """About an invitation that has led to a purchase. Whatever is in the way, the credits are there."""
        await self._news(account, lambda available: Rewarded(credits, available), key)

    async def gifted(self, account: str, credits: int, key: str) -> None:
        """About a gift, as above."""
        await self._news(account, lambda available: Gifted(credits, available), key)

    async def person(self, account: str, news: Callable[[int], News], key: str) -> None:
        """About something else; `news` is made from what the account has now."""
        await self._news(account, news, key)

    async def _news(self, account_id: str, news: Callable[[int], News], key: str) -> None:
        """On the first platform that this process has a messenger for; with none, they see it in their balance."""
        try:
            account = await self._accounts.root(await self._accounts.get(account_id))
            family = await self._accounts.store.family(account.id)
            for identity in sorted(await self._accounts.store.identities(family), key=str):
                if messenger := self._messengers.get(identity.platform):
                    available = (await self._ledger.balance(account.id)).available
                    await messenger.tell(identity, news(available), key)
                    return
        except Exception:
            logger().exception("person not told", account=account_id)
