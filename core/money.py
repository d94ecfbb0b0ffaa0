"""How many decimals the amounts of a currency have, so that minor units are shown exactly, never as a float."""

import re

ZERO_DECIMAL = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV",
                          "XAF", "XOF", "XPF", "XTR"})  # fmt: skip
"""Currencies without minor units: https://docs.stripe.com/currencies#zero-decimal, and Telegram's Stars.

Not so UGX, which is in that list: 500 of it are 5 UGX nevertheless (`WHOLE_ONLY`).
"""
WHOLE_ONLY = frozenset({"ISK", "UGX"})
"""They have two decimals, which are always 00: https://docs.stripe.com/currencies#special-cases"""
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""https://docs.stripe.com/currencies#three-decimal"""
_TYPED = re.compile(r"(?P<whole>[0-9]{1,9})(?:[.,](?P<part>[0-9]{1,3}))?")


def price(amount: int, currency: str, group: str = "") -> str:
    """`4.99 USD`, `500 JPY`, `1.250 KWD`: exact, from minor units, above or below 0. `group`: between thousands."""
    decimals = decimals_of(currency)
    whole, part = divmod(abs(amount), 10**decimals)
    grouped = f"{'-' if amount < 0 else ''}{whole:,}".replace(",", group)
    return f"{grouped}.{part:0{decimals}d} {currency}" if decimals else f"{grouped} {currency}"


def minor_units(text: str, currency: str) -> int | None:
    """`4.99`, as people type it, in minor units; None for what is no such amount."""
    match = _TYPED.fullmatch(text)
    part = (match["part"] or "") if match else ""
    if match is None or len(part) > decimals_of(currency):
        return None
    return int(match["whole"] + part.ljust(decimals_of(currency), "0"))


def decimals_of(currency: str) -> int:
    return 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
