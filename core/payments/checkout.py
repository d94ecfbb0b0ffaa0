"""Buying by a link: `/buy` makes one for an account, its page offers what is sold, a gateway takes the money.

A link carries a secret of 192 bits, of which the database has the digest only. It is good for one order of one account
and for a while, and is asked for so often an hour only. Crash table:
  after the link is made       an order that is CREATED            nobody: it expires
  after it has its goods       an order that is PENDING, no `ref`  the buyer chooses again; the gateway has one order
  after the gateway has it     the same                            the same: its key there is our id and version
  after `ref` is saved         an order that is PENDING            notices, the buyer's return, the reconciler
Crash table of `refund`:
  before the gateway does it   an order that is looked at soon     the same request again, with the same key there
  after the gateway did it     the same                            its notice, or the reconciler in a minute
From there on see `core.payments.settling`.
"""

import secrets
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from core.accounts.model import Account, Identity
from core.catalogue import Catalogue, Pack, Plan
from core.clock import MINUTE, Clock, Millis
from core.errors import BadOption, NotFound
from core.ids import digest
from core.jobs.model import ReplyTo
from core.limits import Throttle
from core.log import logger
from core.payments.looking import Inquiry, Seen
from core.payments.orders import Goods, Order, OrderState, moved
from core.payments.ports import Gateway
from core.payments.reconciling import Reconciling
from core.stores.trade import OrderStore

SECRET_BYTES = 24
SHOWN_FOR: Millis = 24 * 60 * MINUTE
"""So long after its end an order is still shown by its link; then whoever finds the link learns nothing by it."""


