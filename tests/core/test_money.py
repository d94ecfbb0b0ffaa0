"""Amounts as people read them."""

import pytest

from core.catalogue import Pack
from core.money import price
from core.payments.orders import Goods
from webhooks.pay.words import cost


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [(499, "USD", "4.99 USD"), (5, "USD", "0.05 USD"), (123456, "EUR", "1,234.56 EUR"), (1250, "KWD", "1.250 KWD"),
     (7, "BHD", "0.007 BHD"), (5000, "JPY", "5,000 JPY"), (100, "XTR", "100 XTR"), (-499, "USD", "-4.99 USD"),
     (-5, "USD", "-0.05 USD"), (-5000, "JPY", "-5,000 JPY"),
     (500, "UGX", "5.00 UGX"), (500, "ISK", "5.00 ISK")],
)  # fmt: skip
def test_an_amount_has_as_many_decimals_as_its_currency(amount: int, currency: str, shown: str) -> None:
    assert price(amount, currency, ",") == shown
    assert price(amount, currency) == shown.replace(",", "")


def test_the_pages_of_buying_show_three_decimals_where_there_are_three() -> None:
    assert cost(Goods.of(Pack(name="small", credits=500, price=1250, currency="KWD"))) == "1.250 KWD"
