"""A credit is worth what somebody paid for it, or nobody knows."""

from decimal import Decimal

import pytest

from core.catalogue import Catalogue, Model, Money, Pack
from core.credits.worth import Worth

MODELS = (
    Model(name="art", provider="demo", kind="image", price=1, aspects=("1:1",), default=True),
    Model(name="talk", provider="demo", kind="chat", price=1, default=True),
)


def worth(*packs: Pack, credit: str | None = None) -> Worth:
    money = Money(credit=Decimal(credit)) if credit is not None else Money()
    return Worth(Catalogue(models=MODELS, packs=packs, money=money))


def pack(credits: int, price: int, currency: str = "USD", bonus: int = 0) -> Pack:
    return Pack(name=f"p{credits}-{price}", credits=credits, price=price, currency=currency, bonus=bonus)


def test_a_credit_is_worth_its_price_in_the_pack_where_it_is_cheapest() -> None:
    assert worth(pack(500, 500), pack(1_000, 800), pack(100, 90)).of(10) == 80_000_000


def test_credits_on_top_make_each_cheaper() -> None:
    assert worth(pack(500, 500), pack(400, 480, bonus=100)).of(1) == 9_600_000


def test_packs_in_other_currencies_do_not_count() -> None:
    assert worth(pack(500, 500), pack(500, 1, "JPY")).of(1) == 10_000_000
    assert worth(pack(500, 1, "JPY")).of(1) is None


def test_what_easel_toml_says_goes_first() -> None:
    assert worth(pack(500, 500), credit="0.0125").of(3) == 37_500_000
    assert worth(credit="0").of(3) == 0


def test_without_packs_it_is_unknown_but_nothing_is_worth_nothing() -> None:
    assert worth().of(1) is None
    assert worth().of(0) == 0


@pytest.mark.parametrize("credits", [1, 7, 11, 1_000_003])
def test_a_price_that_does_not_divide_is_rounded_in_the_end_only(credits: int) -> None:
    nano = worth(pack(2_500, 1_999, bonus=250)).of(credits)
    assert type(nano) is int
    assert abs(nano * 2_750 - credits * 1_999 * 10**7) * 2 <= 2_750