class Checkout:
    """Takes orders, and brings them to their end."""

    def __init__(
        self,
        catalogue: Catalogue,
        orders: OrderStore,
        looking: Inquiry,
        throttle: Throttle,
        clock: Clock,
        base_url: str,
        order_of: Callable[[str, str], Awaitable[str | None]],
    ) -> None:
        self._catalogue = catalogue
        self._orders = orders
        self._looking = looking
        self._reconciling = Reconciling(orders, looking, clock)
        self.gateways = looking.gateways
        self._throttle = throttle
        self._clock = clock
        self._base_url = base_url
        self._order_of = order_of

    # --- the link --------------------------------------------------------------------------------------------

    async def link(self, account: Account, identity: Identity, reply_to: ReplyTo, locale: str, request_id: str) -> str:
        """The address of a new page for buying. Raises AttemptsThrottled."""
        await self._throttle.take(account.id, request_id)
        return self.address(await self._new(account.id, identity, reply_to, locale))

    def address(self, secret: str) -> str:
        return f"{self._base_url}/pay/{secret}"

    async def again(self, secret: str) -> str:
        """Another link's secret, for whoever has this one. Raises NotFound or AttemptsThrottled."""
        order = await self.open(secret)
        await self._throttle.take(order.account, secrets.token_hex(8))
        return await self._new(order.account, order.identity, order.reply_to, order.locale)

    async def open(self, secret: str) -> Order:
        """The order of a link. Raises NotFound for one that never was, or was over long ago."""
        order = await self._orders.by_token(digest(secret))
        if order is None or (_is_over(order) and _end(order) + SHOWN_FOR <= self._clock.now()):
            raise NotFound("This link is not known, or has expired. Ask for a new one with /buy in the chat.")
        return order

    # --- the choice ------------------------------------------------------------------------------------------

    def offers(self) -> Sequence[Pack | Plan]:
        """What may be bought: packs, then plans, as far as some gateway sells them."""
        items: list[Pack | Plan] = [*self._catalogue.packs, *self._catalogue.plans]
        return [item for item in items if self.ways(item)]

    def ways(self, item: Pack | Plan) -> list[Gateway]:
        """Who can take the money for it."""
        return [gateway for gateway in self.gateways.values() if gateway.sells(Goods.of(item))]

    async def choose(self, secret: str, kind: str, name: str, gateway: str) -> Order:
        """The order at its gateway: its `url` is where to pay. Asked for twice it is one order there.

        Raises NotFound, or GatewayError: nothing is charged then.
        """
        order = await self.open(secret)
        if order.state is OrderState.CREATED:
            order = await self._chosen(order, kind, name, gateway)
        elif order.state is OrderState.PENDING and _chose(order) != (kind, name, gateway):
            raise NotFound("Something else was chosen with this link. Pay for that or start over on the order's page.")
        if order.ref is None and order.state is OrderState.PENDING:
            order = await self._at_gateway(order, secret)
        return order

    async def _chosen(self, order: Order, kind: str, name: str, gateway: str) -> Order:
        now = self._clock.now()
        if order.expires_at <= now:
            raise NotFound("This link has expired. Ask for a new one with /buy in the chat.")
        item = next((each for each in self.offers() if (Goods.of(each).kind, each.name) == (kind, name)), None)
        if item is None or gateway not in [way.name for way in self.ways(item)]:
            raise NotFound("This is not for sale any more. Choose something else.")
        chosen = replace(order, goods=Goods.of(item), gateway=gateway, look_at=now + MINUTE)
        chosen = moved(chosen, OrderState.PENDING, f"{name}, to be paid by {self.gateways[gateway].label}", now)
        await self._orders.save(chosen)
        return await self._looking.again(order.id)  # as it is, also when another tab was faster

    async def _at_gateway(self, order: Order, secret: str) -> Order:
        back = self.address(secret)
        created = await self._looking.gateway(order).create(order, f"{back}/return", f"{back}?cancelled=1")
        await self._orders.save(replace(order, ref=created.ref, url=created.url))
        return await self._looking.again(order.id)

    # --- what becomes of it ------------------------------------------------------------------------------------

    async def returned(self, secret: str) -> Order:
        """The buyer is back: take the money if they agreed. Raises NotFound or GatewayError."""
        order = await self.open(secret)
        return await self._looking.settled(order, confirms=True, agreed=True) if order.ref is not None else order

    async def seen(self, secret: str, *, agreed: bool = False) -> Seen:
        """How the order is, for a page, which may look as often as it likes. Raises NotFound.

        `agreed`: the buyer comes from the gateway, as for `returned`.
        """
        return await self._looking.seen(await self.open(secret), agreed=agreed)

    async def status(self, secret: str) -> Order:
        """The same, for who only asks how far it is."""
        return (await self.seen(secret)).order

    async def noticed(self, gateway: str, headers: Mapping[str, str], body: bytes) -> None:
        """A gateway's notice: whatever it says, the order is looked at. What is about no order of ours is ignored.

        A payment that it names and that is not there, as lists of payments lag behind, is looked for again in a minute.
        Raises NotFound for an unknown gateway, Forged, GatewayError or StoreError: it is to come again then.
        """
        if gateway not in self.gateways:
            raise NotFound("No such gateway is configured.")
        way = self.gateways[gateway]
        notice = await way.notice(headers, body)
        order = await self._meant(way, notice.order, notice.ref, notice.payment)
        if order is None:
            logger().info("notice about no order", gateway=gateway, notice=notice.id, kind=notice.kind)
            return
        agreed = notice.agreed_at is not None and notice.agreed_at > order.refused_at
        order = await self._looking.settled(order, confirms=True, agreed=agreed)
        if notice.payment is not None and order.payment(notice.payment) is None:
            await self._soon(order)

    async def reconcile(self) -> None:
        """Look at every order that is due. One that fails keeps no other one waiting, and is due again."""
        await self._reconciling.run()

    async def refund(self, order: Order, payment: str, amount: int | None, key: str) -> Order:
        """Give money back, in minor units (None: what is left), and take the credits.

        `key` is the id of the request for it: asked for again, it is the same refund. Raises NotFound for a payment
        that is not this order's, BadOption for an amount that it cannot be, or GatewayError.
        """
        taken = order.payment(payment)
        if taken is None:
            raise NotFound("This payment is not one of this order.")
        if amount is not None and not 0 < amount <= taken.amount:
            raise BadOption("amount", f"must be 1 to {taken.amount} in minor units.")
        gateway = self._looking.gateway(order)
        order = await self._soon(order)
        await gateway.refund(order, payment, amount, key)
        return await self._looking.settled(order, confirms=False)

    async def _soon(self, order: Order) -> Order:
        """Have it looked at in a minute, whatever becomes of this process: an old order's turn comes once a week."""
        await self._orders.save(replace(order, look_at=self._clock.now() + MINUTE))
        return await self._looking.again(order.id)

    async def stop(self, order: Order) -> Order:
        """Let a plan not renew. Raises GatewayError."""
        await self._looking.gateway(order).stop(order)
        return await self._looking.settled(order, confirms=False)

    async def portal(self, order: Order) -> str | None:
        """The gateway's page for this buyer's plan. Raises GatewayError."""
        return await self._looking.gateway(order).portal(order, self._base_url)

    async def _meant(self, gateway: Gateway, order: str | None, ref: str | None, payment: str | None) -> Order | None:
        """Which order a notice is about: by the provider's id of it, ours, or that of a payment we know."""
        if ref is not None and (found := await self._orders.by_ref(gateway.name, ref)) is not None:
            return found
        candidates = [order, await self._order_of(gateway.provider, payment) if payment else None]
        for id_ in candidates:
            found = await self._orders.get(id_) if id_ else None
            if found is not None and found.gateway == gateway.name and found.ref is not None:
                return found
        return None

    async def _new(self, account: str, identity: Identity, reply_to: ReplyTo, locale: str) -> str:
        secret, now = secrets.token_urlsafe(SECRET_BYTES), self._clock.now()
        expires_at = now + self._catalogue.shop.link_minutes * MINUTE
        order = Order(
            f"o{now:012x}{secrets.token_hex(5)}", account, identity, reply_to, locale, now, expires_at, digest(secret),
            look_at=expires_at,
        )  # fmt: skip
        await self._orders.add(order)
        return secret


def _chose(order: Order) -> tuple[str, str, str | None]:
    return (order.goods.kind, order.goods.name, order.gateway) if order.goods else ("", "", None)


def _is_over(order: Order) -> bool:
    """Whether the buyer waits for nothing any more."""
    return order.state is not OrderState.PAID and (order.ref is None or order.state is not OrderState.PENDING)


def _end(order: Order) -> Millis:
    """When the link had done its work: it expired, or the last thing happened to the order, such as another month."""
    happened = [*(line.at for line in order.history), *(taken.at for taken in order.payments)]
    return max(order.expires_at, *happened) if happened else order.expires_at
