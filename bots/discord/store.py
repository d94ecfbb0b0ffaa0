"""Credits bought from Discord itself, as Premium Apps: each purchase is an entitlement, credited once by its id.

https://docs.discord.com/developers/monetization/overview. Whoever has a consumable cannot buy another one until we say
that it is used up. So it is credited first and consumed then.

Crash table of a purchase:
  told of, not credited     Discord lists it as not consumed         looked up at start, and each hour
  credited, not consumed    the ledger has `discord:ent:{id}`        the same: credited once, consumed then
  consumed                  the end                                  nobody
Discord takes a purchase back by deleting its entitlement; what of it is spent already becomes debt.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import discord
from discord import ui

from bots.discord import sentences
from bots.discord.messages import MOST_BUTTONS, Page
from bots.discord.places import PLATFORM, Place
from bots.discord.posting import NONCE_LENGTH, Posts
from bots.discord.refusals import Trouble, code_of
from core.accounts.model import Identity
from core.app import App
from core.catalogue import Pack
from core.clock import DAY, Millis, to_datetime
from core.errors import EaselError
from core.log import logger
from core.payments.ports import Fulfilled, Payment

PROVIDER = f"{PLATFORM}:ent"
LOOK_SECONDS = 3600.0
LATELY: Millis = 60 * DAY
"""For how long a purchase may be taken back without us being told of it at the time. At the start all are looked at."""
DISCORD_EPOCH: Millis = 1_420_070_400_000
PAGE = 100
"""https://docs.discord.com/developers/resources/entitlement#list-entitlements"""


class Store:
    """Tells the core of purchases. What it could not tell is told again within the hour."""

    def __init__(self, app: App, client: discord.Client, posts: Posts) -> None:
        self._app = app
        self._client = client
        self._posts = posts
        self._packs = {pack.discord_sku: pack for pack in app.catalogue.packs if pack.discord_sku is not None}

    @property
    def packs(self) -> list[Pack]:
        """What is sold here."""
        return list(self._packs.values())

    async def bought(self, entitlement: discord.Entitlement) -> None:
        """Somebody has bought a pack, and maybe we know already."""
        payment = self._payment(entitlement)
        if payment is None or entitlement.consumed or entitlement.deleted:
            return
        done = await self._done(self._app.fulfilment.credited, payment)
        if done is None:
            return
        try:
            await entitlement.consume()
        except Trouble as error:
            logger().warning("not consumed", entitlement=payment.payment_id, discordCode=code_of(error))
        if done.is_new:
            await self._thank(payment)

    async def revoked(self, entitlement: discord.Entitlement) -> None:
        """A purchase was taken back."""
        payment = self._payment(entitlement)
        if payment is not None:
            await self._done(self._app.fulfilment.reversed, payment)

    async def keep_looking(self) -> None:
        """At start and each hour: what happened while nobody listened."""
        since: Millis = DISCORD_EPOCH
        while self._packs:
            await self.look(since)
            await asyncio.sleep(LOOK_SECONDS)
            since = self._app.clock.now() - LATELY

    async def look(self, since: Millis) -> None:
        """Every purchase since then that is not consumed, or was taken back."""
        try:
            async for entitlement in self._listed(since):
                await (self.revoked if entitlement.deleted else self.bought)(entitlement)
        except Trouble as error:
            logger().warning("purchases not looked up", errorName=type(error).__name__, discordCode=code_of(error))

    async def _listed(self, since: Millis) -> AsyncIterator[discord.Entitlement]:
        """Oldest first. Asked for page by page: discord.py's own iterator leaves out what was deleted."""
        after = discord.utils.time_snowflake(to_datetime(since))
        while True:
            page = await self._client.http.get_entitlements(
                self._client.application_id or 0, sku_ids=[int(sku) for sku in self._packs], after=after, limit=PAGE,
                exclude_deleted=False,
            )  # fmt: skip
            for one in page:
                yield discord.Entitlement(self._client._connection, one)
            if len(page) < PAGE:
                return
            after = int(page[-1]["id"])

    def _payment(self, entitlement: discord.Entitlement) -> Payment | None:
        """None for what is not ours to credit, such as a whole server's."""
        pack = self._packs.get(str(entitlement.sku_id))
        if pack is None or entitlement.user_id is None:
            return None
        buyer = Identity(PLATFORM, str(entitlement.user_id))
        return Payment(PROVIDER, str(entitlement.id), buyer, pack.total, pack.currency, pack.price)

    async def _done(self, what: Callable[[Payment], Awaitable[Fulfilled]], payment: Payment) -> Fulfilled | None:
        try:
            done = await what(payment)
        except EaselError as error:
            logger().error("purchase waits", entitlement=payment.payment_id, errorName=error.code, detail=str(error))
            return None
        if done.is_new:
            logger().info("purchase booked", entitlement=payment.payment_id, account=done.account, credits=done.credits)
        return done

    async def _thank(self, payment: Payment) -> None:
        try:
            place = Place(await self._posts.dm_of(payment.identity.user), payment.identity.user)
            page = Page(sentences.discord_bought(payment.credits))
            await self._posts.post(place, page, f"ent:{payment.payment_id}"[:NONCE_LENGTH])
        except Trouble as error:
            logger().info("not thanked", discordCode=code_of(error), errorName=type(error).__name__)


def buttons(packs: list[Pack]) -> ui.View:
    """Discord's own buttons, which open its checkout and show the price there."""
    view: ui.View = ui.View(timeout=None)
    for pack in packs[:MOST_BUTTONS]:
        view.add_item(ui.Button(sku_id=int(pack.discord_sku or 0)))
    return view
