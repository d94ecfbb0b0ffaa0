"""Money as PayPal writes it: exact decimal text, and three currencies that have no decimals there."""

import re
from collections.abc import Mapping

from core.payments.ports import GatewayError, Money

DECIMALS = {
    "AUD": 2, "BRL": 2, "CAD": 2, "CHF": 2, "CNY": 2, "CZK": 2, "DKK": 2, "EUR": 2, "GBP": 2, "HKD": 2, "HUF": 2,
    "ILS": 2, "JPY": 0, "MXN": 2, "MYR": 2, "NOK": 2, "NZD": 2, "PHP": 2, "PLN": 2, "SEK": 2, "SGD": 2, "THB": 2,
    "TWD": 2, "USD": 2,
}  # fmt: skip
"""ISO 4217's minor units of what PayPal takes: https://developer.paypal.com/api/rest/reference/currency-codes/"""

WHOLE_ONLY = frozenset({"HUF", "JPY", "TWD"})
"""PayPal refuses decimals of these, although two of them have some in ISO 4217 (same page)."""

MAX_DIGITS = 32
"""https://developer.paypal.com/docs/api/orders/v2/#definition-money"""

_VALUE = re.compile(r"(?P<whole>[0-9]{1,18})(?:\.(?P<part>[0-9]{1,3}))?")


def can_write(money: Money) -> bool:
    """Whether PayPal can take exactly this."""
    decimals = DECIMALS.get(money.currency)
    if decimals is None or money.amount <= 0 or len(str(money.amount)) > MAX_DIGITS:
        return False
    return money.currency not in WHOLE_ONLY or money.amount % 10**decimals == 0


def written(money: Money) -> dict[str, str]:
    """`{"currency_code": "USD", "value": "4.99"}`. Raises GatewayError for what PayPal cannot take."""
    if not can_write(money):
        raise GatewayError(f"PayPal cannot take {money.amount} minor units of {money.currency}.")
    decimals = DECIMALS[money.currency]
    whole, part = divmod(money.amount, 10**decimals)
    value = f"{whole}" if money.currency in WHOLE_ONLY else f"{whole}.{part:0{decimals}d}"
    return {"currency_code": money.currency, "value": value}


def read(value: object) -> Money:
    """The other way; `4.9` is 490 cents as well. Raises GatewayError for what is no exact amount."""
    if not isinstance(value, Mapping):
        raise GatewayError("PayPal's answer has no amount where one belongs.")
    currency, found = value.get("currency_code"), _VALUE.fullmatch(str(value.get("value")))
    if not isinstance(currency, str) or currency not in DECIMALS or not found:
        raise GatewayError("PayPal's answer has an amount that cannot be read.")
    decimals, part = DECIMALS[currency], found["part"] or ""
    if part[decimals:].strip("0"):
        raise GatewayError("PayPal's answer has an amount with fractions of the smallest unit.")
    return Money(int(found["whole"] + part[:decimals].ljust(decimals, "0")), currency)
