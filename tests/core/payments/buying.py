"""What tests of buying share: a shop, its buyer, and what the buyer has."""

from typing import TypeVar, cast

from core.accounts.model import Account, Identity
from core.app import App
from core.payments.orders import Order
from core.payments.ports import Gateway
from tests.fakes.gateway import MemoryGateway
from tests.support import ALICE, to_feed

SIGNED = {"signature": "right"}
G = TypeVar("G", bound=Gateway)


def sold_by(app: App) -> MemoryGateway:
    return added(app, MemoryGateway())


def added(app: App, gateway: G) -> G:
    """One more gateway that sells."""
    cast(dict[str, Gateway], app.checkout.gateways)[gateway.name] = gateway
    return gateway


async def link(app: App, identity: Identity = ALICE, request: str = "r1") -> str:
    account = await app.accounts.for_identity(identity)
    return (await app.checkout.link(account, identity, to_feed(identity), "en", request)).rpartition("/")[2]


async def chosen(app: App, secret: str, kind: str = "pack", name: str = "small") -> Order:
    return await app.checkout.choose(secret, kind, name, "memory")


async def bought(app: App, gateway: MemoryGateway, secret: str) -> Order:
    order = await chosen(app, secret)
    gateway.agree(ref(order))
    return await app.checkout.returned(secret)


def ref(order: Order) -> str:
    assert order.ref is not None
    return order.ref


async def have(app: App, identity: Identity = ALICE) -> tuple[int, int]:
    """Credits beyond the welcome, and what is owed."""
    account = await app.accounts.for_identity(identity)
    balance = await app.ledger.balance(account.id)
    return balance.available - app.settings.signup_credits, balance.debt


async def told(app: App, identity: Identity = ALICE) -> list[str]:
    return [message.body for message in await app.stores.feed.since(str(identity), 0, 99)]


async def alice(app: App) -> Account:
    return await app.accounts.for_identity(ALICE)
