"""What an invoice sells. It is written into the invoice's payload, so that whoever pays gets just that.

A payload may be 128 bytes, comes back unchanged with every step of a payment, and only the bot can write one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from telegram import LabeledPrice

from bots.telegram import sentences
from bots.telegram.limits import MAX_INVOICE_DESCRIPTION, MAX_INVOICE_TITLE, STARS
from core.catalogue import Pack

_PAYLOAD = re.compile(r"pack:(?P<name>[a-z0-9][a-z0-9._-]{0,63}):(?P<credits>[1-9]\d{0,8}):(?P<stars>[1-9]\d{0,8})")


@dataclass(frozen=True, slots=True)
class Goods:
    """So many credits for so many Stars."""

    pack: str
    credits: int
    stars: int

    @classmethod
    def of(cls, pack: Pack) -> "Goods | None":
        """None for a pack that has no price in Stars."""
        return cls(pack.name, pack.total, pack.stars) if pack.stars else None

    @classmethod
    def parse(cls, payload: str) -> "Goods | None":
        """None for what this program never sold."""
        match = _PAYLOAD.fullmatch(payload or "")
        return cls(match["name"], int(match["credits"]), int(match["stars"])) if match else None

    @property
    def payload(self) -> str:
        return f"pack:{self.pack}:{self.credits}:{self.stars}"


@dataclass(frozen=True, slots=True)
class Invoice:
    """What sendInvoice takes: https://core.telegram.org/bots/api#sendinvoice"""

    goods: Goods
    title: str
    description: str

    @classmethod
    def of(cls, pack: Pack) -> "Invoice | None":
        if (goods := Goods.of(pack)) is None:
            return None
        title = sentences.invoice_title(goods.credits)[:MAX_INVOICE_TITLE]
        return cls(goods, title, sentences.invoice_description(goods.credits, pack.bonus)[:MAX_INVOICE_DESCRIPTION])

    @property
    def prices(self) -> Sequence[LabeledPrice]:
        """Stars take one price: https://core.telegram.org/bots/payments-stars"""
        return [LabeledPrice(self.title, self.goods.stars)]

    @property
    def currency(self) -> str:
        return STARS


def is_offered(goods: Goods, packs: Sequence[Pack]) -> bool:
    """Whether this is sold today, for this price."""
    return goods in [Goods.of(pack) for pack in packs]
