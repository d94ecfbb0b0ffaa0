"""How many decimals the amounts of a currency have, so that minor units are shown exactly, never as a float."""

ZERO_DECIMAL = frozenset({"BIF", "CLP", "DJF", "GNF", "JPY", "KMF", "KRW", "MGA", "PYG", "RWF", "VND", "VUV",
                          "XAF", "XOF", "XPF", "XTR"})  # fmt: skip
"""Currencies without minor units: https://docs.stripe.com/currencies#zero-decimal, and Telegram's Stars.

Not so UGX, which is in that list: 500 of it are 5 UGX nevertheless (`WHOLE_ONLY`).
"""
WHOLE_ONLY = frozenset({"ISK", "UGX"})
"""They have two decimals, which are always 00: https://docs.stripe.com/currencies#special-cases"""
THREE_DECIMAL = frozenset({"BHD", "JOD", "KWD", "OMR", "TND"})
"""https://docs.stripe.com/currencies#three-decimal"""


def price(amount: int, currency: str, group: str = "") -> str:
    """`4.99 USD`, `500 JPY`, `1.250 KWD`: exact, from minor units, above or below 0. `group`: between thousands."""
    decimals = 0 if currency in ZERO_DECIMAL else 3 if currency in THREE_DECIMAL else 2
    whole, part = divmod(abs(amount), 10**decimals)
    grouped = f"{'-' if amount < 0 else ''}{whole:,}".replace(",", group)
    return f"{grouped}.{part:0{decimals}d} {currency}" if decimals else f"{grouped} {currency}"
