"""What an invoice sells. It is written into the invoice's payload, so that whoever pays gets just that.

A payload may be 128 bytes, comes back unchanged with every step of a payment, and only the bot can write one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import LabeledPrice

from bots.telegram import sentences
from bots.telegram.limits import MAX_INVOICE_DESCRIPTION, MAX_INVOICE_TITLE, STARS
from core.catalogue import Catalogue, Pack, Plan

_PAYLOAD = re.compile(
    r"(?P<kind>pack|plan):(?P<name>[a-z0-9][a-z0-9._-]{0,63}):(?P<credits>[1-9]\d{0,8}):(?P<stars>[1-9]\d{0,8})",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class Goods:
    """So many credits for so many Stars: once, or every month if it is a plan."""

    name: str
    credits: int
    stars: int
    is_plan: bool = False

    @classmethod
    def of(cls, sold: Pack | Plan) -> "Goods | None":
        """None for what has no price in Stars."""
        if not sold.stars:
            return None
        if isinstance(sold, Plan):
            return cls(sold.name, sold.credits, sold.stars, is_plan=True)
        return cls(sold.name, sold.total, sold.stars)

    @classmethod
    def parse(cls, payload: str) -> "Goods | None":
        """None for what this program never sold."""
        match = _PAYLOAD.fullmatch(payload or "")
        if match is None:
            return None
        return cls(match["name"], int(match["credits"]), int(match["stars"]), is_plan=match["kind"] == "plan")

    @property
    def payload(self) -> str:
        return f"{'plan' if self.is_plan else 'pack'}:{self.name}:{self.credits}:{self.stars}"


@dataclass(frozen=True, slots=True)
class Invoice:
    """What sendInvoice and createInvoiceLink take: https://core.telegram.org/bots/api#sendinvoice"""

    goods: Goods
    title: str
    description: str

    @classmethod
    def of(cls, sold: Pack | Plan) -> "Invoice | None":
        if (goods := Goods.of(sold)) is None:
            return None
        if isinstance(sold, Plan):
            title = sentences.subscription_title(goods.credits)
            description = sentences.subscription_description(goods.credits, sold.rollover)
        else:
            title = sentences.invoice_title(goods.credits)
            description = sentences.invoice_description(goods.credits, sold.bonus)
        return cls(goods, title[:MAX_INVOICE_TITLE], description[:MAX_INVOICE_DESCRIPTION])

    @property
    def prices(self) -> Sequence[LabeledPrice]:
        """Stars take one price: https://core.telegram.org/bots/payments-stars"""
        return [LabeledPrice(self.title, self.goods.stars)]

    @property
    def currency(self) -> str:
        return STARS


def is_offered(goods: Goods, catalogue: Catalogue) -> bool:
    """Whether this is sold today, for this price."""
    sold: list[Pack | Plan] = [*catalogue.packs, *catalogue.plans]
    return goods in [Goods.of(each) for each in sold]
