"""What a credit is worth in money: what somebody paid for it, so that a request's margin can be known."""

from fractions import Fraction

from core.catalogue import Catalogue, Pack

NANO_PER_USD = 1_000_000_000
NANO_PER_CENT = 10_000_000
USD = "USD"


class Worth:
    """The value of credits: `[money] credit` in easel.toml, else the price of one in the cheapest pack in USD."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._credit = _one_credit(catalogue)

    def of(self, credits: int) -> int | None:
        """Nano-USD, rounded half to even; None when it is not known what a credit is worth."""
        if credits == 0:
            return 0
        return None if self._credit is None else round(self._credit * credits)


def _one_credit(catalogue: Catalogue) -> Fraction | None:
    """Exact nano-USD: a pack's price need not be divisible by its credits."""
    if catalogue.money.credit is not None:
        return Fraction(catalogue.money.credit) * NANO_PER_USD
    return min((_in_pack(pack) for pack in catalogue.packs if pack.currency == USD), default=None)


def _in_pack(pack: Pack) -> Fraction:
    return Fraction(pack.price * NANO_PER_CENT, pack.credits + pack.bonus)
